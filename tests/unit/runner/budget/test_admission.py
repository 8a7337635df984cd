"""A budget leaves the same samples to all subjects and the same share of each task, and is not passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.core.budget import BudgetLimits
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.runner.budget.admission import Admission
from evalkit.runner.budget.budget import Budget
from evalkit.runner.budget.most_tokens import most_tokens
from evalkit.runner.jobs import build_request
from evalkit.runner.unit import Unit
from tests.unit.runner.test_runner import Echo, make_unit, run


class Slow(Echo):
    """Another model, which is asked one by one."""

    spec = ModelSpec("test", "slow", {}, "test/slow")
    cache_identity: Mapping[str, Any] | None = {"model": "slow"}
    default_concurrency = 1


class Dear(Echo):
    """Says what it took: 10 tokens in, 20 out."""

    spec = ModelSpec("test", "dear", {"input_usd_per_mtok": "100", "output_usd_per_mtok": "200"}, "test/dear")

    async def respond(self, request: Request) -> Response:
        answer = await super().respond(request)
        return Response(answer.output, prompt_tokens=10, completion_tokens=20)


def spend(units: Sequence[Unit], cache: ResponseCache, **limits: Any) -> Budget:
    budget = Budget(BudgetLimits(**limits))
    run(units, cache, admitting=Admission(budget, cache))
    return budget


def asked(unit: Unit) -> set[str]:
    answers = zip(unit.responses, range(unit.n_total), strict=True)
    return {unit.sample_at(position).id for response, position in answers if response is not None}


@pytest.fixture
def no_cache(tmp_path: Path) -> ResponseCache:
    return ResponseCache.open(tmp_path, "off")


def test_all_subjects_are_asked_the_same_samples_however_fast_their_models_are(
    no_cache: ResponseCache,
) -> None:
    fast, slow = make_unit(Echo(), n=50, prompt="a {{ input }}"), make_unit(Slow(), n=50)
    budget = spend([fast, slow], no_cache, max_requests=40)
    assert len(asked(fast)) == 20
    assert asked(fast) == asked(slow)
    assert budget.record.spent.n_requests == 40
    assert fast.is_out_of_budget
    assert slow.is_out_of_budget


def test_each_task_gets_on_at_the_same_rate(no_cache: ResponseCache) -> None:
    model = Echo()
    units = [make_unit(model, n=n, name=f"of {n}") for n in (10, 100, 50)]
    spend(units, no_cache, max_requests=64)
    assert [len(asked(unit)) for unit in units] == [4, 40, 20]


def test_a_sample_is_asked_with_all_its_repeats_or_not_at_all(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(), n=20, n_repeats=3)
    spend([unit], no_cache, max_requests=20)
    assert len(asked(unit)) == 6
    assert unit.n_done == 18
    assert unit.n_samples_asked == 6


def test_what_the_cache_has_takes_nothing(tmp_path: Path) -> None:
    cache = ResponseCache.open(tmp_path)
    run([make_unit(Echo(), n=20)], cache)
    unit = make_unit(Echo(), n=50)
    budget = spend([unit], cache, max_requests=10)
    assert len(asked(unit)) == 30
    assert budget.record.spent.n_requests == 10


def test_a_budget_that_is_enough_leaves_nothing_out(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(), n=20)
    budget = spend([unit], no_cache, max_requests=20)
    assert len(asked(unit)) == 20
    assert not unit.is_partial
    assert budget.record.spent_by is None


def test_attempts_that_fail_count_and_a_sample_that_cannot_be_repeated_is_left_out(
    no_cache: ResponseCache,
) -> None:
    def fail(request: Request) -> None:
        raise ModelError("busy", kind="busy", is_retryable=True)

    model = Echo(fail)
    unit = make_unit(model, n=20)
    budget = spend([unit], no_cache, max_requests=10)
    assert model.n_calls == budget.record.spent.n_requests == 10
    assert all(response is None or response.error for response in unit.responses)


@pytest.mark.parametrize("n_concurrent", [1, 16])
def test_a_cost_is_not_passed_though_answers_may_be_long(no_cache: ResponseCache, n_concurrent: int) -> None:
    unit = make_unit(Dear(), n=200)
    budget = Budget(BudgetLimits(max_cost=0.5))
    run([unit], no_cache, admitting=Admission(budget, no_cache), n_concurrent=n_concurrent)
    each = (10 * 100 + 20 * 200) / 1e6
    spent = budget.record.spent.cost_usd
    assert spent == pytest.approx(each * len(asked(unit)))
    assert spent <= 0.5
    n_in, n_out = most_tokens(unit.model, build_request(unit, unit.samples[-1], 0))
    assert 0.5 - spent < (n_in * 100 + n_out * 200) / 1e6  # what is left does not hold the longest answer


def test_a_budget_below_one_sample_asks_nothing(no_cache: ResponseCache) -> None:
    one, other = make_unit(Echo(), n=5, prompt="a {{ input }}"), make_unit(Echo(), n=5)
    budget = spend([one, other], no_cache, max_requests=1)
    assert not asked(one) | asked(other)
    assert budget.record.spent_by == "max_requests"


def test_a_model_that_is_given_up_takes_nothing_more(no_cache: ResponseCache) -> None:
    def refuse(request: Request) -> None:
        raise ModelError("no", kind="key")

    model = Echo(refuse)
    budget = spend([make_unit(model, n=50)], no_cache, max_requests=20)
    assert budget.record.spent.n_requests == model.n_calls < 20
    assert budget.record.spent_by is None
