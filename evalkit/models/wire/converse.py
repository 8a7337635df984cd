"""Requests as Bedrock's Converse has them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from evalkit.core.message import MediaPart, Message, TextPart
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.tools import Tool
from evalkit.errors import ModelError

#: Media type -> the word of Converse, for each kind of part.
_FORMATS: Mapping[str, Mapping[str, str]] = {
    "image": {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"},
    "audio": {
        "audio/wav": "wav",
        "audio/x-wav": "wav",
        "audio/mpeg": "mp3",
        "audio/mp4": "mp4",
        "audio/ogg": "ogg",
        "audio/opus": "opus",
        "audio/flac": "flac",
        "audio/aac": "aac",
        "audio/webm": "webm",
    },
    "file": {
        "application/pdf": "pdf",
        "text/csv": "csv",
        "text/html": "html",
        "text/plain": "txt",
        "text/markdown": "md",
        "application/msword": "doc",
        "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    },
}
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9()\[\]-]+")


def converse_messages(messages: Sequence[Message]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The system's texts that stand first, and the messages. Raises ModelError on media without a form there.

    Neighbours of one role become one message: what several tools gave is one turn of the user.
    """
    n_first = next((i for i, message in enumerate(messages) if message.role != "system"), len(messages))
    system = [{"text": message.content} for message in messages[:n_first]]
    turns: list[dict[str, Any]] = []
    for message in messages[n_first:]:
        role = "user" if message.role == "tool" else message.role
        content = _content(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += content
        else:
            turns.append({"role": role, "content": content})
    return system, turns


def converse_tools(tools: Sequence[Tool], choice: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """``toolConfig``. Raises ModelError on a choice that it does not have."""
    config: dict[str, Any] = {"tools": [{"toolSpec": _tool(tool["function"])} for tool in tools]}
    if isinstance(choice, Mapping):
        config["toolChoice"] = {"tool": {"name": choice["function"]["name"]}}
    elif choice == "none":
        raise ModelError("Converse has no tool_choice none", kind="missing", hint="leave the tools out")
    elif choice is not None:
        config["toolChoice"] = {"any" if choice == "required" else "auto": {}}
    return config


def converse_format(schema: ResponseSchema) -> dict[str, Any]:
    """``textFormat``."""
    definition = {"name": schema.name, "schema": orjson.dumps(schema.schema).decode()}
    if schema.description is not None:
        definition["description"] = schema.description
    return {"type": "json_schema", "structure": {"jsonSchema": definition}}


def _content(message: Message) -> list[dict[str, Any]]:
    """Blocks; an empty text is none."""
    parts = message.parts or ((TextPart(message.content),) if message.content else ())
    blocks = [_block(part) for part in parts]
    if message.tool_call_id is not None:
        return [{"toolResult": {"toolUseId": message.tool_call_id, "content": blocks}}]
    return blocks + [{"toolUse": _use(call)} for call in message.tool_calls]


def _block(part: TextPart | MediaPart) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"text": part.text}
    media = part.media
    found = _FORMATS[part.kind].get(media.media_type)
    if found is None:
        known = ", ".join(_FORMATS[part.kind])
        what = f"Converse takes no {part.kind} of type {media.media_type}"
        raise ModelError(what, kind="missing", hint=f"convert {media.name or 'it'} to one of {known}")
    source = {"bytes": b64encode(media.data).decode("ascii")}
    if part.kind == "file":
        return {"document": {"format": found, "name": _document_name(media.name), "source": source}}
    return {part.kind: {"format": found, "source": source}}


def _document_name(name: str | None) -> str:
    """Of the file without its folder and its ending, of the signs that are allowed."""
    stem = (name or "document").replace("\\", "/").rpartition("/")[2].partition(".")[0]
    return _NOT_IN_A_NAME.sub(" ", stem).strip() or "document"


def _use(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    try:
        given = orjson.loads(function["arguments"] or "{}")
    except ValueError:
        raise ModelError(f"the arguments of {function['name']} are not JSON") from None
    return {"toolUseId": call["id"], "name": function["name"], "input": given}


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    made = {name: function[name] for name in ("name", "description", "strict") if name in function}
    return {**made, "inputSchema": {"json": parameters}}
