"""What the gate sees without some samples, by the gates' own formulas."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.core.gate import GateRules, MetricSpec
from evalkit.gates.regression import RegressionGate
from evalkit.items.cost import DAY_S, YEAR_S, cost_a_year, runs_a_year
from evalkit.items.power import GatePower, gate_alpha
from evalkit.stats.power import visible_binary_drop, visible_drop
from tests.unit.store.records import make_evaluation

FLIPS = {f"s{i}": (1.0 if i < 6 else -1.0 if i < 16 else 0.0) for i in range(200)}


def test_dead_samples_cost_no_power_counted_in_samples() -> None:
    power = GatePower(FLIPS, 0.05)
    whole, less = power.without(), power.without(f"s{i}" for i in range(100, 200))
    assert whole is not None
    assert less is not None
    assert (whole.n, less.n) == (200, 100)
    assert whole.drop == visible_binary_drop(200, 16, 0.05)
    assert whole.samples == pytest.approx(less.samples)


def test_samples_that_flip_are_noise_and_the_gate_sees_more_without_them() -> None:
    power = GatePower(FLIPS, 0.05)
    whole, less = power.without(), power.without(["s0", "s1", "s6", "s7"])
    assert less is not None
    assert whole is not None
    assert less.drop == visible_binary_drop(196, 12, 0.05)
    assert (less.drop or 1.0) < (whole.drop or 0.0)


def test_graded_differences_go_by_their_standard_deviation() -> None:
    values = np.random.default_rng(0).normal(0, 0.2, 50)
    power = GatePower({str(i): value for i, value in enumerate(values.tolist())}, 0.01)
    found = power.without(["0", "1", "never asked"])
    assert found is not None
    assert found.drop == pytest.approx(visible_drop(float(values[2:].std(ddof=1)), 48, 0.01))


def test_nothing_is_known_without_a_comparison_or_without_samples() -> None:
    assert GatePower({}, 0.05).without() is None
    assert GatePower({"a": 1.0}, 0.05).without(["a"]) is None


def test_the_level_is_that_of_the_first_gate_that_compares() -> None:
    rules = GateRules((RegressionGate(MetricSpec("accuracy"), alpha=0.01),))
    assert gate_alpha(make_evaluation(rules=rules)) == 0.01
    assert gate_alpha(make_evaluation()) == 0.05


def test_a_year_costs_the_runs_that_the_history_shows() -> None:
    nightly = [DAY_S * night for night in range(31)]
    pace = runs_a_year(nightly)
    assert pace == pytest.approx(YEAR_S / DAY_S)
    assert cost_a_year(0.62, 31, pace) == pytest.approx(0.02 * 365.25)


@pytest.mark.parametrize("started", [[], [5.0], [0.0, DAY_S / 2]])
def test_a_history_of_less_than_a_day_has_no_pace(started: list[float]) -> None:
    assert runs_a_year(started) is None
    assert cost_a_year(0.5, 1, None) is None
