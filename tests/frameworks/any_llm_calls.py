"""``any/`` through the real any-llm over a loopback server (``make frameworks``)."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, UsageError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.asking import rank
from tests.loopback import Reply, chat
from tests.wire.requests import CALL, REQUESTS
from tests.wire.talk import call_by_us, respond
from tests.wire.test_openai_wire import KEYWORDS, STREAM, USAGE

SPEC = "any/openai/m?base_url={root}/v1"
JSON = {"Content-Type": "application/json"}
KEY = "sk-canary-0123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def completion(message: dict[str, Any], reason: str = "stop") -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    return Reply(
        {"id": "r1", "object": "chat.completion", "created": 1, "model": "served-1", "choices": [choice],
         "usage": USAGE},
        headers=JSON,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(KEYWORDS.keys() - {"schema", "effort"}))
def test_the_request_arrives_in_the_vendors_words(name: str) -> None:
    body = call_by_us(completion({"content": "Hi"}), REQUESTS[name], SPEC).body
    asked = KEYWORDS[name]
    assert [each["role"] for each in body["messages"]] == [each["role"] for each in asked["messages"]]
    assert [body.get(key) for key in ("tools", "seed")] == [asked.get(key) for key in ("tools", "seed")]
    assert (body["model"], body["max_completion_tokens"]) == ("m", 64)


def test_every_column_is_filled() -> None:
    message = {"content": "Hello there", "reasoning_content": "Let me see.", "tool_calls": [CALL]}
    found, _ = respond(completion(message, "tool_calls"), REQUESTS["tools"], SPEC)
    assert (found.output, found.reasoning, found.tool_calls) == ("Hello there", "Let me see.", (CALL,))
    assert (found.prompt_tokens, found.completion_tokens, found.reasoning_tokens) == (8, 5, 2)
    assert (found.model_revision, found.request_id, found.finish_reason) == ("served-1", "r1", "tool_calls")


def test_a_stream_is_joined() -> None:
    found, _ = respond(STREAM, REQUESTS["plain"], SPEC + "&stream=1")
    assert (found.output, found.reasoning, found.completion_tokens) == ("Hello there", "Let me see.", 5)
    assert found.ttft_s is not None


@pytest.mark.parametrize(
    ("reply", "kind", "is_retryable"),
    [
        (Reply({"error": {"message": "slow down"}}, 429, {**JSON, "Retry-After": "7"}), "busy", True),
        (Reply({"error": {"message": "oops"}}, 500, JSON), "broken", True),
        (Reply({"error": {"message": f"bad key {KEY}"}}, 401, JSON), "key", False),
        (Reply({"error": {"message": "no such field"}}, 400, JSON), None, False),
        (Reply({}, is_dropped=True), "broken", True),
        (Reply({"hello": 1}, headers=JSON), "broken", True),
    ],
)
def test_a_fault_says_whether_to_ask_again_and_shows_no_key(
    reply: Reply, kind: str | None, is_retryable: bool
) -> None:
    calls: list[Any] = []

    def answer(call: Any) -> Reply:
        calls.append(call)
        return reply

    with pytest.raises(ModelError) as caught:
        respond(answer, REQUESTS["plain"], SPEC)
    assert (caught.value.kind, caught.value.is_retryable) == (kind, is_retryable)
    assert KEY not in str(caught.value)
    assert len(calls) == 1, "any-llm asked again by itself"


def test_a_key_in_an_answer_is_cut() -> None:
    found, _ = respond(completion({"content": f"it is {KEY}"}), REQUESTS["plain"], SPEC)
    assert found.output == "it is …"


@pytest.mark.parametrize(("spec", "said"), [("any/deepseeek/m", "deepseeek"), ("any/cohere/m", "cohere")])
def test_a_provider_that_is_unknown_or_not_installed_is_an_error(spec: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        respond(chat(), REQUESTS["plain"], f"{spec}?base_url={{root}}/v1")
    assert not caught.value.is_retryable


def test_choices_are_not_ranked() -> None:
    with pytest.raises(ModelError, match="gives no log-likelihoods"):
        respond(chat(), rank("a", "b", "c"), SPEC)


def test_offline_goes_to_no_vendor() -> None:
    with pytest.raises(UsageError, match="it is not known where it connects to"):
        open_model(ModelSpec.parse("any/deepseek/m"), ModelSettings(is_offline=True))
