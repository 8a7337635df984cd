"""``bedrock/`` on the wire, with boto3 as the witness."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from evalkit.core.message import Media, MediaPart, Message
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.runner.carried import refuse_uncarried
from tests.asking import ask, rank
from tests.loopback import Reply
from tests.wire.aws import ACCESS_KEY, SECRET_KEY, client
from tests.wire.aws import credentials as credentials
from tests.wire.expected import assert_streamed_alike, assert_told
from tests.wire.faults import FAULTS
from tests.wire.frames import event, exception, stream
from tests.wire.requests import CALL, IMAGE, REQUESTS, SCHEMA
from tests.wire.talk import call_by, call_by_us, respond

MODEL = "anthropic.claude-v1:0"
SPEC = f"bedrock/{MODEL}?base_url={{root}}"
USER = {"role": "user", "content": [{"text": "Hello."}]}
TOOL = {"toolSpec": {"name": "weather", "description": "Of a city.", "inputSchema": {"json": SCHEMA}}}
SCHEMA_TEXT = orjson.dumps(SCHEMA).decode()
FORMAT = {"type": "json_schema", "structure": {"jsonSchema": {"name": "place", "schema": SCHEMA_TEXT}}}
PLACE = {"city": "Paris"}
LIMITS = {"maxTokens": 64, "temperature": 0.5}
#: Name of a request -> the same in the words of boto3.
KEYWORDS: dict[str, dict[str, Any]] = {
    "plain": {"messages": [USER]},
    "system": {"messages": [USER], "system": [{"text": "Be brief."}]},
    "turns": {
        "messages": [
            USER,
            {"role": "assistant", "content": [{"text": "Hi."}]},
            {"role": "user", "content": [{"text": "And now?"}]},
        ]
    },
    "image": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "What is this?"},
                    {"image": {"format": "png", "source": {"bytes": IMAGE.data}}},
                ],
            }
        ]
    },
    "tools": {
        "messages": [USER],
        "toolConfig": {"tools": [TOOL], "toolChoice": {"tool": {"name": "weather"}}},
    },
    "tool_result": {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "c1", "name": "weather", "input": PLACE}}],
            },
            {
                "role": "user",
                "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "Sunny."}]}}],
            },
        ],
        "toolConfig": {"tools": [TOOL]},
    },
    "schema": {"messages": [USER], "outputConfig": {"textFormat": FORMAT}},
    "effort": {"messages": [USER], "outputConfig": {"effort": "low"}},
    "budget": {
        "messages": [USER],
        "inferenceConfig": {"maxTokens": 4096, "temperature": 1.0},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2048}},
    },
    "sampling": {"messages": [USER], "inferenceConfig": {**LIMITS, "topP": 0.9, "stopSequences": ["END"]}},
}
#: Converse has no seed.
ASKED = {
    **REQUESTS,
    "sampling": replace(REQUESTS["sampling"], generate=replace(REQUESTS["sampling"].generate, seed=None)),
}

USAGE = {
    "inputTokens": 3,
    "outputTokens": 5,
    "totalTokens": 13,
    "cacheReadInputTokens": 4,
    "cacheWriteInputTokens": 1,
}
TAIL = {"usage": USAGE, "metrics": {"latencyMs": 12}}
HEADERS = {"x-amzn-RequestId": "q1"}


def whole(*content: Any, reason: str = "end_turn", **fields: Any) -> Reply:
    message = {"role": "assistant", "content": content}
    return Reply({"output": {"message": message}, "stopReason": reason, **TAIL, **fields}, headers=HEADERS)


def delta(index: int, **told: Any) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": told, "p": "abc"})


def streamed(*pieces: bytes, reason: str = "end_turn") -> Reply:
    start = event("messageStart", {"role": "assistant"})
    end = (event("messageStop", {"stopReason": reason}), event("metadata", TAIL))
    reply = stream(start, *pieces, event("contentBlockStop", {"contentBlockIndex": 0}), *end)
    return replace(reply, headers={**reply.headers, **HEADERS})


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_request_is_that_of_boto3(name: str, is_streamed: bool) -> None:
    keywords = {"modelId": MODEL, "inferenceConfig": LIMITS, **KEYWORDS[name]}

    def converse(root: str) -> None:
        bedrock = client("bedrock-runtime", root)
        if is_streamed:
            assert list(bedrock.converse_stream(**keywords)["stream"])
        else:
            bedrock.converse(**keywords)

    async def talk(root: str) -> None:
        await asyncio.to_thread(converse, root)

    reply = streamed(delta(0, text="Hi")) if is_streamed else whole({"text": "Hi"})
    ours = call_by_us(reply, ASKED[name], SPEC + ("&stream=1" if is_streamed else ""))
    theirs = call_by(talk, reply)
    assert (ours.raw_path, ours.body) == (theirs.raw_path, theirs.body)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault = FAULTS[name]
    spec = SPEC + ("&stream=1" if is_streamed else "")
    assert_told(fault, fault.reply, spec, is_streamed=is_streamed)


def refusal(name: str, status: int, message: str = "no", **fields: Any) -> Reply:
    """An error of AWS, whose name stands in a header."""
    headers = {"x-amzn-ErrorType": f"{name}:http://internal.amazon.com/"}
    return Reply({"message": message, **fields}, status, headers)


@pytest.mark.parametrize(
    ("reply", "kind", "is_retryable"),
    [
        (refusal("ThrottlingException", 429), "busy", True),
        (refusal("ThrottlingException", 400), "busy", True),
        (refusal("ModelNotReadyException", 429), "busy", True),
        (refusal("ModelTimeoutException", 408), "broken", True),
        (refusal("ModelErrorException", 424), "broken", True),
        (refusal("ModelErrorException", 424, originalStatusCode=400), None, False),
        (refusal("ValidationException", 400), None, False),
        (refusal("ResourceNotFoundException", 404), "missing", False),
        (refusal("AccessDeniedException", 403), "forbidden", False),
        (refusal("ExpiredTokenException", 403), "key", False),
    ],
)
def test_errors_of_aws_are_known_by_their_names(reply: Reply, kind: str | None, is_retryable: bool) -> None:
    name = reply.headers["x-amzn-ErrorType"].partition(":")[0]
    with pytest.raises(ModelError, match=f"{name} from 127.0.0.1: no") as caught:
        respond(reply, REQUESTS["plain"], SPEC)
    assert (caught.value.kind, caught.value.is_retryable) == (kind, is_retryable)


@pytest.mark.parametrize(
    ("piece", "said", "is_retryable"),
    [
        (exception("throttlingException", {"message": "slow down"}), "throttlingException: slow", True),
        (exception("modelStreamErrorException", {"message": "oops"}), "oops", True),
        (exception("modelStreamErrorException", {"message": "x", "originalStatusCode": 400}), "x", False),
        (exception("validationException", {"message": "no"}), "no", False),
        (exception("internalServerException", {"message": "oops"}), "oops", True),
        (delta(0, text="x")[:-4] + b"0000", "cannot be read", True),
        (delta(0, text="x")[:20], "ended in the middle", True),
        (event("contentBlockDelta", [1]), "unknown form", True),
    ],
)
def test_what_breaks_within_a_stream_is_an_error(piece: bytes, said: str, is_retryable: bool) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        respond(stream(delta(0, text="Hel"), piece), REQUESTS["plain"], SPEC + "&stream=1")
    assert caught.value.is_retryable is is_retryable


def test_a_stream_says_what_the_whole_answer_says_in_every_column() -> None:
    use = {"toolUseId": "c1", "name": "weather"}
    pieces = (
        delta(0, reasoningContent={"text": "Let me "}),
        delta(0, reasoningContent={"text": "see."}),
        delta(0, reasoningContent={"signature": "s"}),
        delta(1, text="Hello"),
        delta(1, text=" there"),
        event("contentBlockStart", {"contentBlockIndex": 2, "start": {"toolUse": use}}),
        delta(2, toolUse={"input": '{"city":'}),
        delta(2, toolUse={"input": '"Paris"}'}),
    )
    blocks = (
        {"reasoningContent": {"reasoningText": {"text": "Let me see.", "signature": "s"}}},
        {"text": "Hello there"},
        {"toolUse": {**use, "input": PLACE}},
    )
    reply, told = streamed(*pieces, reason="tool_use"), whole(*blocks, reason="tool_use")
    found = assert_streamed_alike(reply, told, REQUESTS["tools"], SPEC)
    assert (found.output, found.reasoning, found.tool_calls) == ("Hello there", "Let me see.", (CALL,))
    assert (found.prompt_tokens, found.completion_tokens) == (8, 5)
    assert (found.cached_tokens, found.cache_write_tokens) == (4, 1)
    assert (found.finish_reason, found.vendor_finish_reason) == ("tool_use", "tool_use")
    assert (found.model_revision, found.request_id) == (MODEL, "q1")


def test_what_a_guardrail_kept_back_is_an_answer_that_says_so() -> None:
    found, calls = respond(
        whole({"text": "Not that."}, reason="guardrail_intervened"),
        REQUESTS["plain"],
        SPEC + "&guardrail=g1:2",
    )
    assert (found.output, found.vendor_finish_reason) == ("Not that.", "guardrail_intervened")
    assert calls[0].body["guardrailConfig"] == {"guardrailIdentifier": "g1", "guardrailVersion": "2"}


def test_arguments_that_are_no_json_stay_as_the_model_wrote_them() -> None:
    use = event(
        "contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "c", "name": "w"}}}
    )
    found, _ = respond(streamed(use, delta(0, toolUse={"input": "{oops"})), ask(), SPEC + "&stream=1")
    assert found.tool_calls is not None
    assert found.tool_calls[0]["function"]["arguments"] == "{oops"


def test_a_router_says_which_model_answered_and_citations_are_text() -> None:
    reply = whole(
        {"citationsContent": {"content": [{"text": "Hi"}]}}, trace={"promptRouter": {"invokedModelId": "m2"}}
    )
    found, _ = respond(reply, ask(), SPEC)
    assert (found.output, found.model_revision) == ("Hi", "m2")


def test_documents_and_audio_have_the_form_of_converse() -> None:
    parts = (
        MediaPart("file", Media.of(b"%PDF", "application/pdf", "my report_1.pdf")),
        MediaPart("audio", Media.of(b"RIFF", "audio/wav")),
    )
    request = replace(ask(), messages=(Message.of_parts("user", parts), Message("user", "Sum up.")))
    assert call_by_us(whole({"text": "Hi"}), request, SPEC).body["messages"] == [
        {
            "role": "user",
            "content": [
                {"document": {"format": "pdf", "name": "my report 1", "source": {"bytes": "JVBERg=="}}},
                {"audio": {"format": "wav", "source": {"bytes": "UklGRg=="}}},
                {"text": "Sum up."},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (rank("a", "b", "c"), "gives no log-likelihoods"),
        (replace(REQUESTS["tools"], tool_choice="none"), "no tool_choice none"),
        (ask(response_schema=ResponseSchema()), "no JSON object of any kind"),
        (ask(generate=GenerateParams(reasoning=Reasoning("minimal"))), "no reasoning effort minimal"),
        (
            replace(
                ask(), messages=(Message.of_parts("user", (MediaPart("image", Media.of(b"", "image/bmp")),)),)
            ),
            "no image of type image/bmp",
        ),
    ],
)
def test_what_converse_does_not_have_is_refused(request_: Request, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        respond(whole(), request_, SPEC)


def test_a_default_temperature_gives_way_to_thinking() -> None:
    generate = GenerateParams.from_mapping({"max_tokens": 4096, "reasoning": 2048})
    body = call_by_us(whole({"text": "Hi"}), ask(generate=generate), SPEC).body
    assert body["inferenceConfig"] == {"maxTokens": 4096}


@pytest.mark.parametrize(
    ("name", "generate", "said"),
    [
        ("amazon.nova-pro-v1:0", {"reasoning": 2048}, "cannot carry a reasoning budget"),
        (MODEL, {"seed": 1}, "has no seed"),
    ],
)
def test_what_a_model_of_bedrock_lacks_is_refused_before_the_first_call(
    name: str, generate: dict[str, Any], said: str
) -> None:
    model = open_model(ModelSpec.parse(f"bedrock/{name}"), ModelSettings())
    with pytest.raises(ModelError, match=said):
        refuse_uncarried(model, ask(generate=GenerateParams.from_mapping(generate)))


def test_a_key_of_bedrock_takes_the_place_of_a_signature_at_aws_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-canary-0123456789")
    sent = call_by_us(whole({"text": "Hi"}), ask(), SPEC + "&api_key_env=AWS_BEARER_TOKEN_BEDROCK")
    assert sent.headers["Authorization"] == "Bearer bedrock-canary-0123456789"
    elsewhere = call_by_us(whole({"text": "Hi"}), ask(), SPEC)
    assert elsewhere.headers["Authorization"].startswith("AWS4-HMAC-SHA256")
    assert "canary" not in str(elsewhere.headers)


def test_credentials_reach_no_error_and_no_answer() -> None:
    echoed = refusal("ValidationException", 400, f"{ACCESS_KEY} {SECRET_KEY}")
    with pytest.raises(ModelError) as caught:
        respond(echoed, ask(), SPEC)
    assert ACCESS_KEY not in str(caught.value)
    assert SECRET_KEY not in str(caught.value)
    found, _ = respond(whole({"text": f"it is {SECRET_KEY}"}), ask(), SPEC)
    assert found.output == "it is …"


def test_no_credentials_are_an_error_that_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ModelError, match="AWS_ACCESS_KEY_ID") as caught:
        respond(whole(), ask(), SPEC)
    assert caught.value.kind == "key"


@pytest.mark.parametrize(("profile", "said"), [(None, "needs a region"), ("nobody", "nobody")])
def test_no_region_is_an_error_before_the_first_call(
    monkeypatch: pytest.MonkeyPatch, profile: str | None, said: str
) -> None:
    monkeypatch.delenv("AWS_REGION")
    if profile is not None:
        monkeypatch.setenv("AWS_PROFILE", profile)
    with pytest.raises(ModelSpecError, match=said):
        open_model(ModelSpec.parse("bedrock/m"), ModelSettings())


@pytest.mark.parametrize(
    ("region", "host"),
    [("eu-west-1", "eu-west-1.amazonaws.com"), ("cn-north-1", "cn-north-1.amazonaws.com.cn")],
)
def test_the_region_says_where_to_ask(region: str, host: str) -> None:
    model = open_model(ModelSpec.parse(f"bedrock/m?region={region}"), ModelSettings())
    assert model.cache_identity is not None
    assert model.cache_identity["base_url"] == f"https://bedrock-runtime.{host}"
