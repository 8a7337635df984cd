"""Log-likelihoods from servers: by echoed prompts, token by token, or a clear refusal."""

from __future__ import annotations

import asyncio

import pytest

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError
from evalkit.models.wire.http import JsonClient
from evalkit.models.wire.openai_ranking import OpenAiRanking
from tests.asking import rank
from tests.loopback import Answer, Call, Reply, chat, echoing, serving


def ranked(answer: Answer, *requests: Request) -> tuple[list[Response], list[Call]]:
    """All requests at once through one ranking of the loopback server."""

    async def run() -> tuple[list[Response], list[Call]]:
        async with serving(answer) as server:
            client = JsonClient(server.base_url, {}, timeout_s=300, is_offline=True)
            try:
                ranking = OpenAiRanking(client, "m")
                return list(await asyncio.gather(*map(ranking.rank, requests))), server.calls
            finally:
                await client.close()

    return asyncio.run(run())


def test_an_echoing_server_scores_the_tokens_of_each_choice_alone() -> None:
    (response,), _ = ranked(echoing, rank("The sky is", "blue", "dark green"))
    assert response.choice_logprobs == pytest.approx((-0.5, -0.5 - 0.6))
    assert response.choice_tokens == (1, 2)
    assert response.output == "blue"


def test_a_space_at_the_end_of_the_prompt_belongs_to_the_choice() -> None:
    bare, spaced = ranked(echoing, rank("The sky is", "blue"), rank("The sky is ", "blue"))[0]
    assert bare.choice_tokens == spaced.choice_tokens == (1,)


def test_the_strategy_is_found_out_once() -> None:
    _, calls = ranked(echoing, *(rank("The sky is", "blue", "red") for _ in range(5)))
    assert len(calls) == 1 + 5


def ignoring(call: Call) -> Reply:
    """Takes ``echo`` and answers the generated token alone, as llama.cpp's server does."""
    if call.path == "/v1/completions":
        logprobs = {"tokens": [" next"], "token_logprobs": [-0.1]}
        return Reply({"choices": [{"index": 0, "text": " next", "logprobs": logprobs}]})
    return Reply({"error": "not found"}, status=404)


@pytest.mark.parametrize("answer", [ignoring, lambda call: chat()], ids=["ignores echo", "chat alone"])
def test_a_server_that_cannot_rank_is_refused_for_good(answer: Answer) -> None:
    with pytest.raises(ModelError, match="cannot return log-likelihoods") as caught:
        ranked(answer, rank("The sky is", "blue"))
    assert not caught.value.is_retryable
    assert "scoring: generate" in str(caught.value)


def test_a_busy_server_is_not_taken_for_one_that_cannot() -> None:
    with pytest.raises(ModelError) as caught:
        ranked(lambda call: Reply({}, status=503), rank("The sky is", "blue"))
    assert caught.value.is_retryable


class Stepping:
    """llama.cpp's endpoints over a pretended model: one token for each character, logprob -code/100."""

    def __init__(self, is_after_bias: bool = False) -> None:
        self.is_after_bias = is_after_bias

    def __call__(self, call: Call) -> Reply:
        if call.path == "/tokenize":
            return Reply({"tokens": [ord(c) for c in call.body["content"]]})
        if call.path == "/apply-template":
            return Reply({"prompt": "".join(f"<{m['role']}>{m['content']}" for m in call.body["messages"])})
        if call.path == "/completion":
            token = call.body["logit_bias"][0][0]
            logprob = 0.0 if self.is_after_bias else -token / 100
            return Reply({"completion_probabilities": [{"id": token, "logprob": logprob}]})
        return ignoring(call)


def test_a_llama_cpp_server_is_stepped_token_by_token() -> None:
    (response,), calls = ranked(Stepping(), rank("x", "ab"))
    assert response.choice_logprobs == pytest.approx((-(32 + 97 + 98) / 100,))
    steps = [call.body["prompt"] for call in calls if call.path == "/completion"][1:]
    assert steps == [[120], [120, 32], [120, 32, 97]]


def test_roles_are_laid_out_by_the_servers_own_template() -> None:
    _, calls = ranked(Stepping(), rank("x", "a", has_roles=True))
    assert [c.body["content"] for c in calls if c.path == "/tokenize"][1] == "<user>x"


def test_probabilities_after_the_bias_are_not_believed() -> None:
    with pytest.raises(ModelError, match="cannot return log-likelihoods"):
        ranked(Stepping(is_after_bias=True), rank("x", "a"))
