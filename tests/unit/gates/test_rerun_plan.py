"""What is asked again: the cheapest rounds that would decide a gate, within the budget, or the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import sqrt

import numpy as np
import pytest

from evalkit.comparisons.difference import Difference
from evalkit.comparisons.repeat_noise import RepeatNoise, predicted_sd, repeat_noise, sd_before
from evalkit.comparisons.tables import statistics
from evalkit.core.gate import MetricSpec
from evalkit.gates.deciding.rerun_plan import OpenGate, plan_rounds
from evalkit.gates.regression import RegressionGate
from evalkit.stats.intervals import t_interval
from evalkit.stats.sides import Sides
from tests.unit.gates.metric_doubles import ACCURACY, observe

UNKNOWN = RepeatNoise(None, 1.0)


def gate(
    value: float = 0.0,
    sd: float = 0.4,
    *,
    n: int = 100,
    margin: float = 0.05,
    sides: tuple[RepeatNoise, ...] = (UNKNOWN,),
    prices: Mapping[str, int] | None = None,
    n_most: int = 6,
) -> OpenGate:
    ends = partial(t_interval, value, sd / sqrt(n), n - 1)
    seen = Difference(n, 40, 0.8, 0.8 + value, value, Sides(0.5, 0.5), sd, 1.0, "t", False, ends)
    wanted = RegressionGate(MetricSpec("m"), margin=margin)
    return OpenGate(seen, wanted, 0.05, 0.05, sides, prices or {"a": n}, n_most=n_most)


def test_as_many_rounds_are_planned_as_bring_the_interval_of_no_difference_within_the_margin() -> None:
    # The second look has 0.027 of 0.05: 1.95 standard errors of 0.4 / sqrt(100 * 3) are below 0.05.
    assert plan_rounds([gate()], 1_000).rounds == {"a": 2}


@pytest.mark.parametrize("value", [-0.1, -0.04, 0.0, 0.1])
def test_the_number_of_rounds_does_not_depend_on_the_difference(value: float) -> None:
    assert gate(value).n_rounds == 2


def test_the_budget_bounds_the_number_of_rounds() -> None:
    assert gate(n_most=1).n_rounds == 1


def test_a_plan_whose_price_is_above_the_budget_asks_nothing_and_says_the_price() -> None:
    plan = plan_rounds([gate()], 199)
    assert (plan.rounds, plan.price) == ({}, 0)
    assert "200 requests, 199 left" in plan.reasons[0]


def test_the_cheapest_gate_goes_first_and_what_is_left_goes_to_the_next() -> None:
    dear, cheap = gate(prices={"a": 100}), gate(sd=0.3, prices={"b": 100})
    plan = plan_rounds([dear, cheap], 300)
    assert (plan.rounds, plan.price) == ({"a": 2, "b": 1}, 300)
    plan = plan_rounds([dear, cheap], 299)
    assert (plan.rounds, plan.price, list(plan.reasons)) == ({"b": 1}, 100, [0])


def test_gates_of_one_evaluation_share_its_rounds() -> None:
    plan = plan_rounds([gate(sd=0.3), gate()], 200)
    assert (plan.rounds, plan.price, plan.reasons) == ({"a": 2}, 200, {})


def test_both_sides_are_paid_for_where_both_are_asked() -> None:
    plan = plan_rounds([gate(sides=(UNKNOWN, UNKNOWN), prices={"a": 100, "b": 100})], 400)
    assert (plan.rounds, plan.price) == ({"a": 2, "b": 2}, 400)


def test_own_noise_that_is_too_small_is_a_reason_not_to_ask() -> None:
    # The candidate's own variance is 0.0128 of 0.16.
    plan = plan_rounds([gate(sides=(RepeatNoise(0.0128, 1.0),))], 10_000)
    assert plan.rounds == {}
    assert plan.reasons[0].endswith(" 8 % of the variance: asking again is not likely to decide this.")


def test_where_no_number_is_enough_the_last_round_is_the_one_that_is_worth_it() -> None:
    # A fifth answer leaves sqrt(4 / 5) = 0.894 of the standard error, a sixth sqrt(5 / 6) = 0.913.
    assert gate(sd=0.9).n_rounds == 4


def test_a_gate_that_is_more_likely_to_stay_open_is_not_asked() -> None:
    # Of d = -0.03 after four rounds: above 0.03 in 23 %, below -0.08 in 26 %.
    plan = plan_rounds([gate(-0.03, sd=0.9)], 100_000)
    assert plan.rounds == {}
    assert plan.reasons[0] == "Asking again 4 times is not likely to decide this."


def test_a_drop_that_would_be_proven_is_worth_asking_too() -> None:
    assert plan_rounds([gate(-0.06, margin=0.0)], 1_000).rounds == {"a": 4}


def test_a_drop_that_is_within_the_margin_as_seen_is_not_asked_until_it_lies_beyond() -> None:
    # A round would show d < 0, but -0.07 does not reach the margin of 0.1, nor is it shown to lie within.
    plan = plan_rounds([gate(-0.07, margin=0.1)], 1_000)
    assert plan.rounds == {}


@pytest.mark.parametrize(("n_done", "n_left"), [(1, 1), (2, 0)])
def test_rounds_that_were_asked_are_not_planned_again(n_done: int, n_left: int) -> None:
    then = gate(sd=0.4 / sqrt(1 + n_done), sides=(RepeatNoise(0.16, 1.0 + n_done),))
    assert replace(then, n_done=n_done, first_sd=0.4).n_rounds == n_left


@pytest.mark.parametrize("seed", range(20))
def test_no_plan_is_dearer_than_the_budget(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units = "abcd"
    gates = [
        gate(
            float(rng.normal(0, 0.03)),
            float(rng.uniform(0.1, 0.5)),
            sides=(RepeatNoise(float(rng.uniform(0, 0.1)), 1.0),),
            prices={str(unit): ord(str(unit)) for unit in rng.choice(list(units), rng.integers(1, 3), False)},
        )
        for _ in range(8)
    ]
    budget = int(rng.integers(0, 2_000))
    plan = plan_rounds(gates, budget)
    assert plan.price == sum(ord(unit) * n for unit, n in plan.rounds.items()) <= budget


def test_own_noise_is_the_variance_within_samples() -> None:
    # Within a 1/2, within c 1/3, pooled (1/2 + 2/3) / 3 for b: each over its answers, and averaged.
    table = statistics(ACCURACY, observe([1.0, 0.0, 1.0, 1.0, 0.0, 1.0], ids=["a", "a", "b", "c", "c", "c"]))
    noise = repeat_noise(table)
    assert noise.n_repeats == pytest.approx(3 / (1 / 2 + 1 + 1 / 3))
    assert noise.variance == pytest.approx(noise.n_repeats * (1 / 4 + 7 / 18 + 1 / 9) / 3)


def test_without_repeats_own_noise_is_unknown() -> None:
    assert repeat_noise(statistics(ACCURACY, observe([1.0, 0.0]))) == UNKNOWN


def test_the_spread_that_is_predicted_or_was_before_is_that_of_simulated_repeats() -> None:
    rng = np.random.default_rng(1)
    n = 200_000
    chance = rng.choice([0.0, 0.5, 1.0], n)
    baseline = (rng.random(n) < chance).astype(float)
    answers = (rng.random((4, n)) < chance).astype(float)
    noise = RepeatNoise(float(np.mean(chance * (1 - chance))), 1.0)
    sd = float(np.std(answers[0] - baseline))
    then = float(np.std(answers.mean(axis=0) - baseline))
    assert predicted_sd(sd, [noise], 3) == pytest.approx(then, rel=0.01)
    assert sd_before(then, [noise], [3]) == pytest.approx(sd, rel=0.01)


def test_a_gate_that_a_side_with_unknown_noise_feeds_is_planned_in_the_best_case() -> None:
    one_known = replace(gate(), sides=(RepeatNoise(0.0, 1.0), UNKNOWN), prices={"a": 100, "b": 100})
    assert plan_rounds([one_known], 800).rounds == {"a": 2, "b": 2}
