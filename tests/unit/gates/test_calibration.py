"""Seeded simulations: innocent changes rarely fail, and intervals cover what they promise."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from evalkit.core.gate import MetricSpec, RegressionGate
from evalkit.gates.compare import compare
from evalkit.gates.regression import PendingRegression, Side, decide_session, prepare_regression
from evalkit.metrics.metric import Floats
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, GRADED, Mean, observe

ALPHA = 0.05
N_SESSIONS = 400
#: Three binomial standard errors above alpha.
ALLOWED = ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / N_SESSIONS)


def pend(metric: Mean, before: Floats, after: Floats, seed: int) -> PendingRegression:
    gate = RegressionGate(MetricSpec("m"), margin=0.0, alpha=ALPHA)
    return prepare_regression(
        gate, metric, Side(observe(after), "t", "d"), Side(observe(before), "t", "d"), seed=seed
    )


def binary(rng: np.random.Generator, n: int) -> Floats:
    difficulty = rng.beta(2, 1, n)
    return (rng.random((2, n)) < difficulty).astype(float)


def graded(rng: np.random.Generator, n: int) -> Floats:
    return np.clip(rng.beta(2, 1, n) + rng.normal(0, 0.2, (2, n)), 0, 1)


@pytest.mark.parametrize(
    "metric, draw, n, n_gates",
    [(ACCURACY, binary, 60, 1), (ACCURACY, binary, 60, 8), (GRADED, graded, 40, 1), (GRADED, graded, 40, 4)],
    ids=["binary-1", "binary-8", "graded-1", "graded-4"],
)
def test_sessions_without_any_change_raise_false_alarms_at_most_at_alpha(
    metric: Mean, draw: type[binary], n: int, n_gates: int
) -> None:
    rng = np.random.default_rng(n_gates)
    alarms = 0
    for _ in range(N_SESSIONS):
        pending = [pend(metric, *draw(rng, n), seed=gate) for gate in range(n_gates)]
        alarms += any(verdict.verdict == "fail" for verdict in decide_session(pending))
    assert alarms / N_SESSIONS <= ALLOWED


def test_a_corpus_metric_without_any_change_raises_false_alarms_at_most_at_alpha() -> None:
    rng = np.random.default_rng(7)
    verdicts = [decide_session([pend(CORPUS, *graded(rng, 50), seed=0)])[0] for _ in range(200)]
    assert sum(verdict.verdict == "fail" for verdict in verdicts) / 200 <= ALPHA + 3 * sqrt(
        ALPHA * 0.95 / 200
    )


@pytest.mark.parametrize("metric, draw", [(ACCURACY, binary), (GRADED, graded)], ids=["binary", "graded"])
def test_intervals_of_the_difference_cover_the_truth(metric: Mean, draw: type[binary]) -> None:
    rng = np.random.default_rng(8)
    truth = -0.1 * float(draw(np.random.default_rng(9), 400_000).mean())
    hits = 0
    for _ in range(600):
        before, after = draw(rng, 80)
        # A tenth of the samples loses everything: the true difference is known by construction.
        lost = rng.random(80) < 0.1
        seen = compare(metric, "m", observe(before), observe(np.where(lost, 0.0, after)))
        hits += seen.low <= truth <= seen.high
    assert hits / 600 == pytest.approx(0.95, abs=4 * sqrt(0.95 * 0.05 / 600))
