"""``openai/`` on the wire of chat completions, with OpenAI's own client as the witness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from openai import AsyncOpenAI

from evalkit.errors import ModelError
from tests.loopback import Reply, chat, events
from tests.wire.faults import FAULTS, Fault
from tests.wire.requests import CALL, IMAGE_BASE64, REQUESTS, SCHEMA
from tests.wire.talk import call_by, call_by_us, respond

SPEC = "openai/m?base_url={root}/v1"
USER = {"role": "user", "content": "Hello."}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Of a city.", "parameters": SCHEMA},
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA, "strict": True}}
SAMPLING = {"top_p": 0.9, "stop": ["END"], "seed": 7}
#: Name of a request -> the same in the words of OpenAI's client; all have 64 tokens, temperature 0.5.
KEYWORDS: dict[str, dict[str, Any]] = {
    "plain": {"messages": [USER]},
    "system": {"messages": [{"role": "system", "content": "Be brief."}, USER]},
    "turns": {
        "messages": [USER, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "And now?"}]
    },
    "sampling": {"messages": [USER], **SAMPLING},
    "image": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE_BASE64}"}},
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

USAGE = {
    "prompt_tokens": 8,
    "completion_tokens": 5,
    "total_tokens": 13,
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def chunk(delta: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """One chunk of a stream; without a delta that with the usage alone."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, **fields}]
    head = {"id": "r1", "object": "chat.completion.chunk", "created": 1, "model": "served-1"}
    return {**head, "choices": choices, **({"usage": USAGE} if delta is None else {})}


STREAM = events(
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "Let me "}),
    chunk({"reasoning_content": "see."}),
    chunk({"content": "Hello"}),
    chunk({"content": " there"}),
    chunk({}, finish_reason="stop"),
    chunk(),
)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_openais_client(name: str, is_streamed: bool) -> None:
    more: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}} if is_streamed else {}

    async def talk(root: str) -> None:
        async with AsyncOpenAI(base_url=f"{root}/v1", api_key="unused") as client:
            answer = await client.chat.completions.create(
                model="m", max_tokens=64, temperature=0.5, **KEYWORDS[name], **more
            )
            if is_streamed:
                assert [part async for part in answer]

    reply = STREAM if is_streamed else chat()
    ours = call_by_us(reply, REQUESTS[name], SPEC + ("&stream=1" if is_streamed else ""))
    theirs = call_by(talk, reply)
    assert (ours.path, ours.body) == (theirs.path, theirs.body)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault: Fault = FAULTS[name]
    with pytest.raises(ModelError) as caught:
        respond(fault.reply, REQUESTS["plain"], SPEC + ("&stream=1" if is_streamed else ""))
    assert caught.value.is_retryable is fault.is_retryable
    if not is_streamed:
        assert fault.said in str(caught.value)
        assert (caught.value.kind, caught.value.retry_after_s) == (fault.kind, fault.retry_after_s)


def test_a_stream_says_what_the_whole_answer_says_and_when_it_began() -> None:
    found, _ = respond(STREAM, REQUESTS["plain"], SPEC + "&stream=1")
    message = {"role": "assistant", "content": "Hello there", "reasoning_content": "Let me see."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole, _ = respond(
        Reply({"id": "r1", "model": "served-1", "choices": [choice], "usage": USAGE}),
        REQUESTS["plain"],
        SPEC,
    )
    assert found.ttft_s is not None
    assert replace(found, ttft_s=None) == whole
    assert (found.output, found.reasoning, found.completion_tokens) == ("Hello there", "Let me see.", 5)


def test_calls_of_tools_are_joined_from_their_pieces() -> None:
    def piece(**inner: Any) -> dict[str, Any]:
        return chunk({"tool_calls": [{"index": 0, **inner}]})

    stream = events(
        piece(id="c1", type="function", function={"name": "weather", "arguments": ""}),
        piece(function={"arguments": '{"city":'}),
        piece(function={"arguments": '"Paris"}'}),
        chunk({}, finish_reason="tool_calls"),
    )
    found, _ = respond(stream, REQUESTS["tools"], SPEC + "&stream=1")
    assert found.tool_calls == (CALL,)
    assert (found.output, found.finish_reason) == ("", "tool_calls")


@pytest.mark.parametrize("is_truncated", [False, True])
def test_a_stream_that_ends_in_the_middle_is_no_answer(is_truncated: bool) -> None:
    stream = events(chunk({"content": "Hel"}), is_done=False, is_truncated=is_truncated)
    with pytest.raises(ModelError) as caught:
        respond(stream, REQUESTS["plain"], SPEC + "&stream=1")
    assert caught.value.is_retryable


def test_an_error_within_a_stream_is_an_error() -> None:
    stream = events(chunk({"content": "Hel"}), {"error": {"message": "overloaded", "code": 529}})
    with pytest.raises(ModelError, match="overloaded") as caught:
        respond(stream, REQUESTS["plain"], SPEC + "&stream=1")
    assert caught.value.is_retryable


def test_a_key_that_stands_across_two_events_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "sk-canary-0123456789")
    stream = events(
        chunk({"content": "it is sk-canary-"}),
        chunk({"content": "0123456789"}),
        chunk({}, finish_reason="stop"),
    )
    found, _ = respond(stream, REQUESTS["plain"], SPEC + "&stream=1&api_key_env=A_KEY")
    assert found.output == "it is …"


def test_events_are_read_however_they_are_cut() -> None:
    whole = b"".join(STREAM.pieces).replace(b"\n", b"\r\n")
    bytewise = replace(STREAM, pieces=tuple(whole[i : i + 3] for i in range(0, len(whole), 3)))
    found, _ = respond(bytewise, REQUESTS["plain"], SPEC + "&stream=1")
    assert found.output == "Hello there"
