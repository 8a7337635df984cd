"""What is unknown stays unknown in a dry run, and a total says so."""

from __future__ import annotations

import pytest

from evalkit.core.budget import BudgetLimits
from evalkit.runner.budget.cost_bound import CostBound
from evalkit.session.dry_run.estimates import Cost, DryEvaluation, DryRun
from evalkit.session.dry_run.table import dry_run_lines

PRICE = CostBound(1.0, 10.0)
KNOWN = DryEvaluation("a", "m", 10, 10, prompt_tokens=1_000_000, completion_most=100_000, price=PRICE)
TOLD = DryEvaluation(
    "b",
    "m",
    10,
    10,
    prompt_tokens=0,
    completion_most=100_000,
    mean_completion=100.0,
    n_earlier=5,
    price=PRICE,
)
UNPRICED = DryEvaluation("c", "n", 10, 10, prompt_tokens=10, completion_most=10)
CACHED = DryEvaluation("d", "m", 10, 0, 10)


def run(*evaluations: DryEvaluation, **limits: float) -> DryRun:
    return DryRun(evaluations, BudgetLimits(**limits))  # type: ignore[arg-type]


def test_costs_go_from_the_prompts_alone_to_the_longest_answers() -> None:
    assert KNOWN.cost_usd == Cost(1.0, None, 2.0)


def test_earlier_answers_say_what_is_expected_and_max_tokens_bounds_it() -> None:
    assert TOLD.cost_usd == Cost(0.0, 0.01, 1.0)
    assert TOLD.completion_expected == 1000
    short = DryEvaluation("b", "m", 1, 1, completion_most=5, mean_completion=100.0)
    assert short.completion_expected == 5


def test_a_total_with_an_unknown_part_is_unknown() -> None:
    assert run(KNOWN, TOLD).cost_usd == Cost(1.0, None, 3.0)
    assert run(KNOWN, UNPRICED).cost_usd == Cost(None, None, None)
    assert run(TOLD, CACHED).cost_usd.expected == 0.01


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"max_requests": 10}, "budget of 10 requests: enough for 50% at the least, 50% as expected"),
        ({"max_requests": 20}, "budget of 20 requests: enough for all"),
        ({"max_cost": 0.5}, "budget of $0.50: enough for 17% at the least"),
    ],
)
def test_it_says_how_far_a_budget_goes(limit: dict[str, float], said: str) -> None:
    assert said in dry_run_lines(run(KNOWN, TOLD, **limit))


def test_what_cannot_be_asked_says_why() -> None:
    lines = dry_run_lines(run(DryEvaluation("e", "m", failure="no such file"), KNOWN))
    assert "e · m: no such file" in lines


def test_scripts_get_the_same_numbers() -> None:
    found = run(KNOWN, UNPRICED).as_dict()
    assert found["total"]["cost_usd"] == {"least": None, "expected": None, "most": None}
    assert found["evaluations"][0]["cost_usd"]["most"] == 2.0
    assert found["total"]["n_calls"] == 20
