"""What gates ask again; and simulated sessions: more gates are decided, at no more false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import sqrt
from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.comparisons.compare import Paired
from evalkit.comparisons.difference import Difference
from evalkit.comparisons.repeat_noise import RepeatNoise
from evalkit.core.gate import MetricSpec
from evalkit.gates.deciding.compared import Measured
from evalkit.gates.regression import RegressionGate
from evalkit.runner.unit import Unit
from evalkit.session.compared_gates import Comparing
from evalkit.session.rerun.eligibility import Asked
from evalkit.session.rerun.gates import RerunGates
from evalkit.stats.intervals import t_interval
from evalkit.stats.sides import Sides
from tests.calibration.rerun_simulation import ALPHA, RerunSession, simulate_rerun
from tests.unit.gates.metric_doubles import ACCURACY
from tests.unit.runner.test_runner import Echo, make_unit


@pytest.mark.parametrize(
    ("session", "n"),
    [
        (RerunSession("own", 60, margin=0.0, is_live=True), 120),
        (RerunSession("own", 40, 4, margin=0.0, is_live=True, n_rounds=2), 30),
        (RerunSession("own", 60, margin=0.0, is_live=True, has_history=True), 120),
        (RerunSession("mixed", 40, margin=0.0), 120),
        (RerunSession("own", 60, margin=0.0, is_live=True, share=0.8), 120),
    ],
    ids=["one-gate", "four-gates", "history", "stored-baseline", "after-looks-before-the-end"],
)
def test_sessions_without_any_change_raise_false_alarms_at_most_at_alpha(
    session: RerunSession, n: int
) -> None:
    tally = simulate_rerun(session, n)
    assert tally.n_asked > 0
    assert tally.n_alarms / n <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / n)


def test_a_candidate_that_lost_the_margin_passes_at_most_at_alpha() -> None:
    # 71 % of answers are right before.
    n = 120
    tally = simulate_rerun(RerunSession("own", 60, margin=0.07, drop=0.07 / 0.71, is_live=True), n)
    assert tally.n_asked > 0
    assert tally.n_passes / n <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / n)


def test_own_noise_that_left_gates_undecided_is_asked_away() -> None:
    # Three samples in ten are right every other time: alone, 100 samples decide two gates in five.
    n = 100
    tally = simulate_rerun(RerunSession("own", 100, margin=0.05, is_live=True), n, seed=1)
    assert tally.n_newly_decided > 0.28 * (n - tally.n_decided_fixed)


def test_samples_that_never_vary_are_asked_at_most_once_more() -> None:
    n = 100
    session = RerunSession("fixed", 100, margin=0.05)
    tally = simulate_rerun(session, n, seed=1)
    assert tally.n_asked <= n * session.n


def pending_of(gate: RegressionGate, n_answers: int) -> Measured:
    """No difference in 100 samples, of which ``n_answers`` each leave so much of a variance of 0.1225."""
    sd = 0.35 / sqrt(n_answers)
    ends = partial(t_interval, 0.0, sd / 10, 99)
    seen = Difference(100, 40, 0.8, 0.8, 0.0, Sides(0.5, 0.5), sd, 1.0, "t", False, ends)
    return Measured(gate, Paired("m", seen, 0, 0, 0))


def asked_again(unit: Unit, budget: int, *indexes: Sequence[int]) -> tuple[RerunGates, list[str], list[int]]:
    """Gates of one unit, none of them decided, that would ask these samples of it; the details of their first
    look, and the samples that the first round asks."""
    evaluated: Any = SimpleNamespace(planned=SimpleNamespace(task=SimpleNamespace(max_error_rate=0.01)))
    gate = RegressionGate(MetricSpec("m"), margin=0.05, alpha=ALPHA)
    pending = pending_of(gate, 1)
    comparings = [Comparing(evaluated, pending, str(number)) for number in range(len(indexes))]
    noise = RepeatNoise(0.1225, 1.0)
    sides = {str(i): [Asked(unit, ACCURACY, chosen, noise, True)] for i, chosen in enumerate(indexes)}
    regressions: Any = SimpleNamespace(measure=lambda: comparings, measure_again=lambda each: each)
    askable: Any = SimpleNamespace(sides=lambda each: sides[each.baseline_id])
    again = RerunGates(regressions, askable, budget)
    details = [verdict.detail for _, verdict in again.first_look()]
    return again, details, [ask.sample_index for ask in again.next_round(budget)]


def test_a_round_asks_what_varied_under_any_gate_of_its_evaluation() -> None:
    _, _, asked = asked_again(make_unit(Echo(), n=100), 60, [5, 1, 2], [2, 9])
    assert asked == [1, 2, 5, 9]


def test_samples_of_another_gate_count_in_the_price_of_a_round() -> None:
    _, details, asked = asked_again(make_unit(Echo(), n=100), 60, [1, 2], range(60), [70])
    assert asked == []
    assert all("a round takes 61 requests, --llm-rerun allows 60." in detail for detail in details)


def test_a_gate_that_the_budget_never_reaches_adds_nothing_to_the_rounds_of_others() -> None:
    _, details, asked = asked_again(make_unit(Echo(), n=100), 60, [1, 2], range(100))
    assert asked == [1, 2]
    assert "First of two looks" in details[0]
    assert "Not asked again: a round takes 100 requests, --llm-rerun allows 60." in details[1]
    assert "look" not in details[1]


def test_a_gate_none_of_whose_samples_varied_has_one_look_at_all_of_alpha() -> None:
    _, (detail,), asked = asked_again(make_unit(Echo(), n=100), 60, [])
    assert asked == []
    assert detail.endswith("Not asked again: no sample varied in earlier answers.")
    assert "look" not in detail


def test_each_gate_is_looked_at_after_its_own_number_of_rounds_whoever_asks_for_more() -> None:
    # With half of the variance left 1.9 standard errors are below 0.06, with a third of it below 0.042.
    unit, n_rounds, comparings = make_unit(Echo(), n=100), 0, []
    for margin in (0.06, 0.042):
        evaluated: Any = SimpleNamespace(planned=SimpleNamespace(task=SimpleNamespace(max_error_rate=0.01)))
        gate = RegressionGate(MetricSpec("m"), margin=margin, alpha=ALPHA)
        comparings.append(Comparing(evaluated, pending_of(gate, 1), "main"))
    regressions: Any = SimpleNamespace(
        measure=lambda: comparings,
        measure_again=lambda each: replace(each, found=pending_of(each.gate, 1 + n_rounds)),
    )
    sides = [Asked(unit, ACCURACY, range(100), RepeatNoise(0.1225, 1.0), True)]
    again = RerunGates(regressions, SimpleNamespace(sides=lambda each: sides), 600)  # type: ignore[arg-type]
    again.first_look()
    while asks := again.next_round(600):
        n_rounds += 1
        for ask in asks:
            again.on_answer(ask.unit, False)
    first, second = (verdict.detail for _, verdict in again.second_look())
    assert "after 100 further answers" in first
    assert "after 200 further answers" in second
