"""``anthropic/`` on the wire of the Messages API, with Anthropic's own client as the witness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from anthropic import AsyncAnthropic

from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams
from evalkit.core.response_schema import ResponseSchema
from evalkit.errors import ModelError
from tests.loopback import Reply, named_events
from tests.wire.faults import FAULTS, Fault
from tests.wire.requests import CALL, IMAGE, IMAGE_BASE64, REQUESTS, SCHEMA
from tests.wire.talk import call_by, call_by_us, respond

#: The last that takes a temperature and a budget, and one that takes neither.
OLD, NEW = "claude-sonnet-4-6", "claude-opus-5"
SPEC = "anthropic/{name}?base_url={{root}}/v1"
USER = {"role": "user", "content": "Hello."}
TOOL = {"name": "weather", "description": "Of a city.", "input_schema": SCHEMA}
TOOL_USE = {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Paris"}}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": IMAGE_BASE64}}
#: Name of a request -> the same in the words of Anthropic's client.
KEYWORDS: dict[str, dict[str, Any]] = {
    "plain": {"messages": [USER]},
    "system": {"system": "Be brief.", "messages": [USER]},
    "turns": {
        "messages": [USER, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "And now?"}]
    },
    "image": {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, PICTURE]}]
    },
    "tools": {
        "messages": [USER],
        "tools": [TOOL],
        "tool_choice": {"type": "tool", "name": "weather"},
    },
    "tool_result": {
        "messages": [
            USER,
            {"role": "assistant", "content": [TOOL_USE]},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "Sunny."}],
            },
        ],
        "tools": [TOOL],
    },
    "schema": {
        "messages": [USER],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    },
    "effort": {
        "messages": [USER],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "low"},
    },
    "budget": {"messages": [USER], "thinking": {"type": "enabled", "budget_tokens": 2048}},
}
USAGE = {
    "input_tokens": 8,
    "cache_read_input_tokens": 100,
    "cache_creation_input_tokens": 20,
    "output_tokens": 5,
    "output_tokens_details": {"thinking_tokens": 2},
}
THOUGHT = {"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"}


def whole(*blocks: dict[str, Any], **fields: Any) -> Reply:
    """A message."""
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": f"{NEW}-20260701"}
    end = {"stop_reason": "end_turn", "stop_sequence": None, "usage": USAGE}
    return Reply({**head, "content": list(blocks), **end, **fields}, headers={"request-id": "req_1"})


def stream(*blocks: dict[str, Any], stop_reason: str = "end_turn", is_over: bool = True) -> Reply:
    """The same as events, each block in two pieces."""
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": f"{NEW}-20260701"}
    start: dict[str, Any] = {
        **head,
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 8, "output_tokens": 1},
    }
    told: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for index, block in enumerate(blocks):
        begun, deltas = pieces(block)
        told.append({"type": "content_block_start", "index": index, "content_block": begun})
        told += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        told.append({"type": "content_block_stop", "index": index})
    end = {"stop_reason": stop_reason, "stop_sequence": None}
    told.append({"type": "message_delta", "delta": end, "usage": USAGE})
    told += [{"type": "message_stop"}] if is_over else []
    reply = named_events(*told)
    return replace(reply, headers={**reply.headers, "request-id": "req_1"})


def pieces(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if block["type"] == "text":
        text = block["text"]
        return {**block, "text": ""}, [{"type": "text_delta", "text": part} for part in (text[:3], text[3:])]
    if block["type"] == "thinking":
        told = [{"type": "thinking_delta", "thinking": part} for part in ("Let me ", "see.")]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*told, signed]
    parts = ('{"city":', '"Paris"}')
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]


TEXT = {"type": "text", "text": "Hello there"}


def asked(generate: GenerateParams, name: str = OLD) -> dict[str, Any]:
    """The body of a request with these parameters."""
    request = replace(REQUESTS["plain"], generate=generate)
    body: dict[str, Any] = call_by_us(whole(TEXT), request, SPEC.format(name=name)).body
    return body


def test_headers_are_those_of_anthropics_client_but_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async def talk(root: str) -> None:
        async with AsyncAnthropic(base_url=root, api_key="a-key-of-some-length") as client:
            await client.messages.create(model=NEW, max_tokens=64, messages=[USER])

    monkeypatch.setenv("A_KEY", "a-key-of-some-length")
    request = replace(REQUESTS["plain"], generate=GenerateParams(max_tokens=64))
    ours = call_by_us(whole(TEXT), request, SPEC.format(name=NEW) + "&api_key_env=A_KEY")
    theirs = call_by(talk, whole(TEXT))
    assert (ours.path, ours.body) == (theirs.path, theirs.body)
    assert ours.headers["anthropic-version"] == theirs.headers["anthropic-version"]
    # Both are taken; proxies in front of the API read this one.
    assert ours.headers["x-api-key"] == "a-key-of-some-length"
    assert theirs.headers["Authorization"] == "Bearer a-key-of-some-length"


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_anthropics_client(name: str, is_streamed: bool) -> None:
    request = REQUESTS[name]
    # Anthropic's client has no temperature any more; the API before has, for the models that take one. Where
    # a model thinks it is 1, which is what it is without one.
    if name == "effort":
        request = replace(request, generate=GenerateParams(max_tokens=64, reasoning=Reasoning("low")))
    temperature = {"effort": {}, "budget": {"temperature": 1.0}}.get(name, {"temperature": 0.5})
    reply = stream(TEXT) if is_streamed else whole(TEXT)

    async def talk(root: str) -> None:
        async with AsyncAnthropic(base_url=root, api_key="unused", max_retries=0) as client:
            create: Any = client.messages.create
            answer = await create(
                model=OLD,
                max_tokens=request.generate.max_tokens,
                extra_body=temperature,
                **KEYWORDS[name],
                **({"stream": True} if is_streamed else {}),
            )
            if is_streamed:
                assert [part async for part in answer]

    spec = SPEC.format(name=OLD) + ("&stream=1" if is_streamed else "")
    ours, theirs = call_by_us(reply, request, spec), call_by(talk, reply)
    assert (ours.path, ours.body) == (theirs.path, theirs.body)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault: Fault = FAULTS[name]
    with pytest.raises(ModelError) as caught:
        respond(fault.reply, REQUESTS["plain"], SPEC.format(name=OLD) + ("&stream=1" if is_streamed else ""))
    assert caught.value.is_retryable is fault.is_retryable
    if not is_streamed:
        assert fault.said in str(caught.value)
        assert (caught.value.kind, caught.value.retry_after_s) == (fault.kind, fault.retry_after_s)


@pytest.mark.parametrize(
    ("kind", "status", "is_retryable", "meant"),
    [
        ("overloaded_error", 529, True, "broken"),
        ("rate_limit_error", 429, True, "busy"),
        ("authentication_error", 401, False, "key"),
        ("billing_error", 402, False, "key"),
        ("not_found_error", 404, False, "missing"),
        ("invalid_request_error", 400, False, None),
    ],
)
@pytest.mark.parametrize("is_within", [False, True])
def test_anthropics_errors_are_known_by_their_words(
    kind: str, status: int, is_retryable: bool, meant: str | None, is_within: bool
) -> None:
    error = {"type": "error", "error": {"type": kind, "message": "no luck"}, "request_id": "req_1"}
    begun = {"type": "message_start", "message": {"content": [], "usage": {}}}
    reply = named_events(begun, error) if is_within else Reply(error, status)
    with pytest.raises(ModelError, match="no luck") as caught:
        respond(reply, REQUESTS["plain"], SPEC.format(name=OLD) + "&stream=1")
    assert (caught.value.is_retryable, caught.value.kind, caught.value.code) == (is_retryable, meant, kind)


def test_a_stream_says_what_the_whole_answer_says_and_when_it_began() -> None:
    found, _ = respond(stream(THOUGHT, TEXT), REQUESTS["plain"], SPEC.format(name=OLD) + "&stream=1")
    said, _ = respond(whole(THOUGHT, TEXT), REQUESTS["plain"], SPEC.format(name=OLD))
    assert found.ttft_s is not None
    assert replace(found, ttft_s=None) == said


def test_every_column_is_filled() -> None:
    found, _ = respond(
        whole(THOUGHT, TEXT, TOOL_USE, stop_reason="tool_use"), REQUESTS["tools"], SPEC.format(name=OLD)
    )
    assert (found.output, found.reasoning) == ("Hello there", "Let me see.")
    assert (found.finish_reason, found.vendor_finish_reason) == ("tool_use", "tool_use")
    # What was read from the cache or written to it counts as prompt.
    assert (found.prompt_tokens, found.cached_tokens, found.cache_write_tokens) == (128, 100, 20)
    assert (found.completion_tokens, found.reasoning_tokens) == (5, 2)
    assert (found.model_revision, found.request_id) == (f"{NEW}-20260701", "req_1")


def test_calls_of_tools_are_joined_from_their_pieces_and_keep_the_signed_thinking() -> None:
    reply = stream(THOUGHT, TOOL_USE, stop_reason="tool_use")
    found, _ = respond(reply, REQUESTS["tools"], SPEC.format(name=OLD) + "&stream=1")
    assert found.tool_calls == ({**CALL, "extra_content": {"anthropic": {"thinking_blocks": [THOUGHT]}}},)
    assert found.output == ""


def test_signed_thinking_goes_back_before_the_call_that_it_led_to() -> None:
    signed = {**CALL, "extra_content": {"anthropic": {"thinking_blocks": [THOUGHT]}}}
    user, _, result = REQUESTS["tool_result"].messages
    request = replace(
        REQUESTS["tool_result"], messages=(user, Message("assistant", "", (), (signed,)), result)
    )
    body = call_by_us(whole(TEXT), request, SPEC.format(name=OLD)).body
    assert body["messages"][1]["content"] == [THOUGHT, TOOL_USE]


def test_results_of_tools_stand_in_one_turn_images_among_them() -> None:
    user, calls, result = REQUESTS["tool_result"].messages
    shown = replace(
        Message.of_parts("tool", (TextPart("See:"), MediaPart("image", IMAGE))), tool_call_id="c2"
    )
    request = replace(REQUESTS["tool_result"], messages=(user, calls, result, shown, user))
    messages = call_by_us(whole(TEXT), request, SPEC.format(name=OLD)).body["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "user"]
    assert messages[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "c1", "content": "Sunny."},
        {"type": "tool_result", "tool_use_id": "c2", "content": [{"type": "text", "text": "See:"}, PICTURE]},
    ]


def test_documents_are_pdf_or_text_and_nothing_else() -> None:
    def source(media_type: str) -> Any:
        part = MediaPart("file", Media.of(b"abc", media_type, "a.file"))
        request = replace(REQUESTS["plain"], messages=(Message.of_parts("user", (part,)),))
        body = call_by_us(whole(TEXT), request, SPEC.format(name=OLD)).body
        return body["messages"][0]["content"][0]["source"]

    assert source("application/pdf") == {"type": "base64", "media_type": "application/pdf", "data": "YWJj"}
    assert source("text/csv") == {"type": "text", "media_type": "text/plain", "data": "abc"}
    with pytest.raises(ModelError, match=r"PDF or text, and a\.file is application/zip"):
        source("application/zip")


def test_a_refusal_says_why() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "This may harm."}
    reply = whole(stop_reason="refusal", stop_details=details)
    found, _ = respond(reply, REQUESTS["plain"], SPEC.format(name=OLD))
    assert (found.output, found.finish_reason) == ("This may harm.", "refusal")


@pytest.mark.parametrize("is_truncated", [False, True])
def test_a_stream_that_ends_in_the_middle_is_no_answer(is_truncated: bool) -> None:
    reply = replace(stream(TEXT, is_over=False), is_truncated=is_truncated)
    with pytest.raises(ModelError) as caught:
        respond(reply, REQUESTS["plain"], SPEC.format(name=OLD) + "&stream=1")
    assert caught.value.is_retryable


@pytest.mark.parametrize(
    "body", [{"content": None}, {"content": [{}], "stop_reason": "end_turn"}, {"usage": 1}]
)
def test_an_answer_of_another_form_is_an_error_that_may_be_repeated(body: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="unknown form") as caught:
        respond(Reply(body), REQUESTS["plain"], SPEC.format(name=OLD))
    assert caught.value.is_retryable


@pytest.mark.parametrize(
    ("name", "version", "sampling", "thinking"),
    [
        (OLD, "2023-06-01", {"temperature": 0.0}, {"type": "enabled", "budget_tokens": 2000}),
        ("claude-opus-4-7", "2026-10-21", {}, None),
        (NEW, "2026-10-21", {}, None),
        ("glm-4.6", "2023-06-01", {"temperature": 0.0}, {"type": "enabled", "budget_tokens": 2000}),
    ],
)
def test_what_a_model_takes_is_known_by_its_name(
    name: str, version: str, sampling: dict[str, float], thinking: Any
) -> None:
    spec = SPEC.format(name=name) + "&drop_unsupported=1"
    call = call_by_us(whole(TEXT), replace(REQUESTS["plain"], generate=GenerateParams()), spec)
    assert call.headers["anthropic-version"] == version
    assert {key: call.body[key] for key in ("temperature", "top_p") if key in call.body} == sampling
    generate = GenerateParams(max_tokens=4000, reasoning=Reasoning(budget_tokens=2000))
    call = call_by_us(whole(TEXT), replace(REQUESTS["plain"], generate=generate), spec)
    assert call.body.get("thinking") == thinking


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"reasoning": {"budget_tokens": 2048}}, "leaves nothing of 64 max_tokens"),
        ({"reasoning": {"budget_tokens": 100}}, "1024 tokens or more"),
        ({"reasoning": {"budget_tokens": 2048}, "max_tokens": 4096, "temperature": 0}, "temperature 1 where"),
        ({"reasoning": {"effort": "high"}, "top_p": 0.5}, "0.95 to 1"),
        ({"reasoning": {"effort": "minimal"}}, "no reasoning effort minimal"),
        ({"temperature": 0.5, "top_p": 0.5}, "not both"),
        ({"stop": ["\n"]}, "white space"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused_before_the_first_call(
    written: dict[str, Any], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        asked(GenerateParams.from_mapping({"max_tokens": 64, **written}))


def test_a_json_object_of_any_kind_is_refused() -> None:
    request = replace(REQUESTS["plain"], response_schema=ResponseSchema())
    with pytest.raises(ModelError, match="JSON object of any kind"):
        call_by_us(whole(TEXT), request, SPEC.format(name=OLD))


def test_a_temperature_that_nobody_wrote_gives_way_to_top_p_and_to_thinking() -> None:
    assert "temperature" not in asked(GenerateParams(top_p=0.5))
    thinking = asked(GenerateParams(reasoning=Reasoning("low")))
    assert "temperature" not in thinking
    assert asked(GenerateParams(reasoning=Reasoning("none")))["temperature"] == 0.0
