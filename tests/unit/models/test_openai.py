"""The OpenAI protocol: what is sent, what is read back, and who gets the key."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evalkit.core.message import Message
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError, UsageError
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OpenAiModel, open_model
from tests.asking import ask
from tests.loopback import Answer, Call, Reply, chat, serving

KEY = "sk-a-secret-of-some-length"


def open_spec(text: str, **settings: Any) -> OpenAiModel:
    model = open_model(ModelSpec.parse(text), ModelSettings(**settings))
    assert isinstance(model, OpenAiModel)
    return model


def talk(answer: Answer, request: Request, query: str = "") -> tuple[Response, list[Call], OpenAiModel]:
    """One request through a model of the loopback server."""

    async def run() -> tuple[Response, list[Call], OpenAiModel]:
        async with serving(answer) as server:
            model = open_spec(f"openai/m?base_url={server.base_url}{query}", is_offline=True)
            await model.start()
            try:
                return await model.respond(request), server.calls, model
            finally:
                await model.close()

    return asyncio.run(run())


def test_a_chat_request_carries_messages_and_parameters() -> None:
    generate = GenerateParams(max_tokens=5, temperature=0.5, stop=("\n",), seed=7, top_p=0.9)
    request = Request(
        (Message("system", "be brief"), Message("user", "hi")), generate, ask().sample, has_roles=True
    )
    _, calls, _ = talk(lambda call: chat(), request)
    assert calls[0].path == "/v1/chat/completions"
    assert calls[0].body == {
        "model": "m",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}],
        "max_tokens": 5,
        "temperature": 0.5,
        "stop": ["\n"],
        "seed": 7,
        "top_p": 0.9,
    }


def test_repeats_are_seeded_apart() -> None:
    request = ask(generate=GenerateParams(seed=7), repeat=2)
    assert talk(lambda call: chat(), request)[1][0].body["seed"] == 9


def test_bare_text_goes_to_completions() -> None:
    reply = Reply({"choices": [{"text": " world", "finish_reason": "length"}]})
    response, calls, _ = talk(lambda call: reply, ask("hello"), "&chat=0")
    assert (calls[0].path, calls[0].body["prompt"]) == ("/v1/completions", "hello")
    assert (response.output, response.finish_reason) == (" world", "length")


def test_parameters_of_the_spec_win_over_those_of_the_task() -> None:
    body = talk(lambda call: chat(), ask(), "&temperature=0.7&max_tokens=3&top_p=0.5")[1][0].body
    assert (body["temperature"], body["max_tokens"], body["top_p"]) == (0.7, 3, 0.5)


def test_usage_and_finish_reason_are_kept() -> None:
    response, _, _ = talk(lambda call: chat("yes"), ask())
    assert response == Response(
        "yes",
        finish_reason="stop",
        vendor_finish_reason="stop",
        prompt_tokens=8,
        completion_tokens=2,
        model_revision="served-1",
    )


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thinking_and_usage_in_detail_are_kept_apart(name: str) -> None:
    usage = {
        "prompt_tokens": 8,
        "completion_tokens": 5,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 6, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 4},
        "queue_time": 0.25,
    }
    message = {"content": "yes", name: "let me see"}
    reply = {"id": "req-1", "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
    found = talk(lambda call: Reply(reply), ask())[0]
    assert (found.output, found.reasoning, found.request_id) == ("yes", "let me see", "req-1")
    assert (found.cached_tokens, found.cache_write_tokens, found.reasoning_tokens) == (6, 2, 4)
    assert found.queue_s == 0.25


def test_the_cache_hits_of_deepseek_are_cached_tokens() -> None:
    usage = {"prompt_tokens": 8, "completion_tokens": 5, "total_tokens": 13, "prompt_cache_hit_tokens": 7}
    reply = {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}], "usage": usage}
    assert talk(lambda call: Reply(reply), ask())[0].cached_tokens == 7


def test_thinking_that_used_up_the_tokens_is_an_answer_that_was_cut() -> None:
    message = {"role": "assistant", "content": None, "reasoning": "so many thoughts"}
    reply = Reply({"choices": [{"message": message, "finish_reason": "length"}]})
    found = talk(lambda call: reply, ask())[0]
    assert (found.output, found.finish_reason, found.reasoning) == ("", "length", "so many thoughts")


def test_a_cost_is_nothing_that_the_provider_computes() -> None:
    prices = "&input_usd_per_mtok=1000&output_usd_per_mtok=4000"
    assert talk(lambda call: chat(), ask(), prices)[0].cost_usd is None


def test_the_model_that_the_server_names_becomes_the_revision() -> None:
    assert talk(lambda call: chat(), ask())[0].model_revision == "served-1"


def test_a_given_revision_stays() -> None:
    assert talk(lambda call: chat(), ask(), "&revision=r1")[2].revision == "r1"


def test_what_the_server_reports_is_not_part_of_the_cache_key() -> None:
    model = talk(lambda call: chat(), ask())[2]
    assert model.cache_identity is not None
    assert "served-1" not in str(model.cache_identity)


def test_what_a_filter_kept_back_is_an_answer_that_says_so() -> None:
    message = {"role": "assistant", "content": None}
    reply = Reply({"choices": [{"message": message, "finish_reason": "content_filter"}]})
    response = talk(lambda call: reply, ask())[0]
    assert (response.output, response.finish_reason) == ("", "content_filter")


def test_a_call_of_tools_without_a_text_is_an_empty_text() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    reply = Reply({"choices": [{"message": message, "finish_reason": "tool_calls"}]})
    response = talk(lambda call: reply, ask())[0]
    assert (response.output, response.tool_calls) == ("", ({"id": "1"},))


def test_a_refusal_is_called_one() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I cannot."}
    reply = Reply({"choices": [{"message": message, "finish_reason": "stop"}]})
    response = talk(lambda call: reply, ask())[0]
    assert (response.output, response.finish_reason) == ("I cannot.", "refusal")


@pytest.mark.parametrize("more", [{"error": {"message": "gone"}}, {"finish_reason": "error"}])
def test_an_answer_that_was_broken_off_is_an_error(more: dict[str, Any]) -> None:
    reply = Reply({"choices": [{"message": {"content": "half an ans"}, **more}]})
    with pytest.raises(ModelError, match="stopped before the end"):
        talk(lambda call: reply, ask())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"choices": ["x"]}, "holds no choices"),
        ({"choices": [{"message": "x"}]}, "message 'x' is not an object"),
        ({"choices": [{"message": {"content": "x"}}], "usage": "many"}, "usage 'many' is not an object"),
    ],
)
def test_an_answer_of_another_form_is_one_clear_error(body: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        talk(lambda call: Reply(body), ask())


def test_an_answer_without_choices_is_an_error() -> None:
    with pytest.raises(ModelError, match="no choices"):
        talk(lambda call: Reply({"object": "list"}), ask())


def test_openais_key_is_not_sent_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert "Authorization" not in talk(lambda call: chat(), ask())[1][0].headers


def test_another_servers_key_is_sent_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    _, calls, model = talk(lambda call: chat(), ask(), "&api_key_env=MY_KEY")
    assert calls[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{model.params} {model.cache_identity} {model.spec}"


def test_a_missing_key_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = open_spec("openai/gpt-4o-mini")
    assert "OPENAI_API_KEY is not set" in str(model.missing_key)
    with pytest.raises(ModelError, match="OPENAI_API_KEY is not set"):
        asyncio.run(model.respond(ask()))


def test_offline_refuses_openai_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(UsageError, match=r"api\.openai\.com"):
        open_spec("openai/gpt-4o-mini", is_offline=True)


def test_an_unknown_parameter_says_what_is_near() -> None:
    with pytest.raises(ModelSpecError, match="base_url"):
        open_spec("openai/m?base_ulr=http://127.0.0.1:1/v1")


@pytest.mark.parametrize("key", ["sk-with-a-line\n", "sk-with a-space", "sk-\x00"])
def test_a_key_that_no_header_can_carry_is_named_by_its_variable(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", {"MY_KEY": key})
    with pytest.raises(ModelSpecError, match="MY_KEY holds white space") as caught:
        open_spec("openai/m?base_url=http://127.0.0.1:1/v1&api_key_env=MY_KEY")
    assert "sk-" not in str(caught.value)
