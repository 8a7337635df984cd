"""Sequential gates whose runs each draw an order: error rates hold over nights, against stored runs too."""

from __future__ import annotations

from math import sqrt

import numpy as np

from evalkit.core.gate import MetricSpec
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding.absolute_sequence import AbsoluteSequence
from evalkit.gates.deciding.regression_sequence import RegressionSequence
from evalkit.gates.deciding.sequential import LOOKS
from evalkit.gates.regression import RegressionGate
from evalkit.runner.ask_order import ask_order
from tests.unit.gates.metric_doubles import ACCURACY

N_NIGHTS = 120
N_SAMPLES = 120


def test_nights_on_one_dataset_stop_on_the_wrong_side_at_most_at_alpha() -> None:
    """The same answers every night: nothing but the order varies."""
    gate = AbsoluteGate(MetricSpec("accuracy"), ">=", 0.82)
    values = np.repeat([0.0, 1.0], [24, 96])  # 0.8: the full run fails
    n_wrong = 0
    for night in range(N_NIGHTS):
        sequence = AbsoluteSequence(gate, ACCURACY, N_SAMPLES, 1)
        for index in ask_order(N_SAMPLES, "d", f"night-{night}"):
            sequence.add(values[index], values[index])
            if sequence.decision:
                break
        n_wrong += sequence.decision == "pass"
    assert n_wrong / N_NIGHTS <= 0.05 + 3 * sqrt(0.05 * 0.95 / N_NIGHTS)


def test_a_stored_run_is_no_more_often_found_beaten_or_better_in_a_fresh_order() -> None:
    """The baseline was asked whole, so it has an answer for whatever the night's order brings first."""
    alpha = 0.1
    gate = RegressionGate(MetricSpec("accuracy"), 0.0, alpha)
    rng = np.random.default_rng(3)
    chances = rng.permutation(np.repeat([0.1, 0.5, 0.95], N_SAMPLES // 3))
    n_alarms = 0
    for night in range(N_NIGHTS):
        baseline, candidate = (rng.random(N_SAMPLES) < chances for _ in range(2))
        sequence = RegressionSequence(gate, ACCURACY, N_SAMPLES, 1)
        for index in ask_order(N_SAMPLES, "d", f"night-{night}"):
            sequence.add(float(baseline[index]), float(candidate[index]))
            if sequence.decision:
                break
        n_alarms += sequence.decision == "fail"
    level = LOOKS * alpha
    assert n_alarms / N_NIGHTS <= level + 3 * sqrt(level * (1 - level) / N_NIGHTS)
