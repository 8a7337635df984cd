"""``gemini/`` on the wire of generateContent, with Google's own client as the witness."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any

import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from evalkit.core.message import MediaPart, Message, TextPart
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.loopback import Call, Reply, events
from tests.wire.faults import FAULTS, Fault
from tests.wire.requests import CALL, IMAGE, IMAGE_BASE64, REQUESTS, SCHEMA
from tests.wire.talk import call_by, call_by_us, respond

NAME = "gemini-2.5-flash"
SPEC = f"gemini/{NAME}?base_url={{root}}/v1"
NEW = SPEC.replace(NAME, "gemini-3-pro")
USER = {"role": "user", "parts": [{"text": "Hello."}]}
DECLARED = {"name": "weather", "description": "Of a city.", "parametersJsonSchema": SCHEMA}
TOOLS = [{"functionDeclarations": [DECLARED]}]
CALLED = {"functionCall": {"id": "c1", "name": "weather", "args": {"city": "Paris"}}}
RESULT = {"functionResponse": {"id": "c1", "name": "weather", "response": {"output": "Sunny."}}}
PLAIN = {"temperature": 0.5, "maxOutputTokens": 64}
PICTURE = {"inlineData": {"mimeType": "image/png", "data": base64.b64decode(IMAGE_BASE64)}}

#: Name of a request -> contents and configuration in the words of Google's client.
KEYWORDS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "plain": ([USER], PLAIN),
    "system": ([USER], {**PLAIN, "systemInstruction": "Be brief."}),
    "turns": (
        [
            USER,
            {"role": "model", "parts": [{"text": "Hi."}]},
            {"role": "user", "parts": [{"text": "And now?"}]},
        ],
        PLAIN,
    ),
    "sampling": ([USER], {**PLAIN, "topP": 0.9, "stopSequences": ["END"], "seed": 7}),
    "image": ([{"role": "user", "parts": [{"text": "What is this?"}, PICTURE]}], PLAIN),
    "tools": (
        [USER],
        {
            **PLAIN,
            "tools": TOOLS,
            "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
        },
    ),
    "tool_result": (
        [USER, {"role": "model", "parts": [CALLED]}, {"role": "user", "parts": [RESULT]}],
        {**PLAIN, "tools": TOOLS},
    ),
    "schema": ([USER], {**PLAIN, "responseMimeType": "application/json", "responseJsonSchema": SCHEMA}),
    "effort": ([USER], {**PLAIN, "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True}}),
    "budget": (
        [USER],
        {
            "temperature": 1.0,
            "maxOutputTokens": 4096,
            "thinkingConfig": {"thinkingBudget": 2048, "includeThoughts": True},
        },
    ),
}
USAGE = {
    "promptTokenCount": 108,
    "cachedContentTokenCount": 100,
    "candidatesTokenCount": 3,
    "thoughtsTokenCount": 2,
    "totalTokenCount": 113,
}
THOUGHT = {"text": "Let me see.", "thought": True}
TEXT = {"text": "Hello there"}


def whole(*parts: dict[str, Any], reason: str | None = "STOP", **fields: Any) -> dict[str, Any]:
    """An answer, or an event of one."""
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": list(parts)}}
    if reason is not None:
        candidate["finishReason"] = reason
    head = {"modelVersion": f"{NAME}-001", "responseId": "r1"}
    return {"candidates": [candidate], **({"usageMetadata": USAGE} if reason else {}), **head, **fields}


STREAM = events(
    whole({"text": "Let me ", "thought": True}, reason=None),
    whole({"text": "see.", "thought": True}, {"text": "Hel"}, reason=None),
    whole({"text": "lo there"}, {"text": "", "thoughtSignature": "c2ln"}),
    is_done=False,
)
OK = Reply(whole(TEXT))


def camel(value: Any) -> Any:
    """Names in one of the two spellings that JSON of protocol buffers takes: Google's client mixes them."""
    if isinstance(value, dict):
        return {
            re.sub("_([a-z])", lambda found: found[1].upper(), key): camel(each) if key != "args" else each
            for key, each in value.items()
        }
    return [camel(each) for each in value] if isinstance(value, list) else value


async def ask(client: genai.Client, name: str, request: str, is_streamed: bool) -> None:
    contents, config = KEYWORDS[request]
    # Its loop that calls functions by itself.
    config = {**config, "automaticFunctionCalling": {"disable": True}}
    made = {"model": name, "contents": contents, "config": types.GenerateContentConfig(**config)}
    if is_streamed:
        assert [part async for part in await client.aio.models.generate_content_stream(**made)]
    else:
        await client.aio.models.generate_content(**made)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_googles_client(
    name: str, is_streamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "a-key-of-some-length")
    # Levels of thinking came with Gemini 3.
    model = "gemini-3-pro" if name == "effort" else NAME

    async def talk(root: str) -> None:
        options = types.HttpOptions(base_url=root)
        client = genai.Client(api_key="a-key-of-some-length", http_options=options)
        await ask(client, model, name, is_streamed)

    reply = STREAM if is_streamed else OK
    spec = SPEC.replace(NAME, model) + "&api_key_env=A_KEY" + ("&stream=1" if is_streamed else "")
    ours, theirs = call_by_us(reply, REQUESTS[name], spec), call_by(talk, reply)
    assert (ours.path, ours.body) == (theirs.path, camel(theirs.body))
    assert ours.headers["x-goog-api-key"] == theirs.headers["x-goog-api-key"]


def test_vertex_ai_is_asked_as_googles_client_asks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = Credentials("a-token-of-some-length", quota_project_id="payer")
    monkeypatch.setattr(credentials, "refresh", lambda request: None)
    monkeypatch.setattr(credentials, "_token_uri", "http://127.0.0.1/token", raising=False)
    monkeypatch.setattr("google.auth.default", lambda scopes: (credentials, "p"))

    async def talk(root: str) -> None:
        client = genai.Client(
            vertexai=True, project="p", location="global", credentials=credentials,
            http_options=types.HttpOptions(base_url=root),
        )  # fmt: skip
        await ask(client, NAME, "plain", False)

    spec = f"gemini/{NAME}?project=p&location=global&base_url={{root}}/v1beta1"
    ours, theirs = call_by_us(OK, REQUESTS["plain"], spec), call_by(talk, OK)
    assert (ours.path, ours.body) == (theirs.path, theirs.body)
    for name in ("Authorization", "x-goog-user-project"):
        assert ours.headers[name] == theirs.headers[name]


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("europe-west4", "europe-west4-aiplatform.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
    ],
)
def test_the_address_of_vertex_ai_is_that_of_the_location(location: str, host: str) -> None:
    model = open_model(
        ModelSpec.parse(f"gemini/{NAME}?project=p&location={location}"), ModelSettings(is_offline=False)
    )
    assert model.cache_identity is not None
    assert model.cache_identity["base_url"] == f"https://{host}/v1beta1"


@pytest.mark.parametrize("query", ["project=p", "location=global", "project=p&location=a/b"])
def test_vertex_ai_needs_a_project_and_a_location(query: str) -> None:
    with pytest.raises(ModelSpecError, match="needs a"):
        open_model(ModelSpec.parse(f"gemini/{NAME}?{query}"), ModelSettings())


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


def exhausted(quota: str) -> Reply:
    violation = {"quotaId": quota, "quotaValue": "10"}
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"},
    ]
    error = {"code": 429, "message": "You exceeded it.", "status": "RESOURCE_EXHAUSTED", "details": details}
    return Reply({"error": error}, 429)


def test_a_quota_of_the_minute_is_waited_for_as_long_as_google_says() -> None:
    reply = exhausted("GenerateRequestsPerMinutePerProjectPerModel")
    with pytest.raises(ModelError) as caught:
        respond(reply, REQUESTS["plain"], SPEC)
    error = caught.value
    assert (error.is_retryable, error.kind, error.retry_after_s) == (True, "busy", 34.5)
    assert error.code == "RESOURCE_EXHAUSTED"


def test_a_quota_of_the_day_is_not_waited_for() -> None:
    with pytest.raises(ModelError) as caught:
        respond(exhausted("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), REQUESTS["plain"], SPEC)
    assert (caught.value.is_retryable, caught.value.kind) == (False, "key")


def test_an_error_within_a_stream_is_an_error() -> None:
    error = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    stream = events(whole({"text": "Hel"}, reason=None), error, is_done=False)
    with pytest.raises(ModelError, match="overloaded") as caught:
        respond(stream, REQUESTS["plain"], SPEC + "&stream=1")
    assert caught.value.is_retryable


def test_a_stream_says_what_the_whole_answer_says_and_when_it_began() -> None:
    found, _ = respond(STREAM, REQUESTS["plain"], SPEC + "&stream=1")
    said, _ = respond(Reply(whole(THOUGHT, TEXT)), REQUESTS["plain"], SPEC)
    assert found.ttft_s is not None
    assert replace(found, ttft_s=None) == said


def test_every_column_is_filled() -> None:
    found, _ = respond(Reply(whole(THOUGHT, TEXT)), REQUESTS["plain"], SPEC)
    assert (found.output, found.reasoning) == ("Hello there", "Let me see.")
    assert (found.finish_reason, found.vendor_finish_reason) == ("STOP", "STOP")
    assert (found.prompt_tokens, found.cached_tokens) == (108, 100)
    # Google counts the thoughts apart; they are tokens that were written.
    assert (found.completion_tokens, found.reasoning_tokens) == (5, 2)
    assert (found.model_revision, found.request_id) == (f"{NAME}-001", "r1")


@pytest.mark.parametrize("is_streamed", [False, True])
def test_calls_of_tools_keep_their_signature(is_streamed: bool) -> None:
    body = whole({**CALLED, "thoughtSignature": "c2ln"})
    reply = events(body, is_done=False) if is_streamed else Reply(body)
    found, _ = respond(reply, REQUESTS["tools"], SPEC + ("&stream=1" if is_streamed else ""))
    assert found.tool_calls == ({**CALL, "extra_content": {"google": {"thought_signature": "c2ln"}}},)
    assert (found.finish_reason, found.vendor_finish_reason, found.output) == ("tool_calls", "STOP", "")


def test_calls_without_an_id_are_counted() -> None:
    bare = {"functionCall": {"name": "weather"}}
    found, _ = respond(Reply(whole(bare, bare)), REQUESTS["tools"], SPEC)
    assert found.tool_calls is not None
    assert [call["id"] for call in found.tool_calls] == ["call_0", "call_1"]
    assert found.tool_calls[0]["function"] == {"name": "weather", "arguments": "{}"}


def signed_turns(*calls: dict[str, Any]) -> Request:
    user, _, result = REQUESTS["tool_result"].messages
    return replace(REQUESTS["tool_result"], messages=(user, Message("assistant", "", (), calls), result))


@pytest.mark.parametrize(
    ("spec", "extra", "signature"),
    [
        (SPEC, {}, None),
        (NEW, {}, "skip_thought_signature_validator"),
        (NEW, {"extra_content": {"google": {"thought_signature": "c2ln"}}}, "c2ln"),
    ],
)
def test_a_call_goes_back_with_its_signature_or_with_what_stands_for_one(
    spec: str, extra: dict[str, Any], signature: str | None
) -> None:
    second = {**CALL, "id": "c2"}
    body = call_by_us(OK, signed_turns({**CALL, **extra}, second), spec).body
    parts = body["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [signature, None]


def test_results_of_tools_stand_in_one_turn_images_among_them() -> None:
    user, _, result = REQUESTS["tool_result"].messages
    calls = Message("assistant", "", (), (CALL, {**CALL, "id": "c2"}))
    shown = replace(
        Message.of_parts("tool", (TextPart('{"a": 1}'), MediaPart("image", IMAGE))), tool_call_id="c2"
    )
    request = replace(REQUESTS["tool_result"], messages=(user, calls, result, shown, user))
    contents = call_by_us(OK, request, SPEC).body["contents"]
    assert [turn["role"] for turn in contents] == ["user", "model", "user", "user"]
    picture = {"inlineData": {"mimeType": "image/png", "data": IMAGE_BASE64}}
    second = {"id": "c2", "name": "weather", "response": {"a": 1}, "parts": [picture]}
    assert contents[2]["parts"] == [RESULT, {"functionResponse": second}]


@pytest.mark.parametrize(
    ("body", "vendors", "ours"),
    [
        ({"promptFeedback": {"blockReason": "OTHER"}, "usageMetadata": USAGE}, "OTHER", "content_filter"),
        ({"candidates": [{"finishReason": "SAFETY"}]}, "SAFETY", "SAFETY"),
        ({"candidates": [{"finishReason": "MODEL_ARMOR"}]}, "MODEL_ARMOR", "content_filter"),
        (whole({"text": "Hel"}, reason="RECITATION"), "RECITATION", "RECITATION"),
    ],
)
@pytest.mark.parametrize("is_streamed", [False, True])
def test_what_a_filter_keeps_back_is_an_answer_and_no_error(
    body: dict[str, Any], vendors: str, ours: str, is_streamed: bool
) -> None:
    reply = events(body, is_done=False) if is_streamed else Reply(body)
    found, _ = respond(reply, REQUESTS["plain"], SPEC + ("&stream=1" if is_streamed else ""))
    assert (found.vendor_finish_reason, found.finish_reason) == (vendors, ours)
    assert found.output in ("", "Hel")


@pytest.mark.parametrize("is_truncated", [False, True])
def test_a_stream_that_ends_in_the_middle_is_no_answer(is_truncated: bool) -> None:
    stream = events(whole({"text": "Hel"}, reason=None), is_done=False, is_truncated=is_truncated)
    with pytest.raises(ModelError) as caught:
        respond(stream, REQUESTS["plain"], SPEC + "&stream=1")
    assert caught.value.is_retryable


def test_an_answer_of_another_form_is_an_error_that_may_be_repeated() -> None:
    with pytest.raises(ModelError, match="unknown form") as caught:
        respond(Reply({"candidates": [1]}), REQUESTS["plain"], SPEC)
    assert caught.value.is_retryable


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ((Message("user", "a"), Message("system", "b")), "no system message behind"),
        ((Message("user", "a"), Message("tool", "b", (), (), "c9")), "the call 'c9'"),
        (
            (Message("assistant", "", (), ({"id": "c", "function": {"name": "f", "arguments": "["}},)),),
            "not a JSON object",
        ),
    ],
)
def test_what_has_no_form_there_is_refused(messages: tuple[Message, ...], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        call_by_us(OK, replace(REQUESTS["plain"], messages=messages), SPEC)


@pytest.mark.parametrize("reasoning", [Reasoning("max"), Reasoning("low", 100)])
def test_thinking_that_the_model_does_not_know_is_refused_before_the_first_call(reasoning: Reasoning) -> None:
    model = open_model(ModelSpec.parse(NEW.replace("{root}", "http://127.0.0.1:1")), ModelSettings())
    with pytest.raises(ModelError, match=r"no reasoning effort|not both"):
        model.check_options(GenerateParams(reasoning=reasoning), None)


def test_an_effort_is_for_gemini_3_and_a_budget_for_those_that_think() -> None:
    def carried(name: str) -> set[str]:
        spec = ModelSpec.parse(f"gemini/{name}?base_url=http://127.0.0.1:1/v1")
        return {need for need in open_model(spec, ModelSettings()).carries if need.startswith("reasoning")}

    assert carried("gemini-2.0-flash") == set()
    assert carried("gemini-2.5-pro") == {"reasoning_budget"}
    assert (
        carried("gemini-3-pro") == carried("gemini-flash-latest") == {"reasoning_budget", "reasoning_effort"}
    )


def test_every_repeat_has_a_seed_of_its_own() -> None:
    def seed(repeat: int) -> Any:
        call: Call = call_by_us(OK, replace(REQUESTS["sampling"], repeat=repeat), SPEC)
        return call.body["generationConfig"]["seed"]

    assert [seed(0), seed(1)] == [7, 8]
