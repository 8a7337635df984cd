"""Messages as plain JSON objects, media by their hash, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from evalkit.core.message import Media, MediaKind, MediaPart, Message, Part, TextPart

_KINDS = frozenset(get_args(MediaKind))


def message_object(message: Message) -> dict[str, Any]:
    """``{"role": …, "content": …}``; with ``parts``, ``tool_calls`` and ``tool_call_id`` where there
    are any."""
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.parts:
        found["parts"] = [_part_object(part) for part in message.parts]
    if message.tool_calls:
        found["tool_calls"] = [dict(call) for call in message.tool_calls]
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    return found


def message_of(value: Any) -> Message:
    """A Message from itself or from an object; a ``content`` of null is an empty text.

    Media come without their bytes: the store has them under their hash. Raises ValueError.
    """
    if isinstance(value, Message):
        return value
    if not isinstance(value, Mapping) or not isinstance(value.get("role"), str):
        raise ValueError("is not a list of messages")
    content, call_id = value.get("content"), value.get("tool_call_id")
    if not isinstance(content, str | None) or not isinstance(call_id, str | None):
        raise ValueError("holds a message whose content is not a text")
    calls = value.get("tool_calls") or ()
    if not isinstance(calls, list | tuple) or not all(isinstance(each, Mapping) for each in calls):
        raise ValueError("holds a message whose tool_calls are not a list of objects")
    parts = tuple(map(_part_of, value.get("parts") or ()))
    return Message(value["role"], content or "", parts, tuple(calls), call_id)


def _part_object(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    media = part.media
    return {"type": part.kind, "sha256": media.sha256, "media_type": media.media_type, "name": media.name}


def _part_of(value: Any) -> Part:
    if not isinstance(value, Mapping):
        raise ValueError("holds a message with a part that is not an object")
    kind, text, sha256 = value.get("type"), value.get("text"), value.get("sha256")
    if kind == "text" and isinstance(text, str):
        return TextPart(text)
    media_type, name = value.get("media_type"), value.get("name")
    if kind not in _KINDS or not all(isinstance(each, str) for each in (sha256, media_type)):
        raise ValueError("holds a message with a part that is neither text nor known media")
    return MediaPart(
        cast(MediaKind, kind),
        Media(str(sha256), str(media_type), b"", name if isinstance(name, str) else None),
    )
