"""Regression gates: three verdicts, alpha shared over the session, texts for a person in CI."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evalkit.core.gate import MetricSpec, RegressionGate
from evalkit.core.verdict import Verdict
from evalkit.gates.regression import (
    PendingRegression,
    Side,
    decide_regression,
    decide_session,
    prepare_regression,
)
from tests.unit.gates.metric_doubles import (
    ACCURACY,
    CORPUS,
    ERROR_RATE_LIKE,
    GRADED,
    Mean,
    observe,
    shares,
)

GATE = RegressionGate(MetricSpec("accuracy"), margin=0.02)


def side(values: list[float | None], run_id: str = "r1") -> Side:
    return Side(observe(values), "task", "data", run_id)


def pend(
    baseline: list[float | None],
    candidate: list[float | None],
    gate: RegressionGate = GATE,
    metric: Mean = ACCURACY,
) -> PendingRegression:
    return prepare_regression(gate, metric, side(candidate, "r2"), side(baseline))


def decide(
    baseline: list[float | None],
    candidate: list[float | None],
    gate: RegressionGate = GATE,
    metric: Mean = ACCURACY,
) -> Verdict:
    return decide_session([pend(baseline, candidate, gate, metric)])[0]


def flips(n: int, wins: int, losses: int) -> tuple[list[float | None], list[float | None]]:
    """Baseline and candidate of n samples; ties are right on both sides."""
    before: list[float | None] = [0.0] * wins + [1.0] * (n - wins)
    after: list[float | None] = [1.0] * wins + [0.0] * losses + [1.0] * (n - wins - losses)
    return before, after


def test_a_large_drop_fails_with_its_numbers_first() -> None:
    # As GPT-4 in 2023 on 1,000 primes: 840 right before, 511 after.
    before, after = [*shares(1_000, 840)], [*shares(511, 511), *shares(489, 0)]
    verdict = decide([*before], [*after])
    assert verdict.verdict == "fail"
    assert verdict.detail.startswith("accuracy 0.511, baseline 0.840: down 0.329 [-0.3")
    assert "on 1,000 paired samples (p < 0.0001, exact McNemar)." in verdict.detail
    assert verdict.detail.endswith("Worse than the baseline.")
    assert verdict.baseline_run_id == "r1"
    assert verdict.comparison is not None
    assert verdict.p_value == verdict.comparison.p_value


def test_a_rise_passes() -> None:
    verdict = decide([*shares(1_000, 500)], [*shares(1_000, 761)])
    assert verdict.verdict == "pass"
    assert verdict.detail.endswith("Better than the baseline.")


def test_no_change_on_many_samples_passes_within_the_margin() -> None:
    verdict = decide(*flips(1_000, 10, 10))
    assert verdict.verdict == "pass"
    assert verdict.detail.startswith("accuracy 0.990, baseline 0.990: no change [-0.010, 0.010]")
    assert verdict.detail.endswith("Any drop is within the margin of 0.02.")


def test_a_proven_drop_smaller_than_the_margin_passes_and_says_so() -> None:
    verdict = decide(*flips(10_000, 0, 50))
    assert verdict.verdict == "pass"
    assert verdict.detail.endswith("Worse than the baseline, and within the margin of 0.02.")


@pytest.mark.parametrize("metric", [ACCURACY, GRADED, CORPUS])
def test_five_samples_without_a_flip_are_undecided(metric: Mean) -> None:
    verdict = decide([1.0] * 5, [1.0] * 5, metric=metric)
    assert verdict.verdict == "undecided"
    assert "5 samples cannot show a drop of any size, the margin is 0.02. About " in verdict.detail
    assert verdict.comparison is not None
    assert verdict.comparison.n_to_decide is not None
    assert verdict.comparison.n_to_decide > 100


@pytest.mark.parametrize("metric", [ACCURACY, GRADED, CORPUS])
def test_five_samples_without_a_flip_pass_where_the_margin_allows_it(metric: Mean) -> None:
    assert decide([1.0] * 5, [1.0] * 5, replace(GATE, margin=0.5), metric).verdict == "pass"


def test_an_undecided_gate_says_what_it_could_have_seen_and_what_would_decide() -> None:
    verdict = decide(*flips(200, 8, 12))
    assert verdict.verdict == "undecided"
    assert verdict.detail == (
        "accuracy 0.940, baseline 0.960: down 0.020 [-0.068, 0.026] on 200 paired samples "
        "(p = 0.5, exact McNemar). Undecided: the smallest drop that could have been seen is 0.063, "
        "the margin is 0.02. About 2,100 paired samples would decide."
    )
    assert verdict.comparison is not None
    assert verdict.comparison.n_to_decide == pytest.approx(2_002, abs=5)


def test_the_n_that_would_decide_does_decide() -> None:
    verdict = decide(*flips(200, 8, 12))
    assert verdict.comparison is not None
    n = verdict.comparison.n_to_decide
    assert n is not None
    rng = np.random.default_rng(0)
    outcomes = []
    for wins, losses, _ in rng.multinomial(n, [0.04, 0.06, 0.9], size=80):
        outcomes.append(decide(*flips(n, int(wins), int(losses))).verdict)
    assert outcomes.count("fail") / 80 == pytest.approx(0.8, abs=0.13)


def test_without_a_margin_no_number_of_samples_decides_that_nothing_changed() -> None:
    verdict = decide(*flips(100, 5, 5), replace(GATE, margin=0.0))
    assert verdict.verdict == "undecided"
    assert "No number of samples decides this difference; allow a margin." in verdict.detail


def test_a_metric_where_lower_is_better_fails_on_a_rise() -> None:
    gate = RegressionGate(MetricSpec("error_rate"))
    verdict = decide([*shares(500, 10)], [*shares(500, 80)], gate, ERROR_RATE_LIKE)
    assert verdict.verdict == "fail"
    assert verdict.detail.startswith("error_rate 0.160, baseline 0.020: up 0.140 [0.1")
    assert "lower is better" in verdict.detail


def test_no_baseline_is_recorded_and_says_that_it_is_the_first() -> None:
    verdict = decide_regression(prepare_regression(GATE, ACCURACY, side([1.0]), None))
    assert (verdict.verdict, verdict.word) == ("undecided", "recorded")
    assert "no baseline yet: this run is recorded as the first" in verdict.detail


@pytest.mark.parametrize(
    "changed, text",
    [
        ({"task_hash": "other"}, "task hash differs: baseline other, candidate task"),
        # Without contents nobody can tell which samples are the same.
        ({"dataset_hash": "other"}, "dataset hash differs: baseline other, candidate data"),
    ],
)
def test_unlike_hashes_are_an_error_with_both_values(changed: dict[str, str], text: str) -> None:
    baseline = replace(side([1.0] * 50), **changed)
    verdict = decide_regression(prepare_regression(GATE, ACCURACY, side([1.0] * 50), baseline))
    assert verdict.verdict == "error"
    assert text in verdict.detail
    assert verdict.baseline_run_id == "r1"


class Signed(Mean):
    def signature(self, observations: object) -> str:
        return f"accuracy|n:{len(observations)}"  # type: ignore[arg-type]


def test_unlike_signatures_are_an_error_with_both_values() -> None:
    verdict = decide([1.0] * 50, [1.0] * 60, metric=Signed())
    assert verdict.verdict == "error"
    assert "metric signature differs: baseline accuracy|n:50, candidate accuracy|n:60" in verdict.detail


@pytest.mark.parametrize("failing", ["baseline", "candidate"])
def test_too_many_failures_on_either_side_are_an_error(failing: str) -> None:
    good: list[float | None] = [1.0] * 100
    bad: list[float | None] = [*[1.0] * 95, *[None] * 5]
    verdict = decide(bad, good) if failing == "baseline" else decide(good, bad)
    assert verdict.verdict == "error"
    assert verdict.detail == (
        f"5 of 100 responses of the {failing} failed (5 %, max_error_rate 1 %); first: connection refused."
    )


def test_samples_that_do_not_pair_are_counted() -> None:
    before, after = flips(1_000, 5, 5)
    verdict = decide(before, [*after[:-1], None])
    assert verdict.verdict == "pass"
    assert verdict.detail.endswith("1 sample failed or on one side only, not paired.")


def test_nothing_to_pair_is_an_error() -> None:
    candidate = Side(observe([1.0], ids=["other"]), "task", "data")
    verdict = decide_regression(prepare_regression(GATE, ACCURACY, candidate, side([1.0])))
    assert verdict.verdict == "error"
    assert "nothing to pair" in verdict.detail


def test_an_undefined_metric_is_an_error() -> None:
    verdict = decide([0.5] * 20, [0.0] * 20, metric=CORPUS)
    assert verdict.verdict == "error"
    assert "rms of the candidate is not defined" in verdict.detail


def test_a_drop_that_fails_alone_is_undecided_among_many_gates() -> None:
    worse = pend(*flips(300, 10, 25))
    calm = pend(*flips(300, 15, 15))
    assert decide_session([worse])[0].verdict == "fail"
    shared = decide_session([worse, *[calm] * 9])[0]
    assert shared.verdict == "undecided"
    assert "worse if judged alone, not proven (alpha 0.05 shared over 10 gates" in shared.detail
    assert shared.comparison is not None
    assert shared.comparison.alpha == pytest.approx(0.005)


def test_a_clear_drop_fails_among_many_gates_at_the_shared_level() -> None:
    worse, calm = pend(*flips(300, 5, 60)), pend(*flips(300, 15, 15))
    verdict = decide_session([*[calm] * 19, worse])[-1]
    assert verdict.verdict == "fail"
    assert verdict.comparison is not None
    assert verdict.comparison.alpha == pytest.approx(0.0025)
    assert "(alpha 0.05 shared over 20 gates: interval of 99.75 %)" in verdict.detail


def test_passing_is_not_made_harder_by_other_gates() -> None:
    calm = pend(*flips(1_000, 10, 10))
    assert [verdict.verdict for verdict in decide_session([calm] * 40)] == ["pass"] * 40


def test_a_corpus_metric_can_still_fail_in_a_session_of_a_hundred_gates() -> None:
    rng = np.random.default_rng(5)
    before = rng.uniform(0.4, 1, 300)
    worse = pend(before.tolist(), (before - 0.2).tolist(), metric=CORPUS)
    calm = pend(*flips(300, 15, 15))
    assert decide_session([worse, *[calm] * 99])[0].verdict == "fail"


def test_gates_that_were_not_compared_take_no_share_of_alpha() -> None:
    worse = pend(*flips(300, 10, 25))
    first = prepare_regression(GATE, ACCURACY, side([1.0]), None)
    verdicts = decide_session([first, worse, first])
    assert [verdict.word for verdict in verdicts] == ["recorded", "fail", "recorded"]


def test_a_fail_always_has_an_interval_below_zero_and_a_p_value_within_its_level() -> None:
    rng = np.random.default_rng(6)
    pending = [pend(*flips(200, int(w), int(k))) for w, k in rng.integers(0, 40, (60, 2))]
    for verdict in decide_session(pending):
        seen = verdict.comparison
        assert seen is not None
        if verdict.verdict == "fail":
            assert seen.high < 0
            assert seen.p_value <= seen.alpha
        elif verdict.verdict == "pass":
            assert seen.low > -GATE.margin
