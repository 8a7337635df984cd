"""What gates ask again; and simulated sessions: more gates are decided, at no more false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import sqrt
from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.core.gate import MetricSpec, RegressionGate
from evalkit.gates.compare import Paired
from evalkit.gates.difference import Difference
from evalkit.gates.regression import PendingRegression
from evalkit.gates.repeat_noise import RepeatNoise
from evalkit.pytest_plugin.askable import Asked
from evalkit.pytest_plugin.gates_again import GatesAgain
from evalkit.pytest_plugin.regression_gates import WaitingRegression
from evalkit.runner.unit import Unit
from evalkit.stats.intervals import t_interval
from evalkit.stats.sides import Sides
from tests.calibration.rerun_simulation import ALPHA, RerunSession, simulate_rerun
from tests.unit.gates.metric_doubles import ACCURACY
from tests.unit.runner.test_runner import Echo, make_unit


@pytest.mark.parametrize(
    ("session", "n"),
    [
        (RerunSession("own", 60, margin=0.0, is_live=True), 300),
        (RerunSession("own", 40, 4, margin=0.0, is_live=True, n_rounds=2), 120),
        (RerunSession("own", 60, margin=0.0, is_live=True, has_history=True), 300),
        (RerunSession("mixed", 40, margin=0.0), 300),
    ],
    ids=["one-gate", "four-gates", "history", "stored-baseline"],
)
def test_sessions_without_any_change_raise_false_alarms_at_most_at_alpha(
    session: RerunSession, n: int
) -> None:
    tally = simulate_rerun(session, n)
    assert tally.n_asked > 0
    assert tally.n_alarms / n <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / n)


def test_own_noise_that_left_gates_undecided_is_asked_away() -> None:
    # Three samples in ten are right every other time: alone, 100 samples decide every other gate.
    n = 60
    tally = simulate_rerun(RerunSession("own", 100, margin=0.06, is_live=True), n, seed=1)
    assert tally.n_newly_decided >= 0.25 * (n - tally.n_decided_fixed)


def test_samples_that_never_vary_are_asked_at_most_once_more() -> None:
    n = 100
    session = RerunSession("fixed", 100, margin=0.05)
    tally = simulate_rerun(session, n, seed=1)
    assert tally.n_asked <= n * session.n


def asked_again(unit: Unit, budget: int, *indexes: Sequence[int]) -> tuple[GatesAgain, list[str], list[int]]:
    """Gates of one unit, none of them decided, that would ask these samples of it; the details of their first
    look, and the samples that the first round asks."""
    ends = partial(t_interval, 0.0, 0.035, 99)
    seen = Difference(100, 40, 0.8, 0.8, 0.0, Sides(0.5, 0.5), 0.35, 1.0, "t", False, ends)
    evaluated: Any = SimpleNamespace(planned=SimpleNamespace(task=SimpleNamespace(max_error_rate=0.01)))
    gate = RegressionGate(MetricSpec("m"), margin=0.05, alpha=ALPHA)
    pending = PendingRegression(gate, Paired("m", seen, 0, 0, 0))
    waiting = [WaitingRegression(evaluated, gate, pending, str(number)) for number in range(len(indexes))]
    noise = RepeatNoise(0.1225, 1.0)
    sides = {str(i): [Asked(unit, ACCURACY, chosen, noise, True)] for i, chosen in enumerate(indexes)}
    regressions: Any = SimpleNamespace(measure=lambda: waiting, measure_again=lambda each: each.pending)
    askable: Any = SimpleNamespace(sides=lambda each: sides[each.baseline_id])
    again = GatesAgain(regressions, askable, budget)
    details = [each.verdict.detail for each in again.first_look()]
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
