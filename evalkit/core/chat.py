"""Chat messages as task files and datasets write them, read into turns.

Parts are ``{type: text, text: …}`` and ``{type: image, file: …}`` (``audio``, ``file`` alike), or what chat
completions have: ``image_url`` and ``file`` with a data URL, ``input_audio``. Calls of tools are theirs, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from evalkit.core.forms import Written
from evalkit.core.message import MediaKind
from evalkit.core.prompt import Prompt, PromptCall, PromptPart, PromptTurn, Role
from evalkit.core.text import seen
from evalkit.errors import TaskError, did_you_mean

MESSAGE_ROLES: tuple[str, ...] = get_args(Role)
MEDIA_KINDS: tuple[str, ...] = get_args(MediaKind)

_KEYS = ("role", "content", "tool_calls", "tool_call_id")
#: What changes a message and cannot be put to a model here; other keys of a dataset are notes on it.
_NOT_CARRIED = ("audio", "function_call")
_PART_TYPES = ("text", *MEDIA_KINDS)
_PART_KEYS = ("type", "file", "media_type", "name")
_PART_HINT = "write {type: text, text: …}, or {type: image, file: PATH} (image, audio, file)"
_CALL_HINT = "write {id: …, type: function, function: {name: …, arguments: JSON}}"
_HINT = "write {role: user, content: …}"


def are_messages(value: Any) -> bool:
    """Whether a value of a dataset is a list of chat messages."""
    is_list = isinstance(value, list | tuple) and bool(value)
    return is_list and all(isinstance(each, Mapping) and isinstance(each.get("role"), str) for each in value)


def parse_messages(value: Any, key: str, *, is_template: bool) -> tuple[PromptTurn, ...]:
    """Messages -> turns. Raises TaskError with the offending ``key`` and the number of the message.

    Args:
        is_template: they stand in a task file, where media are named by texts and every key must be known.
    """
    if isinstance(value, str | bytes) or not isinstance(value, Sequence) or not value:
        what = f"{key} {seen(value)} is not a list of chat messages"
        raise TaskError(what, key=key, hint=f"{_HINT}, one for each")
    return tuple(
        _Reader(f"message {index + 1}", f"{key}.{index}", is_template).turn(each)
        for index, each in enumerate(value)
    )


class _Reader:
    """Reads one message; ``label`` and ``key`` say which in errors."""

    def __init__(self, label: str, key: str, is_template: bool) -> None:
        self._label = label
        self._key = key
        self._is_template = is_template

    def turn(self, value: Any) -> PromptTurn:
        if not isinstance(value, Mapping):
            raise self._wrong(f"{seen(value)} is not a mapping", "", _HINT)
        self._check_keys(value)
        role = value.get("role")
        if role not in MESSAGE_ROLES:
            hint = did_you_mean(role, MESSAGE_ROLES) if isinstance(role, str) else _HINT
            raise self._wrong(f"role {seen(role)} is unknown", "role", hint)
        calls = self._calls(value.get("tool_calls"), role)
        call_id = self._call_id(value.get("tool_call_id"), role)
        content = value.get("content")
        if isinstance(content, list | tuple):
            return PromptTurn(cast(Role, role), "", self._parts(content), calls, call_id)
        if content is None and calls:
            content = ""
        if content is None or isinstance(content, Mapping):
            raise self._wrong(
                f"content {seen(content)} is neither a text nor a list of parts", "content", _HINT
            )
        return PromptTurn(cast(Role, role), str(content), (), calls, call_id)

    def _check_keys(self, value: Mapping[str, Any]) -> None:
        for name, each in value.items():
            if name in _KEYS or (each is None and not self._is_template):
                continue
            if self._is_template or name in _NOT_CARRIED:
                hint = did_you_mean(str(name), _KEYS)
                raise self._wrong(f"unknown key {name!r}", str(name), hint)

    def _calls(self, value: Any, role: Any) -> tuple[PromptCall, ...]:
        if value is None or (not value and not self._is_template):
            return ()
        if role != "assistant":
            raise self._wrong(f"a {role} message calls no tools", "tool_calls", "only an assistant's does")
        if not isinstance(value, list | tuple) or not value:
            raise self._wrong(f"tool_calls {seen(value)} is not a list of calls", "tool_calls", _CALL_HINT)
        return tuple(self._call(each, f"tool_calls.{index}") for index, each in enumerate(value))

    def _call(self, value: Any, key: str) -> PromptCall:
        function = value.get("function") if isinstance(value, Mapping) else None
        if not isinstance(function, Mapping) or value.get("type", "function") != "function":
            raise self._wrong(f"tool call {seen(value)} cannot be read", key, _CALL_HINT)
        call_id, name, arguments = value.get("id"), function.get("name"), function.get("arguments")
        if not isinstance(call_id, str) or not isinstance(name, str) or not call_id or not name:
            raise self._wrong(f"tool call {seen(value)} has no id or no name", key, _CALL_HINT)
        extra = value.get("extra_content")
        if extra is not None and not isinstance(extra, Mapping):
            raise self._wrong(f"extra_content {seen(extra)} is not a mapping", key, _CALL_HINT)
        if isinstance(arguments, str):
            return PromptCall(call_id, name, arguments, not self._is_template, extra)
        if not isinstance(arguments, Mapping):
            what = f"the arguments {seen(arguments)} of {name} are neither JSON text nor a mapping"
            raise self._wrong(what, f"{key}.function", _CALL_HINT)
        text = json.dumps(arguments, ensure_ascii=False, default=str)
        if self._is_template and "{{" in text:
            hint = "write the arguments as a JSON text to fill fields into them"
            raise self._wrong(f"the arguments of {name} hold a template", f"{key}.function", hint)
        return PromptCall(call_id, name, text, True, extra)

    def _call_id(self, value: Any, role: Any) -> str | None:
        if role != "tool":
            if value is not None and self._is_template:
                what = f"a {role} message answers no call"
                raise self._wrong(what, "tool_call_id", "only a tool message does")
            return None
        if not isinstance(value, str) or not value:
            hint = "write tool_call_id: the id of the call that it answers"
            raise self._wrong("a tool message does not say which call it answers", "tool_call_id", hint)
        return value

    def _parts(self, values: Sequence[Any]) -> tuple[PromptPart, ...]:
        if not values:
            raise self._wrong("content has no parts", "content", _PART_HINT)
        return tuple(self._part(each, f"content.{index}") for index, each in enumerate(values))

    def _part(self, value: Any, key: str) -> PromptPart:
        if isinstance(value, str):
            return PromptPart("text", value)
        kind = value.get("type") if isinstance(value, Mapping) else None
        if kind == "text" and isinstance(value.get("text"), str):
            self._check_part(value, ("type", "text"), key)
            return PromptPart("text", value["text"])
        served = _served_part(kind, value)
        if served is not None:
            return served
        if kind not in MEDIA_KINDS:
            is_near = isinstance(kind, str) and kind != "text"
            hint = did_you_mean(str(kind), _PART_TYPES) if is_near else _PART_HINT
            raise self._wrong(f"part {seen(value)} cannot be read", key, hint)
        self._check_part(value, _PART_KEYS, key)
        source = value.get("file")
        is_fit = isinstance(source, str) and source.strip()
        if not is_fit and (self._is_template or not isinstance(source, bytes | Mapping) or not source):
            raise self._wrong(f"{kind} file {seen(source)} is not a path", f"{key}.file", _PART_HINT)
        for name in ("media_type", "name"):
            if not isinstance(value.get(name), str | None):
                raise self._wrong(f"{name} {seen(value[name])} is not a text", f"{key}.{name}", None)
        return PromptPart(kind, source, value.get("media_type"), value.get("name"))

    def _check_part(self, value: Mapping[str, Any], known: Sequence[str], key: str) -> None:
        for name, each in value.items():
            if name not in known and (each is not None or self._is_template):
                what = f"part of type {value['type']} has unknown key {name!r}"
                raise self._wrong(what, f"{key}.{name}", did_you_mean(str(name), known))

    def _wrong(self, what: str, key: str, hint: str | None) -> TaskError:
        return TaskError(f"{self._label}: {what}", key=f"{self._key}.{key}".rstrip("."), hint=hint)


def _served_part(kind: Any, value: Any) -> PromptPart | None:
    """A part as chat completions have it, None where it is none."""
    inner = value.get(kind) if isinstance(value, Mapping) and isinstance(kind, str) else None
    if not isinstance(inner, Mapping):
        return None
    if kind == "image_url" and isinstance(inner.get("url"), str):
        return PromptPart("image", inner["url"])
    if kind == "input_audio" and isinstance(inner.get("data"), str):
        form = "mpeg" if inner.get("format") == "mp3" else inner.get("format")
        return PromptPart("audio", f"data:audio/{form};base64,{inner['data']}")
    if kind == "file" and isinstance(inner.get("file_data"), str):
        name = inner.get("filename")
        return PromptPart("file", inner["file_data"], None, name if isinstance(name, str) else None)
    return None


def _prompt_of(value: Any, key: str) -> Any:
    return None if value is None else Prompt.of_messages(parse_messages(value, key, is_template=True))


#: The notation of a task's ``messages:``; they become its prompt.
MESSAGES = Written(
    _prompt_of,
    {
        "type": ["array", "null"],
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {"role": {"enum": list(MESSAGE_ROLES)}, **{key: {} for key in _KEYS[1:]}},
            "required": ["role"],
            "anyOf": [{"required": ["content"]}, {"required": ["tool_calls"]}],
            "additionalProperties": False,
        },
    },
)
