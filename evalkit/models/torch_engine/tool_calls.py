"""Calls of tools in what a model wrote, as Hermes, Qwen and SmolLM3 are taught to write them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_CALL = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)

ToolCall = dict[str, Any]


def split_calls(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """The text without ``<tool_call>{"name": …, "arguments": {…}}</tool_call>``, and the calls in the form of
    chat completions. Where one of them cannot be read, the whole text stays and there are none."""
    found = [_call(match[1], index) for index, match in enumerate(_CALL.finditer(text))]
    calls = tuple(call for call in found if call is not None)
    if not calls or len(calls) < len(found):
        return text, ()
    return _CALL.sub("", text).strip(), calls


def with_objects(calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Calls of an earlier turn for a chat template, which wants arguments as an object, not as JSON text."""
    return [{**call, "function": _with_object(call.get("function") or {})} for call in calls]


def _with_object(function: Mapping[str, Any]) -> dict[str, Any]:
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            return dict(function)
    return {**function, "arguments": arguments}


def _call(text: str, index: int) -> ToolCall | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    arguments = value.get("arguments", {})
    packed = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {
        "id": f"call_{index}",
        "type": "function",
        "function": {"name": value["name"], "arguments": packed},
    }
