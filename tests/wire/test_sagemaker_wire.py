"""``sagemaker/`` on the wire, with boto3 as the witness of how an endpoint is invoked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.asking import ask, rank
from tests.loopback import Reply
from tests.wire.aws import client
from tests.wire.aws import credentials as credentials
from tests.wire.expected import assert_streamed_alike, assert_told
from tests.wire.faults import FAULTS
from tests.wire.frames import event, exception, stream
from tests.wire.requests import REQUESTS
from tests.wire.talk import call_by, call_by_us, respond
from tests.wire.test_openai_wire import KEYWORDS, STREAM, USAGE

SPEC = "sagemaker/my-endpoint?base_url={root}"
TGI = SPEC + "&schema=tgi"
HEADERS = {"x-amzn-RequestId": "q1", "x-Amzn-Invoked-Production-Variant": "AllTraffic"}
BODIES = {
    "plain": {},
    "sampling": {"top_p": 0.9, "stop": ["END"], "seed": 7},
}


def in_frames(reply: Reply, **fields: Any) -> Reply:
    """A container's stream within that of SageMaker, cut where no event ends."""
    whole = b"".join(reply.pieces)
    parts = [event("PayloadPart", whole[i : i + 100]) for i in range(0, len(whole), 100)]
    framed = stream(*parts, **fields)
    return replace(framed, headers={**framed.headers, **HEADERS})


def whole_chat() -> Reply:
    message = {"role": "assistant", "content": "Hello there", "reasoning_content": "Let me see."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return Reply({"id": "r1", "model": "served-1", "choices": [choice], "usage": USAGE}, headers=HEADERS)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_an_endpoint_is_invoked_as_by_boto3(is_streamed: bool) -> None:
    reply = in_frames(STREAM) if is_streamed else whole_chat()
    ours = call_by_us(reply, REQUESTS["plain"], SPEC + "&component=c1" + ("&stream=1" if is_streamed else ""))

    def invoke(root: str) -> None:
        runtime = client("sagemaker-runtime", root)
        keywords = {"EndpointName": "my-endpoint", "ContentType": "application/json",
                    "InferenceComponentName": "c1", "Body": ours.raw}  # fmt: skip
        if is_streamed:
            assert list(runtime.invoke_endpoint_with_response_stream(**keywords)["Body"])
        else:
            runtime.invoke_endpoint(**keywords)

    async def talk(root: str) -> None:
        await asyncio.to_thread(invoke, root)

    theirs = call_by(talk, reply)
    assert (ours.raw_path, ours.raw) == (theirs.raw_path, theirs.raw)
    for name in ("Content-Type", "X-Amzn-SageMaker-Inference-Component"):
        assert ours.headers[name] == theirs.headers[name]


@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_chat_completions_without_a_model(name: str) -> None:
    body = call_by_us(whole_chat(), REQUESTS[name], SPEC).body
    assert body == {"max_tokens": 64, "temperature": 0.5, **KEYWORDS[name]}


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_body_of_tgi_is_a_text_and_its_parameters(name: str) -> None:
    body = call_by_us(Reply([{"generated_text": "Hi"}]), REQUESTS[name], TGI).body
    parameters = {"max_new_tokens": 64, "temperature": 0.5, "do_sample": True, **BODIES[name]}
    assert body == {
        "inputs": "user:\nHello.",
        "parameters": {**parameters, "details": True, "return_full_text": False},
    }


def test_without_a_temperature_tgi_does_not_sample() -> None:
    parameters = call_by_us(Reply([{"generated_text": "Hi"}]), ask(), TGI).body["parameters"]
    assert parameters["do_sample"] is False
    assert "temperature" not in parameters


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault = FAULTS[name]
    spec = SPEC + ("&stream=1" if is_streamed else "")
    assert_told(fault, fault.reply, spec, is_streamed=is_streamed)


@pytest.mark.parametrize(
    ("reply", "said", "is_retryable"),
    [
        (Reply({"Message": "no", "OriginalStatusCode": 400}, 424), "no", False),
        (Reply({"Message": "oops", "OriginalStatusCode": 500}, 424), "oops", True),
        (Reply({"Message": "wait"}, 530), "wait", True),
        (stream(exception("ModelStreamError", {"Message": "oops"})), "ModelStreamError: oops", True),
        (stream(exception("InternalStreamFailure", {"Message": "oops"})), "oops", True),
        (stream(event("PayloadPart", b'data: {"error": "oops"}\n\n')), "oops", True),
        (in_frames(replace(STREAM, pieces=STREAM.pieces[:2])), "ended in the middle", True),
    ],
)
def test_sagemakers_own_errors_are_told(reply: Reply, said: str, is_retryable: bool) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        respond(reply, REQUESTS["plain"], SPEC + ("&stream=1" if reply.pieces else ""))
    assert caught.value.is_retryable is is_retryable


def test_a_stream_says_what_the_whole_answer_says() -> None:
    found = assert_streamed_alike(in_frames(STREAM), whole_chat(), REQUESTS["plain"], SPEC)
    assert (found.output, found.reasoning) == ("Hello there", "Let me see.")
    assert (found.model_revision, found.request_id) == ("served-1", "q1")


def test_a_stream_of_tgi_says_what_its_whole_answer_says() -> None:
    details = {"finish_reason": "eos_token", "generated_tokens": 3, "input_length": 8}
    whole = Reply([{"generated_text": "Hello", "details": details}], headers=HEADERS)
    tokens = (
        b'data:{"token": {"text": "Hello", "special": false}, "generated_text": null}\n\n',
        b'data:{"token": {"text": "</s>", "special": true}, "generated_text": "Hello", "details": '
        b'{"finish_reason": "eos_token", "generated_tokens": 3, "input_length": 8}}\n\n',
    )
    found = assert_streamed_alike(in_frames(Reply(pieces=tokens)), whole, ask(), TGI)
    assert (found.output, found.vendor_finish_reason) == ("Hello", "eos_token")
    assert (found.prompt_tokens, found.completion_tokens) == (8, 3)
    assert (found.model_revision, found.request_id) == ("AllTraffic", "q1")


def test_choices_are_not_ranked() -> None:
    with pytest.raises(ModelError, match="gives no log-likelihoods"):
        respond(whole_chat(), rank("a", "b", "c"), SPEC)


def test_an_unknown_schema_is_refused() -> None:
    with pytest.raises(ModelSpecError, match="write one of openai, tgi"):
        open_model(ModelSpec.parse("sagemaker/e?schema=tgy"), ModelSettings())
