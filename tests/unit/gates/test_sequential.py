"""Gates that are decided while their samples come."""

from __future__ import annotations

from dataclasses import replace
from math import inf, sqrt

import numpy as np
import pytest

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import MetricSpec
from evalkit.gates.absolute import AbsoluteGate, Operator
from evalkit.gates.deciding.absolute_sequence import AbsoluteSequence
from evalkit.gates.deciding.compared import ComparedGate, Measured, Stopped
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.deciding.regression_sequence import RegressionSequence
from evalkit.gates.deciding.sequential import LOOKS, why_not_early
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from tests.calibration.population import Repeats, Scores
from tests.calibration.simulation import ALPHA, Session, first_looks, simulate
from tests.unit.gates.metric_doubles import (
    ACCURACY,
    CORPUS,
    ERROR_RATE_LIKE,
    GRADED,
    LATENCY,
    TOTAL,
    Mean,
    observe,
)

N_SESSIONS = 200


def absolute(op: Operator, threshold: float, values: Floats, metric: Mean = ACCURACY) -> AbsoluteSequence:
    gate = AbsoluteGate(MetricSpec("accuracy"), op, threshold)
    sequence = AbsoluteSequence(gate, metric, len(values), 1)
    for value in values.tolist():
        sequence.add(value, value)
        if sequence.decision:
            break
    return sequence


def regression(
    before: Floats, after: Floats, *, margin: float = 0.0, metric: Mean = ACCURACY, n_gates: int = 1
) -> RegressionSequence:
    gate = RegressionGate(MetricSpec("accuracy"), margin, ALPHA)
    sequence = RegressionSequence(gate, metric, len(before), n_gates)
    for pair in zip(before.tolist(), after.tolist(), strict=True):
        sequence.add(*pair)
        if sequence.decision:
            break
    return sequence


@pytest.mark.parametrize(
    "op, value, expected",
    [
        *((">=", 1, "pass"), (">", 1, "pass"), ("<=", 1, "fail"), ("<", 1, "fail"), ("==", 1, "fail")),
        *((">=", 0, "fail"), (">", 0, "fail"), ("<=", 0, "pass"), ("<", 0, "pass"), ("==", 0, "fail")),
    ],
)
def test_every_operator_is_decided_on_the_side_where_the_values_lie(
    op: Operator, value: float, expected: str
) -> None:
    assert absolute(op, 0.5, np.full(100, float(value))).decision == expected


def test_a_bound_of_another_scale_is_scaled() -> None:
    wide = replace(GRADED, bounds=(1.0, 5.0))
    verdict = absolute(">=", 4.0, np.full(300, 4.8), wide)
    assert verdict.decision == "pass"
    assert "4.800" in verdict.verdict("pass").detail


def test_a_stop_says_otherwise_than_the_full_run_at_most_at_alpha() -> None:
    rng = np.random.default_rng(0)
    n_wrong = 0
    for _ in range(N_SESSIONS):
        values = (rng.random(200) < 0.8).astype(float)
        decision = absolute(">=", 0.8, values).decision
        full = "pass" if values.mean() >= 0.8 else "fail"
        n_wrong += decision not in (None, full)
    assert n_wrong / N_SESSIONS <= 0.05 + 3 * sqrt(0.05 * 0.95 / N_SESSIONS)


def test_a_full_run_at_the_very_threshold_is_never_called_on_the_wrong_side() -> None:
    values = np.random.default_rng(1).permutation(np.repeat([1.0, 0.0], [800, 200]))
    assert absolute(">=", 0.8, values).decision is None


def test_a_failed_response_counts_against_either_claim() -> None:
    gate = AbsoluteGate(MetricSpec("accuracy"), ">=", 0.5)
    sequence = AbsoluteSequence(gate, ACCURACY, 100, 1)
    for _ in range(100):
        sequence.add(0.0, 1.0)
    assert sequence.decision is None


@pytest.mark.parametrize("metric", [CORPUS, LATENCY, TOTAL, replace(GRADED, bounds=(0.0, inf))])
def test_what_is_no_bounded_mean_is_not_decided_early(metric: Mean) -> None:
    assert why_not_early(metric, "m") is not None


def test_bounded_means_are_decided_early() -> None:
    assert why_not_early(ACCURACY, "m") is None
    assert why_not_early(GRADED, "m") is None


def test_a_drop_fails_and_a_gain_passes() -> None:
    ones, zeros = np.ones(200), np.zeros(200)
    assert regression(ones, zeros).decision == "fail"
    assert regression(zeros, ones).decision == "pass"
    assert regression(ones, zeros, metric=ERROR_RATE_LIKE).decision == "pass"


def test_a_drop_within_the_margin_is_left_to_the_end() -> None:
    """The full run may pass it or not: a stop must not say ``fail``."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        after = (rng.random(1_000) >= 0.04).astype(float)
        assert regression(np.ones(1_000), after, margin=0.05).decision in (None, "pass")


def test_more_gates_need_more_evidence_to_fail_and_no_more_to_pass() -> None:
    before = np.ones(400)
    after = np.tile([1.0, 1, 0, 1], 100)
    stops = [regression(before, after, n_gates=m).stopped("fail").n_seen for m in (1, 20)]
    assert stops[0] < stops[1]
    passes = [regression(after, before, n_gates=m).stopped("pass").n_seen for m in (1, 20)]
    assert passes[0] == passes[1]


def test_the_comparison_of_a_stopped_gate_holds_what_was_seen() -> None:
    gate = RegressionGate(MetricSpec("accuracy"), 0.0, ALPHA)
    sequence = RegressionSequence(gate, ACCURACY, 500, 1)
    for _ in range(10):
        for pair in ((1.0, 0.0), (1.0, 0.0), (1.0, 1.0), (None, 1.0)):
            sequence.add(*pair)
    stopped = sequence.stopped("fail")
    seen = stopped.comparison
    assert (seen.n, seen.n_losses, seen.n_ties, seen.n_unpaired) == (30, 20, 10, 10)
    assert (seen.baseline, seen.candidate) == (1.0, pytest.approx(1 / 3))
    assert -1 <= seen.low < seen.difference < seen.high < 0
    assert (stopped.n_seen, stopped.n_total) == (40, 500)


def test_a_stopped_fail_is_rejected_by_holm_beside_gates_that_say_nothing() -> None:
    rng = np.random.default_rng(4)
    n_gates = 20
    drop = regression(np.ones(400), np.tile([1.0, 0], 200), n_gates=n_gates)
    assert drop.decision == "fail"
    gate = RegressionGate(MetricSpec("accuracy"), 0.0, ALPHA)
    pending: list[ComparedGate] = [Stopped(gate, drop.stopped("fail"))]
    for _ in range(n_gates - 1):
        sides = (rng.random((2, 100)) < 0.8).astype(float)
        measured = prepare_regression(
            gate,
            ACCURACY,
            Side(observe(sides[1].tolist()), "t", "d"),
            Side(observe(sides[0].tolist()), "t", "d"),
        )
        assert isinstance(measured, Measured)
        pending.append(replace(measured, share=1 - LOOKS))
    verdicts = decide_session(pending)
    assert verdicts[0].verdict == "fail"
    assert verdicts[0].p_value is not None
    assert verdicts[0].p_value <= ALPHA
    assert verdicts[0].comparison is not None
    assert verdicts[0].comparison.p_value <= ALPHA / n_gates
    assert "Stopped after" in verdicts[0].detail


def test_the_final_test_has_the_rest_of_alpha() -> None:
    gate = RegressionGate(MetricSpec("accuracy"), 0.0, ALPHA)
    # Five losses and no win: the exact test says 0.03125, which is below 0.05 and below 0.8 * 0.05.
    before, after = [1.0] * 200, [0.0] * 5 + [1.0] * 195
    measured = prepare_regression(
        gate, ACCURACY, Side(observe(after), "t", "d"), Side(observe(before), "t", "d")
    )
    assert isinstance(measured, Measured)
    assert decide_session([measured])[0].verdict == "fail"
    assert decide_session([replace(measured, share=0.8)])[0].verdict == "fail"
    assert decide_session([replace(measured, share=0.5)])[0].verdict == "undecided"
    assert decide_session([replace(measured, share=0.8)])[0].p_value == pytest.approx(0.03125 / 0.8)


def test_a_gate_that_asks_both_ways_is_decided_on_either_side() -> None:
    ones, zeros = np.ones(200), np.zeros(200)
    gate = RegressionGate(MetricSpec("accuracy"), 0.1, ALPHA, is_two_sided=True)
    outcomes = []
    for before, after in ((ones, zeros), (zeros, ones), (ones, ones)):
        sequence = RegressionSequence(gate, ACCURACY, 2_000, 1)
        for pair in zip(np.tile(before, 10).tolist(), np.tile(after, 10).tolist(), strict=True):
            sequence.add(*pair)
        decision = sequence.decision
        assert decision is not None
        pending = Stopped(gate, sequence.stopped(decision))
        outcomes.append(decide_session([pending])[0])
    assert [each.verdict for each in outcomes] == ["fail", "fail", "pass"]
    assert "Worse than the baseline, and by the margin of 0.1 or more as seen." in outcomes[0].detail
    assert "Better than the baseline, and by the margin of 0.1 or more as seen, where" in outcomes[1].detail
    assert "within the margin of 0.1 both ways." in outcomes[2].detail


def test_a_stop_shows_the_confidence_sequence_whose_ends_are_one_sided() -> None:
    drop = regression(np.ones(400), np.zeros(400)).stopped("fail")
    assert drop.comparison.confidence == pytest.approx(1 - 2 * LOOKS * ALPHA)
    # 1 / alpha is how often the wealth has to double and more; with half of alpha for each side it were
    # twice.
    assert drop.tests.worse <= ALPHA
    assert drop.comparison.p_value == pytest.approx(LOOKS * drop.tests.worse)


def test_the_simulation_looks_as_the_gates_do() -> None:
    rng = np.random.default_rng(6)
    session = Session("graded", 300, n_gates=3, margin=0.02, drop=0.15)
    before, after = (side[:, :, 0, 0] for side in session.draw(rng))
    stops = first_looks(session, after - before)
    for index, stop in enumerate(stops):
        sequence = regression(before[index], after[index], margin=0.02, metric=GRADED, n_gates=3)
        if stop is None:
            assert sequence.decision is None
        else:
            assert sequence.stopped("fail").n_seen == stop


@pytest.mark.parametrize("scores, repeats", [("binary", (1, 1)), ("graded", (1, 1)), ("binary", (1, 3))])
@pytest.mark.parametrize("n_gates", [1, 20])
def test_sessions_without_any_change_raise_false_alarms_at_most_at_alpha(
    scores: Scores, repeats: tuple[int, int], n_gates: int
) -> None:
    n_sessions = N_SESSIONS if n_gates == 1 else 50
    tally = simulate(Session(scores, 150, n_gates, Repeats(*repeats)), n_sessions, has_looks=True)[-1]
    assert tally.n_alarms / n_sessions <= ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / n_sessions)


def test_a_clear_drop_takes_a_small_part_of_the_samples() -> None:
    tally = simulate(Session("binary", 1_000, margin=0.02, drop=0.3), 20, has_looks=True)[-1]
    assert tally.n_failed == 20
    assert tally.share_asked < 0.25
