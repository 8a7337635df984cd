"""Calls of tools and messages of other tools, as a Response carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.message import Message
from evalkit.imports.origin import chat_text
from evalkit.imports.reading import get


def objects(record: Any, key: str) -> tuple[Mapping[str, Any], ...] | None:
    """The objects of a list, None where there are none."""
    return tuple(each for each in get(record, key, list) or () if isinstance(each, dict)) or None


def trajectory(messages: Any) -> tuple[Message, ...] | None:
    """What was done on the way, as messages of text; None where one question was answered once."""
    if not isinstance(messages, list):
        return None
    found = tuple(map(_message, filter(lambda each: isinstance(each, dict), messages)))
    n_answers = sum(each.role == "assistant" for each in found)
    has_tools = any(each.role == "tool" or each.tool_calls for each in found)
    return found if has_tools or n_answers > 1 else None


def _message(record: Mapping[str, Any]) -> Message:
    role, call_id = get(record, "role", str) or "user", get(record, "tool_call_id", str)
    return Message(role, _text(record.get("content")), (), objects(record, "tool_calls") or (), call_id)


def _text(content: Any) -> str:
    """A text as it stands, of a list of parts those that are text."""
    if not isinstance(content, list):
        return chat_text(content)
    return "".join(get(part, "text", str) or "" if isinstance(part, dict) else str(part) for part in content)
