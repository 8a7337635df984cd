"""Requests on the wire of chat completions, with OpenAI's own client as the witness of their form."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam
from openai.types.chat.completion_create_params import ResponseFormat
from pydantic import TypeAdapter, ValidationError

from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.needs import EVERYTHING
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema, parse_response_format
from evalkit.core.subject import ModelSpec
from evalkit.core.tools import parse_tool_choice, parse_tools
from evalkit.errors import ModelError
from evalkit.models.model import ModelSettings
from evalkit.models.openai import open_model
from evalkit.models.wire.chat_completions import chat_message
from tests.asking import ask
from tests.loopback import Reply, chat, serving

IMAGE = Media.of(b"\x89PNG", "image/png", "photos/cat.png")
SOUND = Media.of(b"RIFF", "audio/wav", "hello.wav")
PAPER = Media.of(b"%PDF-", "application/pdf", "papers/one.pdf")
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
TOOLS = parse_tools([{"name": "weather", "description": "Of a city.", "parameters": SCHEMA}])

REQUEST = Request(
    (
        Message("system", "Be brief."),
        Message.of_parts(
            "user",
            (
                TextPart("Where is this?"),
                MediaPart("image", IMAGE),
                MediaPart("audio", SOUND),
                MediaPart("file", PAPER),
            ),
        ),
        Message("assistant", "", (), (CALL,)),
        Message("tool", "Sunny.", tool_call_id="c1"),
    ),
    GenerateParams(max_tokens=64, temperature=0.5, reasoning=Reasoning("low")),
    ask().sample,
    has_roles=True,
    tools=TOOLS,
    tool_choice=parse_tool_choice("weather", TOOLS),
    response_schema=ResponseSchema(SCHEMA, "place", True),
)

#: The same request, as OpenAI's reference has its parts.
KEYWORDS: dict[str, Any] = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Where is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
                {
                    "type": "file",
                    "file": {"filename": "one.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
                },
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "Sunny."},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "weather", "description": "Of a city.", "parameters": SCHEMA},
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "place", "schema": SCHEMA, "strict": True},
    },
    "reasoning_effort": "low",
    "temperature": 0.5,
}


def sent(talk: Callable[[str], Awaitable[Any]], reply: Reply | None = None) -> Any:
    """The body that arrived at a server whose base URL ``talk`` got."""

    async def run() -> Any:
        async with serving(lambda call: reply or chat()) as server:
            await talk(server.base_url)
            return server.calls[0].body

    return asyncio.run(run())


def asking(request: Request, query: str = "") -> Callable[[str], Awaitable[Any]]:
    async def talk(base_url: str) -> Any:
        spec = ModelSpec.parse(f"openai/m?base_url={base_url}{query}")
        model = open_model(spec, ModelSettings(is_offline=True))
        try:
            return await model.respond(request)
        finally:
            await model.close()

    return talk


async def by_openai(base_url: str) -> None:
    async with AsyncOpenAI(base_url=base_url, api_key="unused") as client:
        await client.chat.completions.create(**KEYWORDS)


def test_the_body_is_that_of_openais_client_but_for_the_name_of_the_limit() -> None:
    ours = sent(asking(REQUEST))
    assert ours.pop("max_tokens") == 64
    assert ours == sent(by_openai)


def test_the_parts_are_of_the_types_that_openais_client_declares() -> None:
    messages, parts = TypeAdapter(ChatCompletionMessageParam), TypeAdapter(ChatCompletionContentPartParam)
    for message in map(chat_message, REQUEST.messages):
        messages.validate_python(message)
        for part in message["content"] if isinstance(message["content"], list) else ():
            parts.validate_python(part)  # by itself: within a message it is looked at when it is iterated
    with pytest.raises(ValidationError):
        parts.validate_python({"type": "image", "file": "cat.png"})


@pytest.mark.parametrize("value", [SCHEMA, "json_object", KEYWORDS["response_format"]])
def test_a_response_format_is_of_a_type_that_openais_client_declares(value: Any) -> None:
    schema = parse_response_format(value)
    assert schema is not None
    TypeAdapter(ResponseFormat).validate_python(schema.as_dict())


def test_the_bytes_come_back_out_of_the_body() -> None:
    url = chat_message(REQUEST.messages[1])["content"][1]["image_url"]["url"]
    assert url == f"data:image/png;base64,{b64encode(IMAGE.data).decode()}"


def test_a_request_of_text_alone_has_the_body_that_it_has_always_had() -> None:
    assert sent(asking(ask("hi"))) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 8,
        "temperature": 0.0,
    }


def test_audio_that_the_protocol_does_not_know_is_an_error_before_the_call() -> None:
    flac = MediaPart("audio", Media.of(b"fLaC", "audio/flac", "a.flac"))
    with pytest.raises(ModelError, match=r"take wav and mp3, and a\.flac is audio/flac"):
        sent(asking(replace(ask(), messages=(Message.of_parts("user", (flac,)),))))


def test_a_server_that_knows_no_tools_says_so() -> None:
    reply = Reply({"error": {"message": "tools are not supported by this model"}}, status=400)
    with pytest.raises(ModelError, match=r"HTTP 400 .*tools are not supported by this model"):
        sent(asking(REQUEST), reply)


@pytest.mark.parametrize(
    ("query", "carries"),
    [("", EVERYTHING - {"reasoning_budget", "ranked_parts"}), ("&chat=0", frozenset())],
)
def test_bare_text_carries_nothing_and_no_server_a_budget_of_thinking(
    query: str, carries: frozenset[str]
) -> None:
    spec = ModelSpec.parse(f"openai/m?base_url=http://127.0.0.1:1/v1{query}")
    assert open_model(spec, ModelSettings()).carries == carries
