"""``mistral/NAME``: Mistral's API, chat completions with words of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from evalkit.core.message import Message
from evalkit.core.needs import EVERYTHING
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.core.text import shown
from evalkit.core.tools import Tool
from evalkit.errors import ModelError
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OpenAiModel
from evalkit.models.spec_params import flag
from evalkit.models.wire.chat_completions import chat_message
from evalkit.models.wire.chat_stream import ChatJoiner
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import HttpModel, Vendor

VENDOR = Vendor(
    "mistral",
    "https://api.mistral.ai/v1",
    "MISTRAL_API_KEY",
    params={"prompt_mode": str, "safe_prompt": flag},
    carries=EVERYTHING - {"reasoning_budget", "ranked_parts"},
)

#: What a function without parameters takes; the API wants to be told.
_NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}


def open_model(spec: ModelSpec, settings: ModelSettings) -> MistralModel:
    """``?prompt_mode=reasoning`` and ``?safe_prompt=1`` are those of the API."""
    params = VENDOR.read(spec)
    return MistralModel(spec, VENDOR.client(spec, settings, params), params)


class MistralModel(OpenAiModel):
    """Chat completions of Mistral."""

    def __init__(self, spec: ModelSpec, client: JsonClient, params: Mapping[str, Any]) -> None:
        own = {name: params[name] for name in VENDOR.params if name in params}
        super().__init__(spec, client, params, own, VENDOR)

    async def rank(self, request: Request) -> Response:
        """No log-probabilities of given texts."""
        return await HttpModel.rank(self, request)

    def body_of(self, request: Request) -> dict[str, Any]:
        body = super().body_of(request)
        body["messages"] = [_message(message) for message in request.messages]
        if "seed" in body:
            body["random_seed"] = body.pop("seed")
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.tools]
        if request.tool_choice == "required":
            body["tool_choice"] = "any"
        return body

    def streamed_body(self, body: dict[str, Any]) -> dict[str, Any]:
        """Usage comes without being asked for."""
        return HttpModel.streamed_body(self, body)

    def joiner(self) -> ChatJoiner:
        return MistralJoiner()

    def read(self, reply: HttpReply) -> Response:
        answer = reply.answer
        if answer.get("object") == "error":
            raise ModelError(
                f"the server answered an error: {shown(answer.get('message'), 300)}", is_retryable=True
            )
        choices = [
            {**choice, "message": _flat(choice.get("message") or {})}
            for choice in answer.get("choices") or ()
        ]
        return super().read(HttpReply({**answer, "choices": choices}, reply.headers))


class MistralJoiner(ChatJoiner):
    """Chunks whose texts may be lists of parts."""

    def add(self, event: Any) -> bool:
        """One chunk; whether it brought output."""
        choices = [
            {**choice, "delta": _flat(choice.get("delta") or {})} for choice in event.get("choices") or ()
        ]
        return super().add({**event, "choices": choices})


def _message(message: Message) -> dict[str, Any]:
    made = chat_message(message)
    if message.parts:
        made["content"] = [_part(part) for part in made["content"]]
    return made


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of chat completions in Mistral's form."""
    if part["type"] == "file":
        file = part["file"]
        return {
            "type": "document_url",
            "document_url": file["file_data"],
            "document_name": file["filename"],
        }
    if part["type"] == "input_audio":
        return {"type": "input_audio", "input_audio": part["input_audio"]["data"]}
    return part


def _tool(tool: Tool) -> Tool:
    function = tool["function"]
    return (
        tool if "parameters" in function else {**tool, "function": {**function, "parameters": _NO_PARAMETERS}}
    )


def _flat(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message of chat completions: its text as one, thinking apart, arguments of calls as JSON text."""
    flat = dict(message)
    content = message.get("content")
    if isinstance(content, list):
        flat["content"] = _texts(content)
        thoughts = [_texts(part["thinking"]) for part in content if part["type"] == "thinking"]
        if thoughts:
            flat["reasoning"] = "".join(thoughts)
    if message.get("tool_calls"):
        flat["tool_calls"] = [_call(call) for call in message["tool_calls"]]
    return flat


def _texts(parts: Any) -> str:
    """References to documents have no text."""
    return "".join([part["text"] for part in parts if part["type"] == "text"])


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = dict(call["function"])
    if not isinstance(function.get("arguments", ""), str):
        function["arguments"] = orjson.dumps(function["arguments"]).decode()
    return {"type": "function", **call, "function": function}
