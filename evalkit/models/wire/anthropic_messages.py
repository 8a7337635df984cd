"""Messages as Anthropic's API has them: blocks of content, the system prompt apart, results in user turns."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from evalkit.core.message import Media, MediaPart, Message, Part, TextPart
from evalkit.core.tools import Tool
from evalkit.errors import ModelError
from evalkit.models.wire.chat_completions import EXTRA

_TOOL_CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def system_of(messages: Sequence[Message]) -> tuple[Any, Sequence[Message]]:
    """The system prompt that the messages begin with, None without one, and the rest. Later system messages
    stay where they are."""
    n_system = next((i for i, each in enumerate(messages) if each.role != "system"), len(messages))
    texts = [message.content for message in messages[:n_system]]
    if len(texts) < 2:
        return (texts[0] if texts else None), messages[n_system:]
    return [{"type": "text", "text": text} for text in texts], messages[n_system:]


def anthropic_messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """The turns. Results of tools that follow each other are one user turn: each must stand in the turn after
    its call. Raises ModelError on a part that has no form there."""
    turns: list[dict[str, Any]] = []
    results: list[dict[str, Any]] | None = None
    for message in messages:
        if message.role == "tool":
            if results is None:
                results = []
                turns.append({"role": "user", "content": results})
            results.append(_result(message))
        else:
            results = None
            turns.append({"role": message.role, "content": _content(message)})
    return turns


def anthropic_tool(tool: Tool) -> dict[str, Any]:
    """A function; one without parameters takes an empty object."""
    function = tool["function"]
    schema = function.get("parameters", {"type": "object", "properties": {}})
    kept = {key: function[key] for key in ("name", "description", "strict") if key in function}
    return {**kept, "input_schema": schema}


def anthropic_tool_choice(choice: str | Mapping[str, Any]) -> dict[str, Any]:
    """``auto``, ``none``, ``any``, or the one that must be called."""
    if isinstance(choice, str):
        return {"type": _TOOL_CHOICES[choice]}
    return {"type": "tool", "name": choice["function"]["name"]}


def _content(message: Message) -> Any:
    if message.is_text:
        return message.content
    blocks = [_block(part) for part in message.parts]
    if not blocks and message.content:
        blocks = [{"type": "text", "text": message.content}]
    # What was thought before a call is signed and must come back as it was, before everything else.
    thoughts = [block for call in message.tool_calls for block in _thoughts(call)]
    return [*thoughts, *blocks, *map(_call, message.tool_calls)]


def _thoughts(call: Mapping[str, Any]) -> Sequence[Any]:
    extra = (call.get(EXTRA) or {}).get("anthropic") or {}
    blocks = extra.get("thinking_blocks")
    return blocks if isinstance(blocks, list | tuple) else ()


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    return {
        "type": "tool_use",
        "id": call["id"],
        "name": function["name"],
        "input": arguments_object(function.get("arguments"), function["name"]),
    }


def arguments_object(text: Any, name: str) -> Any:
    """The arguments of a call as an object. Raises ModelError where they are none."""
    try:
        value = orjson.loads(text) if isinstance(text, str) and text.strip() else text or {}
    except ValueError:
        value = None
    if not isinstance(value, Mapping):
        raise ModelError(f"the arguments of the call of {name} are not a JSON object")
    return value


def _result(message: Message) -> dict[str, Any]:
    content = [_block(part) for part in message.parts] or message.content
    return {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": content}


def _block(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if part.kind == "image":
        return {"type": "image", "source": _source(part.media)}
    return _document(part)


def _document(part: MediaPart) -> dict[str, Any]:
    media = part.media
    if media.media_type == "application/pdf":
        source = _source(media)
    elif media.media_type.startswith("text/"):
        # The one media type that the API has for texts, whatever they hold.
        source = {"type": "text", "media_type": "text/plain", "data": media.data.decode("utf-8", "replace")}
    else:
        what = f"Anthropic takes files as PDF or text, and {media.name or 'the file'} is {media.media_type}"
        raise ModelError(what, hint="convert it")
    title = {} if media.name is None else {"title": media.name}
    return {"type": "document", "source": source, **title}


def _source(media: Media) -> dict[str, Any]:
    data = b64encode(media.data).decode("ascii")
    return {"type": "base64", "media_type": media.media_type, "data": data}
