"""Messages as Gemini's API has them: contents of parts, the system prompt apart, results by function."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from evalkit.core.message import Media, MediaPart, Message, Part, TextPart
from evalkit.core.tools import Tool
from evalkit.errors import ModelError
from evalkit.models.wire.anthropic_messages import arguments_object
from evalkit.models.wire.chat_completions import EXTRA

#: What stands for a signature that there is none of: the call was made by another model, or by an author.
#: Google's documentation of thought signatures names it.
UNSIGNED = "skip_thought_signature_validator"

_MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def gemini_contents(
    messages: Sequence[Message], *, is_signed: bool
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The system instruction, None without one, and the turns.

    Raises ModelError on a system message behind other turns, and on a result whose call is not there.

    Args:
        is_signed: whether the model refuses calls of tools that bear no signature.
    """
    system: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    results: list[dict[str, Any]] | None = None
    for message in messages:
        if message.role == "system":
            if turns:
                raise ModelError("Gemini has no system message behind other messages", kind="missing")
            system.append({"text": message.content})
        elif message.role == "tool":
            if results is None:
                results = []
                turns.append({"role": "user", "parts": results})
            results.append({"functionResponse": _result(message, names)})
        else:
            results = None
            names.update({call["id"]: call["function"]["name"] for call in message.tool_calls})
            role = "model" if message.role == "assistant" else "user"
            turns.append({"role": role, "parts": _parts(message, is_signed)})
    return ({"role": "user", "parts": system} if system else None), turns


def gemini_tools(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """All functions, as one tool."""
    declarations = []
    for tool in tools:
        function = tool["function"]
        declared = {key: function[key] for key in ("name", "description") if key in function}
        if "parameters" in function:
            declared["parametersJsonSchema"] = function["parameters"]
        declarations.append(declared)
    return [{"functionDeclarations": declarations}]


def gemini_tool_config(choice: str | Mapping[str, Any]) -> dict[str, Any]:
    """``AUTO``, ``NONE``, ``ANY``, or ``ANY`` of the one that must be called."""
    if isinstance(choice, str):
        return {"functionCallingConfig": {"mode": _MODES[choice]}}
    names = [choice["function"]["name"]]
    return {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": names}}


def _parts(message: Message, is_signed: bool) -> list[dict[str, Any]]:
    parts = [_part(part) for part in message.parts]
    if not parts and (message.content or not message.tool_calls):
        parts = [{"text": message.content}]
    calls = [_call(call) for call in message.tool_calls]
    # Of calls that were made at once the first alone bears a signature.
    if is_signed and calls and "thoughtSignature" not in calls[0]:
        calls[0]["thoughtSignature"] = UNSIGNED
    return [*parts, *calls]


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    name = call["function"]["name"]
    arguments = arguments_object(call["function"].get("arguments"), name)
    made: dict[str, Any] = {"functionCall": {"id": call["id"], "name": name, "args": arguments}}
    signature = ((call.get(EXTRA) or {}).get("google") or {}).get("thought_signature")
    return {**made, "thoughtSignature": signature} if signature else made


def _result(message: Message, names: Mapping[str, str]) -> dict[str, Any]:
    call_id = message.tool_call_id or ""
    if call_id not in names:
        raise ModelError(f"a tool message answers the call {call_id!r}, which no message before it makes")
    result = {"id": call_id, "name": names[call_id], "response": _response(message.content)}
    shown = [{"inlineData": _blob(part.media)} for part in message.parts if isinstance(part, MediaPart)]
    return {**result, "parts": shown} if shown else result


def _response(text: str) -> Any:
    """An object as it is; any other text is what the function gave."""
    try:
        value = orjson.loads(text)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"output": text}


def _part(part: Part) -> dict[str, Any]:
    return {"text": part.text} if isinstance(part, TextPart) else {"inlineData": _blob(part.media)}


def _blob(media: Media) -> dict[str, Any]:
    return {"mimeType": media.media_type, "data": b64encode(media.data).decode("ascii")}
