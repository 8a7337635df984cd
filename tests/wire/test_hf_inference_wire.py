"""``hf_inference/`` on the wire, with the Hub's own client as the witness."""

from __future__ import annotations

from typing import Any

import pytest
from huggingface_hub import AsyncInferenceClient

from evalkit.errors import ModelError
from tests.asking import ask, rank
from tests.loopback import Reply, chat, events
from tests.wire.expected import assert_streamed_alike, assert_told
from tests.wire.faults import FAULTS
from tests.wire.requests import REQUESTS
from tests.wire.talk import call_by, call_by_us, respond
from tests.wire.test_openai_wire import KEYWORDS, STREAM, USAGE, chunk

SPEC = "hf_inference/org/m:provider?base_url={root}/v1"
#: What the client has no parameter for goes through its ``extra_body``.
EXTRA = {"reasoning_effort"}


def in_older_words(body: dict[str, Any]) -> dict[str, Any]:
    """What the client makes of a request: it says that it wants no stream, which is the default, and writes a
    schema as servers did that do not know ``json_schema`` yet. The router and newer ones do."""
    body = {"stream": False, **body}
    if "response_format" in body:
        schema = body["response_format"]["json_schema"]["schema"]
        body["response_format"] = {"type": "json_object", "value": schema}
    return body


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_the_body_is_that_of_the_hubs_client(name: str, is_streamed: bool) -> None:
    words = KEYWORDS[name]
    keywords = {key: value for key, value in words.items() if key not in EXTRA}
    extra = {key: value for key, value in words.items() if key in EXTRA}
    more: dict[str, Any] = {"stream_options": {"include_usage": True}} if is_streamed else {}

    async def talk(root: str) -> None:
        async with AsyncInferenceClient(base_url=f"{root}/v1", api_key="unused") as client:
            told: Any = await client.chat_completion(
                model="org/m:provider", max_tokens=64, temperature=0.5, stream=is_streamed, extra_body=extra,
                **keywords, **more,
            )  # fmt: skip
            if is_streamed:
                assert [part async for part in told]

    reply = STREAM if is_streamed else chat()
    ours = call_by_us(reply, REQUESTS[name], SPEC + ("&stream=1" if is_streamed else ""))
    theirs = call_by(talk, reply)
    assert (ours.path, in_older_words(ours.body)) == (theirs.path, theirs.body)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault = FAULTS[name]
    spec = SPEC + ("&stream=1" if is_streamed else "")
    assert_told(fault, fault.reply, spec, is_streamed=is_streamed)


@pytest.mark.parametrize(
    ("reply", "said", "is_retryable"),
    [
        (Reply({"error": "Model is overloaded", "error_type": "overloaded"}, 429), "overloaded", True),
        (Reply({"error": "Request failed", "error_type": "generation"}, 424), "Request failed", True),
        (Reply({"error": "Input too long", "error_type": "validation"}, 422), "too long", False),
        (Reply({"error": "Loading", "estimated_time": 20.0}, 503), "Loading", True),
        (events(chunk({"content": "Hel"}), {"error": "oops", "error_type": "generation"}), "oops", True),
    ],
)
def test_the_servers_own_errors_are_told(reply: Reply, said: str, is_retryable: bool) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        respond(reply, REQUESTS["plain"], SPEC + ("&stream=1" if reply.pieces else ""))
    assert caught.value.is_retryable is is_retryable


def test_a_stream_says_what_the_whole_answer_says() -> None:
    message = {"role": "assistant", "content": "Hello there", "reasoning_content": "Let me see."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = Reply({"id": "r1", "model": "served-1", "choices": [choice], "usage": USAGE})
    found = assert_streamed_alike(STREAM, whole, REQUESTS["plain"], SPEC)
    assert (found.output, found.reasoning, found.request_id) == ("Hello there", "Let me see.", "r1")
    assert (found.model_revision, found.reasoning_tokens) == ("served-1", 2)


def test_the_token_of_the_hub_goes_where_the_spec_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary0123456789")
    assert "Authorization" not in call_by_us(chat(), ask(), SPEC).headers
    sent = call_by_us(chat(), ask(), SPEC + "&api_key_env=HF_TOKEN&bill_to=acme").headers
    assert (sent["Authorization"], sent["X-HF-Bill-To"]) == ("Bearer hf_canary0123456789", "acme")


def test_choices_are_not_ranked() -> None:
    with pytest.raises(ModelError, match="gives no log-likelihoods"):
        respond(chat(), rank("a", "b", "c"), SPEC)
