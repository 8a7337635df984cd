"""Tools that a model may call: functions in the form of chat completions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.forms import Written
from evalkit.core.text import seen
from evalkit.errors import TaskError, did_you_mean

#: One tool: ``{"type": "function", "function": {"name": …, "description": …, "parameters": JSON Schema}}``.
Tool = Mapping[str, Any]

#: What chat completions take as the name of a function, a tool or a schema.
API_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
NAME_HINT = "write 1 to 64 letters, digits, '_' and '-'"

CHOICES = ("auto", "none", "required")

_FUNCTION_KEYS = ("name", "description", "parameters", "strict")
_HINT = "write {name: …, description: …, parameters: JSON Schema}"


def parse_tools(value: Any) -> tuple[Tool, ...]:
    """A task's ``tools:``: functions as chat completions have them, or the function alone without its
    ``type``. Raises TaskError with the offending ``key``."""
    if value is None:
        return ()
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise TaskError(f"tools {seen(value)} is not a list", key="tools", hint=f"{_HINT}, one for each")
    tools = tuple(_tool(each, f"tools.{index}") for index, each in enumerate(value))
    names = [tool_name(tool) for tool in tools]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise TaskError(f"tool {name!r} appears twice", key=f"tools.{index}", hint="remove one")
    return tools


def tool_name(tool: Tool) -> str:
    """The function's name."""
    return str(tool["function"]["name"])


def parse_tool_choice(value: Any, tools: Sequence[Tool]) -> str | Mapping[str, Any] | None:
    """A task's ``tool_choice:``: ``auto``, ``none``, ``required``, the name of a tool, or that in the form of
    chat completions. Raises TaskError."""
    if value is None:
        return None
    if not tools:
        raise TaskError("tool_choice chooses among tools, and there are none", key="tool_choice",
                        hint="add 'tools: […]'")  # fmt: skip
    if isinstance(value, str) and value in CHOICES:
        return value
    named = value["function"].get("name") if _is_named_function(value) else value
    names = [tool_name(tool) for tool in tools]
    if not isinstance(named, str) or named not in names:
        hint = did_you_mean(named, [*CHOICES, *names]) if isinstance(named, str) else None
        raise TaskError(f"tool_choice {seen(value)} is not a tool", key="tool_choice",
                        hint=hint or f"known: {', '.join([*CHOICES, *names])}")  # fmt: skip
    return {"type": "function", "function": {"name": named}}


def _is_named_function(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"type", "function"}
        and value["type"] == "function"
        and isinstance(value["function"], Mapping)
        and set(value["function"]) == {"name"}
    )


def _tool(value: Any, key: str) -> Tool:
    if not isinstance(value, Mapping):
        raise TaskError(f"tool {seen(value)} is not a mapping", key=key, hint=_HINT)
    if "function" not in value:
        if "type" in value:
            what = f"tool of type {seen(value['type'])} has no function"
            raise TaskError(what, key=key, hint=_HINT)
        return {"type": "function", "function": _function(value, key)}
    for name in value:
        if name not in ("type", "function"):
            hint = did_you_mean(str(name), ("type", "function"))
            raise TaskError(f"tool has unknown key {name!r}", key=f"{key}.{name}", hint=hint)
    if value.get("type", "function") != "function":
        raise TaskError(f"tool type {seen(value['type'])} is unknown", key=f"{key}.type", hint="function")
    return {"type": "function", "function": _function(value["function"], f"{key}.function")}


def _function(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TaskError(f"tool function {seen(value)} is not a mapping", key=key, hint=_HINT)
    for name in value:
        if name not in _FUNCTION_KEYS:
            hint = did_you_mean(str(name), _FUNCTION_KEYS)
            raise TaskError(f"tool has unknown key {name!r}", key=f"{key}.{name}", hint=hint)
    name = value.get("name")
    if not isinstance(name, str) or not API_NAME.match(name):
        raise TaskError(f"tool name {seen(name)} cannot be used", key=f"{key}.name", hint=NAME_HINT)
    kinds = {"description": (str, "a text"), "parameters": (Mapping, "a JSON Schema, a mapping"),
             "strict": (bool, "true or false")}  # fmt: skip
    for field, (kind, words) in kinds.items():
        if value.get(field) is not None and not isinstance(value[field], kind):
            what = f"tool {name!r}: {field} {seen(value[field])} is not {words}"
            raise TaskError(what, key=f"{key}.{field}")
    return {field: value[field] for field in _FUNCTION_KEYS if value.get(field) is not None}


#: The notation of a task's ``tools:``.
TOOLS = Written(
    lambda value, key: parse_tools(value), {"type": ["array", "null"], "items": {"type": "object"}}
)
