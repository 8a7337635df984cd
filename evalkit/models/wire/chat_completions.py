"""Requests as chat completions have them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from evalkit.core.message import Media, MediaPart, Message, Part, TextPart
from evalkit.core.request import Request
from evalkit.errors import ModelError

#: The forms of audio that chat completions know.
_AUDIO = {"audio/wav": "wav", "audio/mpeg": "mp3"}


#: Where a call of a tool keeps what only its vendor understands, in the words of Google's chat completions.
EXTRA = "extra_content"


def chat_message(message: Message, *, keeps_extra: bool = False) -> dict[str, Any]:
    """One message. Raises ModelError on audio of a form that the protocol does not have.

    Args:
        keeps_extra: send what calls of tools hold for one vendor (``extra_content``) along.
    """
    if message.is_text:
        return {"role": message.role, "content": message.content}
    content: Any = [_part(part) for part in message.parts] or message.content
    made: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        calls = message.tool_calls
        made["tool_calls"] = list(calls) if keeps_extra else [_without_extra(call) for call in calls]
        made["content"] = content or None
    if message.tool_call_id is not None:
        made["tool_call_id"] = message.tool_call_id
    return made


def _without_extra(call: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in call.items() if key != EXTRA} if EXTRA in call else call


def chat_options(request: Request) -> dict[str, Any]:
    """Tools, response format and reasoning effort; only what is set."""
    options: dict[str, Any] = {}
    if request.tools:
        options["tools"] = request.tools
    if request.tool_choice is not None:
        options["tool_choice"] = request.tool_choice
    if request.response_schema is not None:
        options["response_format"] = request.response_schema.as_dict()
    reasoning = request.generate.reasoning
    if reasoning is not None and reasoning.effort is not None:
        options["reasoning_effort"] = reasoning.effort
    return options


def data_url(media: Media) -> str:
    """The bytes within a text (RFC 2397)."""
    return f"data:{media.media_type};base64,{_packed(media)}"


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    media = part.media
    if part.kind == "image":
        return {"type": "image_url", "image_url": {"url": data_url(media)}}
    if part.kind == "file":
        return {"type": "file", "file": {"filename": file_name(media), "file_data": data_url(media)}}
    return _audio_part(part)


def _audio_part(part: MediaPart) -> dict[str, Any]:
    media = part.media
    if media.media_type not in _AUDIO:
        what = f"chat completions take wav and mp3, and {media.name or 'the audio'} is {media.media_type}"
        raise ModelError(what, hint="convert it")
    audio = {"data": _packed(media), "format": _AUDIO[media.media_type]}
    return {"type": "input_audio", "input_audio": audio}


def file_name(media: Media) -> str:
    """Of a file that is sent: servers tell its kind by its name."""
    suffix = media.media_type.rpartition("/")[2]
    return (media.name or f"file.{suffix}").replace("\\", "/").rpartition("/")[2]


def _packed(media: Media) -> str:
    return b64encode(media.data).decode("ascii")
