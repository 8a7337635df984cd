"""Messages as items of OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.message import Message, Part, TextPart
from evalkit.core.tools import Tool
from evalkit.models.wire.chat_completions import data_url, file_name


def input_items(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages, calls of tools and their outputs, one after the other."""
    items: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "tool":
            output = [_part(part) for part in message.parts] or message.content
            items.append({"type": "function_call_output", "call_id": message.tool_call_id, "output": output})
            continue
        if message.content or message.parts or not message.tool_calls:
            items.append({"role": message.role, "content": _content(message)})
        items += [_call(call) for call in message.tool_calls]
    return items


def response_tool(tool: Tool) -> dict[str, Any]:
    """A function. It is strict only where the task says so, as in chat completions."""
    function = tool["function"]
    parameters = function.get("parameters", {"type": "object", "properties": {}})
    return {"type": "function", **function, "parameters": parameters, "strict": function.get("strict", False)}


def response_tool_choice(choice: str | Mapping[str, Any]) -> Any:
    """A word, or the function that must be called."""
    return choice if isinstance(choice, str) else {"type": "function", "name": choice["function"]["name"]}


def _content(message: Message) -> Any:
    # What an assistant said is text alone there.
    if not message.parts or message.role == "assistant":
        return message.content
    return [_part(part) for part in message.parts]


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    return {
        "type": "function_call",
        "call_id": call["id"],
        "name": function["name"],
        "arguments": function.get("arguments") or "{}",
    }


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "input_text", "text": part.text}
    if part.kind == "image":
        return {"type": "input_image", "image_url": data_url(part.media)}
    return {"type": "input_file", "filename": file_name(part.media), "file_data": data_url(part.media)}
