"""What a Model says of its answers is looked at before anybody counts with it."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.core.message import Media, MediaPart, Message
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.models.pacing.throttle import Throttle
from evalkit.models.wire.patience import Patience
from evalkit.models.wire.retry import RetryPolicy
from evalkit.pricing.book import PriceBook
from evalkit.runner.asking import Asker, Shared
from evalkit.runner.limit import Limit
from evalkit.runner.progress import Progress
from tests.asking import ask, rank
from tests.loopback import Reply, chat, serving
from tests.unit.runner.test_runner import Echo


class Saying(Echo):
    """Answers with whatever it was given."""

    def __init__(self, *responses: Response) -> None:
        super().__init__()
        self._left = list(responses)

    async def respond(self, request: Any) -> Response:
        self.n_calls += 1
        return self._left.pop(0)


def asker(model: Any, folder: Path, mode: str = "off") -> tuple[Asker, Progress, ResponseCache]:
    progress, cache = Progress(), ResponseCache.open(folder, mode)
    return (
        Asker(model, shared(model, cache, RetryPolicy(max_attempts=1), progress), Limit(1)),
        progress,
        cache,
    )


def shared(model: Any, cache: ResponseCache, policy: RetryPolicy, progress: Progress | None = None) -> Shared:
    """What a session gives to whoever asks a model of which it knows nothing."""
    prices = PriceBook().of(model.spec)
    return Shared(cache, policy, progress or Progress(), Patience(policy.bounds), Throttle(), prices)


def test_an_impossible_counter_is_an_error_row_that_names_it_and_costs_nothing(tmp_path: Path) -> None:
    asking, progress, _ = asker(Saying(Response("Paris", prompt_tokens=10**30, cost_usd=1.0)), tmp_path)
    response = asyncio.run(asking.ask(ask()))
    assert (response.output, response.sample_id) == (None, "1")
    assert response.error is not None
    assert "prompt_tokens 1000000" in response.error
    assert progress.cost_usd == 0.0


@pytest.mark.parametrize(
    "usage",
    [{"prompt_tokens": 2**64 - 1, "completion_tokens": 2}, {"prompt_tokens": 8, "completion_tokens": -3},
     {"prompt_tokens": "many"}, {"prompt_tokens": [8]}, "none", [1]],
    ids=str,
)  # fmt: skip
def test_a_server_with_impossible_usage_gives_error_rows_that_say_so(tmp_path: Path, usage: Any) -> None:
    async def run() -> Response:
        async with serving(lambda call: chat(usage=usage)) as server:
            prices = "&input_usd_per_mtok=1&output_usd_per_mtok=1"
            model = open_model(
                ModelSpec.parse(f"openai/m?base_url={server.base_url}{prices}"), ModelSettings()
            )
            try:
                return await asker(model, tmp_path)[0].ask(ask())
            finally:
                await model.close()

    response = asyncio.run(run())
    assert response.error is not None
    assert "usage" in response.error or "_tokens" in response.error
    assert "Error:" not in response.error  # in our words, and not in Python's


@pytest.mark.parametrize(
    "body",
    [{"choices": ["text"]}, {"choices": [{"message": ["x"]}]}, {"choices": "x"}, [], "x", {"choices": {}},
     {"choices": [{"message": {"content": {"a": 1}}}]},
     {"choices": [{"message": {"content": "x", "tool_calls": 3}}]},
     {"choices": [{"message": {"content": "x"}, "finish_reason": {"a": 1}}]}],
    ids=str,
)  # fmt: skip
def test_an_answer_of_another_form_is_an_error_row_in_our_words(tmp_path: Path, body: Any) -> None:
    async def run() -> Response:
        async with serving(lambda call: Reply(body)) as server:
            model = open_model(ModelSpec.parse(f"openai/m?base_url={server.base_url}"), ModelSettings())
            try:
                return await asker(model, tmp_path)[0].ask(ask())
            finally:
                await model.close()

    response = asyncio.run(run())
    assert response.output is None
    assert response.error is not None
    assert "Error:" not in response.error


POISON = [
    b"no json", b"[]", b"3", b'["x"]', b'["x",null,-5,2,0.1,0.1,null,null,1.0,null,null,null]',
    b'["x",null,18446744073709551615,2,0.1,0.1,null,null,1.0,null,null,null]',
    b'["x",null,1,2,0.1,0.1,null,null,1e18,null,null,null]',
    b'[null,null,1,2,0.1,0.1,null,null,1.0,null,null,null]',
    b'["x",null,1,2,0.1,0.1,null,"abc",1.0,null,null,null]',
    b'["x",null,1,2,0.1,0.1,null,null,1.0,"abc",null,null]',
    "text instead of bytes", 12,
]  # fmt: skip


@pytest.mark.parametrize("poison", POISON, ids=str)
def test_a_poisoned_cache_entry_is_asked_for_again_and_replaced(tmp_path: Path, poison: object) -> None:
    model = Saying(Response("first"), Response("second"))
    for expected in ("first", "second", "second"):
        asking, _, cache = asker(model, tmp_path, "readwrite")
        assert asyncio.run(asking.ask(ask())).output == expected
        cache.close()
        if expected == "first":
            with sqlite3.connect(cache.path) as file:
                file.execute("UPDATE responses SET value = ?", [poison])
    assert model.n_calls == 2


def test_a_cached_ranking_of_other_choices_is_a_miss(tmp_path: Path) -> None:
    request = rank("Is it?", "yes", "no")
    model = Saying(Response("yes", choice_logprobs=(-1.0, -2.0)))
    asking, _, cache = asker(model, tmp_path, "readwrite")
    cache.put(cache.key(model.cache_identity, request), Response("yes", choice_logprobs=(-1.0,)))  # type: ignore[arg-type]
    assert asyncio.run(asking.ask(request)).choice_logprobs == (-1.0, -2.0)


def test_thinking_is_kept_apart_and_words_of_vendors_become_ours(tmp_path: Path) -> None:
    given = Response("<think>so</think>Paris", finish_reason="MAX_TOKENS")
    asking, _, _ = asker(Saying(given), tmp_path)
    found = asyncio.run(asking.ask(ask()))
    assert (found.output, found.reasoning) == ("Paris", "so")
    assert (found.finish_reason, found.vendor_finish_reason, found.retries) == ("length", "MAX_TOKENS", 0)


def test_an_answer_says_what_its_input_showed(tmp_path: Path) -> None:
    picture = Media.of(b"png", "image/png")
    messages = (Message("user", "What is it?", (MediaPart("image", picture),)),)
    asking, _, _ = asker(Saying(Response("a cat")), tmp_path)
    found = asyncio.run(asking.ask(replace(ask(), messages=messages)))
    assert found.media == (picture.sha256,)


PRICED = ModelSpec.parse("openai/m?input_usd_per_mtok=1&output_usd_per_mtok=4")
USED = Response("Paris", prompt_tokens=1_000, completion_tokens=500)


@pytest.mark.parametrize(
    "given, is_recorded, cost",
    [
        (USED, False, (0.003, "spec")),
        (replace(USED, cost_usd=0.5), False, (0.5, "provider")),
        (replace(USED, cost_usd=0.5), True, (0.5, "recorded")),
        (USED, True, (0.003, "recorded, priced by spec")),
        (Response("Paris"), False, (None, None)),
    ],
)
def test_an_answer_is_priced_where_it_does_not_say_its_cost(
    tmp_path: Path, given: Response, is_recorded: bool, cost: tuple[float | None, str | None]
) -> None:
    model = Saying(given)
    model.spec, model.is_recorded = PRICED, is_recorded
    asking, progress, _ = asker(model, tmp_path)
    found = asyncio.run(asking.ask(ask()))
    assert (found.cost_usd, found.cost_source) == cost
    assert progress.cost_usd == (0.0 if is_recorded else cost[0] or 0.0)


def test_a_cached_answer_keeps_the_cost_and_the_price_that_it_had(tmp_path: Path) -> None:
    model = Saying(USED)
    model.spec = PRICED
    for is_cached in (False, True):
        asking, progress, cache = asker(model, tmp_path, "readwrite")
        found = asyncio.run(asking.ask(ask()))
        cache.close()
        assert (found.cost_usd, found.cost_source, found.is_cached) == (0.003, "spec", is_cached)
        assert progress.cost_usd == (0.0 if is_cached else 0.003)


class Failing(Echo):
    """Raises one error after the other."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self._left = list(errors)

    async def respond(self, request: Any) -> Response:
        raise self._left.pop(0)


def test_a_failed_call_keeps_its_class_and_its_attempts(tmp_path: Path) -> None:
    busy, broken = ModelError("429", is_retryable=True, kind="busy"), ModelError("500", is_retryable=True)
    policy = RetryPolicy(max_attempts=1, base_s=0.0)
    cache = ResponseCache.open(tmp_path, "off")
    model = Failing(busy, busy, broken)
    asking = Asker(model, shared(model, cache, policy), Limit(1))
    found = asyncio.run(asking.ask(ask()))
    assert (found.error_kind, found.retries, found.throttled) == ("broken", 2, 2)


def test_a_failure_of_its_own_has_the_class_other(tmp_path: Path) -> None:
    asking, _, _ = asker(Failing(ValueError("no")), tmp_path)
    found = asyncio.run(asking.ask(ask()))
    assert (found.error, found.error_kind, found.retries) == ("ValueError: no", "other", None)
