"""``openai/NAME?api=responses`` on the wire of the Responses API, with OpenAI's own client as the witness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from openai import AsyncOpenAI

from evalkit.core.message import MediaPart, Message, TextPart
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.models.wire.openai_sampling import is_switched, lacks_of
from tests.loopback import Reply, named_events
from tests.wire.faults import FAULTS, Fault
from tests.wire.requests import CALL, IMAGE, IMAGE_BASE64, REQUESTS, SCHEMA
from tests.wire.talk import call_by, call_by_us, respond

SPEC = "openai/m?base_url={root}/v1&api=responses"
USER = {"role": "user", "content": "Hello."}
TOOL = {
    "type": "function",
    "name": "weather",
    "description": "Of a city.",
    "parameters": SCHEMA,
    "strict": False,
}
PICTURE = {"type": "input_image", "image_url": f"data:image/png;base64,{IMAGE_BASE64}"}
ARGUMENTS = '{"city":"Paris"}'
#: Name of a request -> the same in the words of OpenAI's client; all have 64 tokens, temperature 0.5.
KEYWORDS: dict[str, dict[str, Any]] = {
    "plain": {"input": [USER]},
    "system": {"input": [{"role": "system", "content": "Be brief."}, USER]},
    "turns": {
        "input": [USER, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "And now?"}]
    },
    "image": {
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, PICTURE]}]
    },
    "tools": {"input": [USER], "tools": [TOOL], "tool_choice": {"type": "function", "name": "weather"}},
    "tool_result": {
        "input": [
            USER,
            {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": ARGUMENTS},
            {"type": "function_call_output", "call_id": "c1", "output": "Sunny."},
        ],
        "tools": [TOOL],
    },
    "schema": {
        "input": [USER],
        "text": {"format": {"type": "json_schema", "name": "place", "schema": SCHEMA, "strict": True}},
    },
    "effort": {"input": [USER], "reasoning": {"effort": "low", "summary": "auto"}},
}
USAGE = {
    "input_tokens": 108,
    "input_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 4},
    "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 113,
}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Let me see."}]}
CALLED = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "weather", "arguments": ARGUMENTS}


def said(text: str, kind: str = "output_text") -> dict[str, Any]:
    name = "refusal" if kind == "refusal" else "text"
    part = {"type": kind, name: text, **({} if kind == "refusal" else {"annotations": []})}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}


def whole(*items: dict[str, Any], status: str = "completed", **fields: Any) -> dict[str, Any]:
    head = {"id": "resp_1", "object": "response", "created_at": 1, "model": "served-1", "error": None}
    return {**head, "status": status, "output": list(items), "usage": USAGE, **fields}


def stream(last: dict[str, Any], kind: str = "response.completed", *, is_over: bool = True) -> Reply:
    begun = {"type": "response.created", "response": whole(status="in_progress"), "sequence_number": 0}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
    delta = {"type": "response.output_text.delta", "delta": "Hel", **place, "sequence_number": 1}
    end = {"type": kind, "response": last, "sequence_number": 2}
    return named_events(begun, delta, *([end] if is_over else []))


OK = Reply(whole(said("Hello there")))


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_openais_client(name: str, is_streamed: bool) -> None:
    async def talk(root: str) -> None:
        async with AsyncOpenAI(base_url=f"{root}/v1", api_key="unused") as client:
            answer = await client.responses.create(
                model="m",
                max_output_tokens=64,
                temperature=0.5,
                # OpenAI keeps responses unless told not to; of chat completions it keeps none.
                store=False,
                **KEYWORDS[name],
                **({"stream": True} if is_streamed else {}),
            )
            if is_streamed:
                assert [part async for part in answer]

    reply = stream(whole(said("Hello there"))) if is_streamed else OK
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
    answer = whole(THOUGHT, said("Hello there"))
    found, _ = respond(stream(answer), REQUESTS["plain"], SPEC + "&stream=1")
    assert found.ttft_s is not None
    assert replace(found, ttft_s=None) == respond(Reply(answer), REQUESTS["plain"], SPEC)[0]


def test_every_column_is_filled() -> None:
    found, _ = respond(Reply(whole(THOUGHT, said("Hello there"))), REQUESTS["plain"], SPEC)
    assert (found.output, found.reasoning) == ("Hello there", "Let me see.")
    assert (found.finish_reason, found.vendor_finish_reason) == ("stop", "completed")
    assert (found.prompt_tokens, found.cached_tokens, found.cache_write_tokens) == (108, 100, 4)
    assert (found.completion_tokens, found.reasoning_tokens) == (5, 2)
    assert (found.model_revision, found.request_id) == ("served-1", "resp_1")


@pytest.mark.parametrize(
    ("answer", "reason", "vendors", "output"),
    [
        (whole(CALLED), "tool_calls", "completed", ""),
        (whole(said("I cannot.", "refusal")), "refusal", "completed", "I cannot."),
        (
            whole(said("Hel"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            "max_output_tokens",
            "max_output_tokens",
            "Hel",
        ),
        (
            whole(status="incomplete", incomplete_details={"reason": "content_filter"}),
            "content_filter",
            "content_filter",
            "",
        ),
    ],
)
def test_how_an_answer_ended_is_told(answer: dict[str, Any], reason: str, vendors: str, output: str) -> None:
    found, _ = respond(Reply(answer), REQUESTS["tools"], SPEC)
    assert (found.finish_reason, found.vendor_finish_reason, found.output) == (reason, vendors, output)
    assert found.tool_calls == ((CALL,) if reason == "tool_calls" else None)


@pytest.mark.parametrize(
    ("code", "is_retryable", "kind"),
    [
        ("server_error", True, "broken"),
        ("rate_limit_exceeded", True, "busy"),
        ("insufficient_quota", False, "key"),
        ("invalid_prompt", False, None),
    ],
)
@pytest.mark.parametrize("form", ["event", "failed", "answer"])
def test_openais_errors_are_known_by_their_words(
    code: str, is_retryable: bool, kind: str | None, form: str
) -> None:
    error = {"code": code, "message": "no luck"}
    failed = whole(status="failed", error=error)
    replies = {
        "event": named_events({"type": "error", **error, "param": None}),
        "failed": stream(failed, "response.failed"),
        "answer": Reply(failed),
    }
    query = "" if form == "answer" else "&stream=1"
    with pytest.raises(ModelError, match="no luck") as caught:
        respond(replies[form], REQUESTS["plain"], SPEC + query)
    assert (caught.value.is_retryable, caught.value.kind, caught.value.code) == (is_retryable, kind, code)


@pytest.mark.parametrize("is_truncated", [False, True])
def test_a_stream_that_ends_in_the_middle_is_no_answer(is_truncated: bool) -> None:
    reply = replace(stream(whole(), is_over=False), is_truncated=is_truncated)
    with pytest.raises(ModelError) as caught:
        respond(reply, REQUESTS["plain"], SPEC + "&stream=1")
    assert caught.value.is_retryable


@pytest.mark.parametrize("body", [{"status": "queued", "output": []}, {"status": "completed", "output": [1]}])
def test_an_answer_of_another_form_is_an_error_that_may_be_repeated(body: dict[str, Any]) -> None:
    with pytest.raises(ModelError) as caught:
        respond(Reply(body), REQUESTS["plain"], SPEC)
    assert caught.value.is_retryable


def test_images_may_be_the_output_of_a_tool() -> None:
    user, calls, _ = REQUESTS["tool_result"].messages
    shown = replace(
        Message.of_parts("tool", (TextPart("See:"), MediaPart("image", IMAGE))), tool_call_id="c1"
    )
    body = call_by_us(OK, replace(REQUESTS["tool_result"], messages=(user, calls, shown)), SPEC).body
    assert body["input"][2]["output"] == [{"type": "input_text", "text": "See:"}, PICTURE]


def test_a_summary_may_be_gone_without() -> None:
    assert call_by_us(OK, REQUESTS["effort"], SPEC + "&summary=0").body["reasoning"] == {"effort": "low"}


def test_the_api_has_no_stop_and_no_seed() -> None:
    spec = ModelSpec.parse(SPEC.replace("{root}", "http://127.0.0.1:1"))
    model = open_model(spec, ModelSettings())
    assert model.lacks == {"stop", "seed"}
    assert "audio" not in model.carries


def test_two_apis_at_once_are_refused() -> None:
    with pytest.raises(ModelSpecError, match="two APIs"):
        open_model(ModelSpec.parse("openai/m?base_url=http://h/v1&api=responses&chat=0"), ModelSettings())


@pytest.mark.parametrize(
    ("names", "lacks", "switched"),
    [
        (["o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5-mini", "gpt-5-2025-08-07", "ft:o4-mini:x"],
         {"temperature", "top_p", "stop"}, False),
        (["gpt-5.1", "gpt-5.4-mini", "gpt-6-sol", "gpt-6.1-terra", "gpt-10"], {"stop"}, True),
        (["gpt-4o", "gpt-4.1-mini", "gpt-5-chat-latest", "gpt-5.2-chat-latest", "gpt-3.5-turbo", "m"],
         set(), False),
    ],
)  # fmt: skip
def test_what_a_model_of_openai_takes_is_known_by_its_name(
    names: list[str], lacks: set[str], switched: bool
) -> None:
    assert [lacks_of(name) for name in names] == [lacks] * len(names)
    assert [is_switched(name) for name in names] == [switched] * len(names)


@pytest.mark.parametrize("query", ["", "?api=responses"])
@pytest.mark.parametrize(
    ("name", "written", "sent"),
    [
        ("gpt-6-sol", {}, {}),
        ("gpt-6-sol", {"temperature": 0.5, "top_p": 0.9}, None),
        (
            "gpt-6-sol",
            {"temperature": 0.5, "top_p": 0.9, "reasoning": "none"},
            {"temperature": 0.5, "top_p": 0.9},
        ),
        ("gpt-5-mini", {}, {}),
        ("gpt-4o", {}, {"temperature": 0.0}),
    ],
)
def test_a_model_that_thinks_is_sent_no_temperature(
    name: str,
    written: dict[str, Any],
    sent: dict[str, float] | None,
    query: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    model: Any = open_model(ModelSpec.parse(f"openai/{name}{query}"), ModelSettings())
    request = replace(REQUESTS["plain"], generate=GenerateParams.from_mapping(written))
    if sent is None:
        with pytest.raises(ModelError, match="no temperature and no top_p where it thinks"):
            model.check_options(request.generate, None)
        return
    body = model.body_of(request)
    assert {key: body[key] for key in ("temperature", "top_p") if key in body} == sent


def test_what_is_dropped_of_a_model_that_may_think_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    model: Any = open_model(ModelSpec.parse("openai/gpt-6-sol?drop_unsupported=1"), ModelSettings())
    generate = GenerateParams(temperature=0.5, reasoning=Reasoning("low"))
    model.check_options(generate, None)
    assert model.params["not_sent"] == ["reasoning_budget", "stop", "temperature", "top_p"]
    assert "temperature" not in model.body_of(replace(REQUESTS["plain"], generate=generate))
