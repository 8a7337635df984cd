"""``mistral/`` on the wire, with Mistral's own client as the witness."""

from __future__ import annotations

from typing import Any

import pytest
from mistralai.client import Mistral

from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.request import Request
from evalkit.core.tools import parse_tools
from evalkit.errors import ModelError
from tests.asking import ask
from tests.loopback import Reply, chat, events
from tests.wire.expected import assert_streamed_alike, assert_told
from tests.wire.faults import FAULTS
from tests.wire.requests import CALL, IMAGE_BASE64, REQUESTS, SCHEMA
from tests.wire.talk import call_by, call_by_us, respond

SPEC = "mistral/m?base_url={root}/v1"
USER = {"role": "user", "content": "Hello."}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Of a city.", "parameters": SCHEMA},
}
FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "place", "schema_definition": SCHEMA, "strict": True},
}
IMAGE_URL = f"data:image/png;base64,{IMAGE_BASE64}"
#: Name of a request -> the same in the words of Mistral's client; all have 64 tokens, temperature 0.5.
KEYWORDS: dict[str, dict[str, Any]] = {
    "plain": {"messages": [USER]},
    "system": {"messages": [{"role": "system", "content": "Be brief."}, USER]},
    "turns": {
        "messages": [USER, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "And now?"}]
    },
    "sampling": {"messages": [USER], "top_p": 0.9, "stop": ["END"], "random_seed": 7},
    "image": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": IMAGE_URL}},
                ],
            }
        ]
    },
    "tools": {
        "messages": [USER],
        "tools": [TOOL],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
    },
    "tool_result": {
        "messages": [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": "Sunny."},
        ],
        "tools": [TOOL],
    },
    "schema": {"messages": [USER], "response_format": FORMAT},
    "effort": {"messages": [USER], "reasoning_effort": "low"},
}

#: Mistral's client reads nothing else.
JSON = {"Content-Type": "application/json"}
USAGE = {
    "prompt_tokens": 8,
    "completion_tokens": 5,
    "total_tokens": 13,
    "prompt_tokens_details": {"cached_tokens": 4},
}


def thought(text: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def chunk(content: Any = None, reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """One chunk of a stream; the last one brings the usage."""
    delta = {} if content is None else {"content": content}
    choice = {"index": 0, "delta": {**delta, **fields}, "finish_reason": reason}
    head = {"id": "r1", "object": "chat.completion.chunk", "created": 1, "model": "served-1"}
    return {**head, "choices": [choice], **({"usage": USAGE} if reason else {})}


def whole(message: dict[str, Any], reason: str = "stop") -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return Reply({"id": "r1", "object": "chat.completion", "created": 1, "model": "served-1",
                  "choices": [choice], "usage": USAGE}, headers=JSON)  # fmt: skip


#: What Mistral's client writes out though it is the default: no stream, no answer begun, a call's place.
DEFAULTS = (("stream", False), ("prefix", False), ("index", 0))


def without_defaults(value: Any) -> Any:
    if isinstance(value, list):
        return [without_defaults(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: without_defaults(each) for key, each in value.items() if (key, each) not in DEFAULTS}


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_mistrals_client(name: str, is_streamed: bool) -> None:
    async def talk(root: str) -> None:
        async with Mistral(api_key="unused", server_url=root) as client:
            keywords = {"model": "m", "max_tokens": 64, "temperature": 0.5, **KEYWORDS[name]}
            if not is_streamed:
                await client.chat.complete_async(**keywords)
                return
            stream = await client.chat.stream_async(**keywords)
            assert [event async for event in stream]

    reply = events(chunk("Hi"), chunk("", "stop")) if is_streamed else whole({"content": "Hi"})
    ours = call_by_us(reply, REQUESTS[name], SPEC + ("&stream=1" if is_streamed else ""))
    theirs = call_by(talk, reply)
    assert (ours.path, ours.body) == (theirs.path, without_defaults(theirs.body))


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault = FAULTS[name]
    assert_told(fault, fault.reply, SPEC + ("&stream=1" if is_streamed else ""), is_streamed=is_streamed)


@pytest.mark.parametrize(
    ("reply", "said", "is_retryable"),
    [
        (Reply({"object": "error", "message": "no capacity", "code": "3505"}), "no capacity", True),
        (Reply({"object": "error", "message": "no capacity", "code": "3505"}, 429), "no capacity", True),
        (Reply({"detail": [{"loc": ["body"], "msg": "Field required"}]}, 422), "Field required", False),
        (whole({"content": ""}, "error"), "stopped before the end", True),
        (whole({"content": [{"type": "thinking"}]}), "unknown form", True),
    ],
)
def test_mistrals_own_errors_are_told(reply: Reply, said: str, is_retryable: bool) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        respond(reply, REQUESTS["plain"], SPEC)
    assert caught.value.is_retryable is is_retryable


def test_thinking_stands_apart_whether_streamed_or_not() -> None:
    stream = events(
        chunk("", role="assistant"),
        chunk([thought("Let me ")]),
        chunk([thought("see.")]),
        chunk([{"type": "text", "text": "Hello"}, {"type": "reference", "reference_ids": [1]}]),
        chunk(" there", "stop"),
    )
    parts = [thought("Let me "), thought("see."), {"type": "text", "text": "Hello there"}]
    found = assert_streamed_alike(stream, whole({"content": parts}), REQUESTS["plain"], SPEC)
    assert (found.output, found.reasoning) == ("Hello there", "Let me see.")
    assert (found.prompt_tokens, found.completion_tokens, found.cached_tokens) == (8, 5, 4)
    assert (found.model_revision, found.request_id, found.finish_reason) == ("served-1", "r1", "stop")


def test_a_call_of_a_tool_has_the_form_of_chat_completions() -> None:
    call = {"id": "c1", "function": {"name": "weather", "arguments": {"city": "Paris"}}, "index": 0}
    found, _ = respond(whole({"content": "", "tool_calls": [call]}, "tool_calls"), REQUESTS["tools"], SPEC)
    assert found.tool_calls is not None
    assert {key: found.tool_calls[0][key] for key in CALL} == CALL


@pytest.mark.parametrize("reason", ["model_length", "content_filter"])
def test_the_words_of_an_end_are_kept(reason: str) -> None:
    found, _ = respond(whole({"content": "Hel"}, reason), REQUESTS["plain"], SPEC)
    assert found.vendor_finish_reason == reason


def test_documents_and_audio_have_mistrals_form() -> None:
    parts = (
        TextPart("Sum up."),
        MediaPart("file", Media.of(b"%PDF", "application/pdf", "a.pdf")),
        MediaPart("audio", Media.of(b"RIFF", "audio/wav")),
    )
    request = Request((Message.of_parts("user", parts),), ask().generate, ask().sample)
    (sent,) = call_by_us(chat(), request, SPEC).body["messages"]
    assert sent["content"][1:] == [
        {
            "type": "document_url",
            "document_url": "data:application/pdf;base64,JVBERg==",
            "document_name": "a.pdf",
        },
        {"type": "input_audio", "input_audio": "UklGRg=="},
    ]


def test_a_tool_that_must_be_called_and_takes_nothing() -> None:
    tools = parse_tools([{"name": "now"}])
    body = call_by_us(chat(), ask(tools=tools, tool_choice="required"), SPEC).body
    assert body["tool_choice"] == "any"
    assert body["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}


def test_the_words_of_the_api_can_be_set_by_the_spec() -> None:
    body = call_by_us(chat(), ask(), SPEC + "&safe_prompt=1&prompt_mode=reasoning").body
    assert (body["safe_prompt"], body["prompt_mode"]) == (True, "reasoning")
