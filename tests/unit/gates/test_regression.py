"""Regression gates: three verdicts, alpha shared over the session, texts for a person in CI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evalkit.comparisons.comparable import Side
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import ComparedGate
from evalkit.gates.deciding.conclude import decide_regression, decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.regression import RegressionGate
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


def side(values: Sequence[float | None], run_id: str = "r1") -> Side:
    return Side(observe(values), "task", "data", run_id)


def pend(
    baseline: Sequence[float | None],
    candidate: Sequence[float | None],
    gate: RegressionGate = GATE,
    metric: Mean = ACCURACY,
) -> ComparedGate:
    return prepare_regression(gate, metric, side(candidate, "r2"), side(baseline))


def decide(
    baseline: Sequence[float | None],
    candidate: Sequence[float | None],
    gate: RegressionGate = GATE,
    metric: Mean = ACCURACY,
) -> Verdict:
    return decide_session([pend(baseline, candidate, gate, metric)])[0]


def flips(n: int, wins: int, losses: int) -> tuple[Sequence[float | None], Sequence[float | None]]:
    """Baseline and candidate of n samples; ties are right on both sides."""
    before: Sequence[float | None] = [0.0] * wins + [1.0] * (n - wins)
    after: Sequence[float | None] = [1.0] * wins + [0.0] * losses + [1.0] * (n - wins - losses)
    return before, after


def test_a_large_drop_fails_with_its_numbers_first() -> None:
    # As GPT-4 in 2023 on 1,000 primes: 840 right before, 511 after.
    before, after = [*shares(1_000, 840)], [*shares(511, 511), *shares(489, 0)]
    verdict = decide([*before], [*after])
    assert verdict.verdict == "fail"
    assert verdict.detail.startswith("accuracy 0.511, baseline 0.840: down 0.329 [-0.3")
    assert (
        "on 1,000 paired samples (90 % interval, one-sided 95 %; p < 0.0001, exact McNemar)."
        in verdict.detail
    )
    assert verdict.detail.endswith("Worse than the baseline, and by the margin of 0.02 or more as seen.")
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
    assert verdict.detail.startswith("accuracy 0.990, baseline 0.990: no change [-0.008, 0.008]")
    assert verdict.detail.endswith("Any drop is within the margin of 0.02.")


def test_a_proven_drop_smaller_than_the_margin_passes_and_says_so() -> None:
    verdict = decide(*flips(10_000, 0, 50))
    assert verdict.verdict == "pass"
    assert verdict.detail.endswith("Worse than the baseline, and within the margin of 0.02.")


@pytest.mark.parametrize("metric", [ACCURACY, GRADED, CORPUS])
def test_five_samples_without_a_flip_are_undecided(metric: Mean) -> None:
    verdict = decide([1.0] * 5, [1.0] * 5, metric=metric)
    assert verdict.verdict == "undecided"
    assert "5 samples cannot show a drop of any size, the margin is 0.02. To plan with: " in verdict.detail
    assert verdict.comparison is not None
    assert verdict.comparison.n_planned is not None
    assert verdict.comparison.n_planned > 100


@pytest.mark.parametrize("metric", [ACCURACY, GRADED, CORPUS])
def test_five_samples_without_a_flip_pass_where_the_margin_allows_it(metric: Mean) -> None:
    assert decide([1.0] * 5, [1.0] * 5, replace(GATE, margin=0.5), metric).verdict == "pass"


def test_an_undecided_gate_says_what_it_could_have_seen_and_what_to_plan_with() -> None:
    verdict = decide(*flips(200, 8, 12))
    assert verdict.verdict == "undecided"
    assert verdict.detail == (
        "accuracy 0.940, baseline 0.960: down 0.020 [-0.059, 0.018] on 200 paired samples "
        "(90 % interval, one-sided 95 %; p = 0.25, exact McNemar). Undecided: the smallest drop that could "
        "have been seen is 0.056, the margin is 0.02. To plan with: on about 1,600 paired samples an "
        "unchanged candidate passes in 80 %."
    )
    assert verdict.comparison is not None
    # 2.4865^2 * 20.5 / 201 / 0.02^2: a share of flips as seen, and nothing of the difference.
    assert verdict.comparison.n_planned == pytest.approx(1_577, abs=1)


def test_the_plan_does_not_depend_on_the_difference_that_was_seen() -> None:
    plans = []
    for wins, losses in ((10, 10), (5, 15), (8, 12)):
        found = decide(*flips(200, wins, losses), replace(GATE, fail_when="shown_below_margin")).comparison
        assert found is not None
        plans.append(found.n_planned)
    assert len(set(plans)) == 1


@pytest.mark.parametrize("is_two_sided", [False, True])
def test_on_the_planned_samples_an_unchanged_candidate_passes_in_eighty_percent(is_two_sided: bool) -> None:
    gate = replace(GATE, margin=0.05, is_two_sided=is_two_sided)
    seen = decide(*flips(100, 4, 6), gate).comparison
    assert seen is not None
    n = seen.n_planned
    assert n is not None
    rng = np.random.default_rng(0)
    word = cache(lambda wins, losses: decide(*flips(n, wins, losses), gate).verdict)  # many are drawn twice
    turns = rng.multinomial(n, [0.05, 0.05, 0.9], size=400)
    outcomes = [word(int(wins), int(losses)) for wins, losses, _ in turns]
    # Four standard errors of a share over 400.
    assert outcomes.count("pass") / 400 == pytest.approx(0.8, abs=0.08)


def test_without_a_margin_no_number_of_samples_decides_that_nothing_changed() -> None:
    verdict = decide(*flips(100, 5, 5), replace(GATE, margin=0.0))
    assert verdict.verdict == "undecided"
    assert (
        "With no margin an unchanged candidate passes on no number of samples; allow one." in verdict.detail
    )


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
def test_unlike_hashes_are_an_error_with_both_values(changed: dict[str, Any], text: str) -> None:
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
    good: Sequence[float | None] = [1.0] * 100
    bad: Sequence[float | None] = [*[1.0] * 95, *[None] * 5]
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
    assert "worse if decided alone, not proven (alpha 0.05 shared over 10 gates)" in shared.detail
    assert shared.comparison is not None
    assert shared.comparison.alpha == pytest.approx(0.005)


def test_worse_if_judged_alone_is_said_only_where_the_gate_alone_would_fail() -> None:
    # One-sided p = 0.03, but 0.015 is less than the margin: alone it would be undecided too.
    small, calm = pend(*flips(600, 6, 15)), pend(*flips(300, 15, 15))
    assert decide_session([small])[0].verdict == "undecided"
    assert "decided alone" not in decide_session([small, *[calm] * 9])[0].detail


def test_the_p_value_of_a_verdict_is_holms_adjusted_one() -> None:
    turns = [(5, 30), (10, 25), (15, 15)]
    verdicts = decide_session([pend(*flips(300, *each)) for each in turns])
    alone = [stats.binomtest(wins, wins + losses, alternative="less").pvalue for wins, losses in turns]
    adjusted = multipletests(alone, method="holm")[1]
    assert [verdict.p_value for verdict in verdicts] == pytest.approx(adjusted, rel=1e-8)
    assert f"p = {adjusted[1]:.2g} adjusted over 3 gates, exact McNemar" in verdicts[1].detail
    for verdict, p_value in zip(verdicts, alone, strict=True):
        assert verdict.comparison is not None
        assert verdict.comparison.p_value == pytest.approx(p_value, rel=1e-8)


def test_a_clear_drop_fails_among_many_gates_at_the_shared_level() -> None:
    worse, calm = pend(*flips(300, 5, 60)), pend(*flips(300, 15, 15))
    verdict = decide_session([*[calm] * 19, worse])[-1]
    assert verdict.verdict == "fail"
    assert verdict.comparison is not None
    assert verdict.comparison.alpha == pytest.approx(0.0025)
    assert "(99.5 % interval, one-sided 99.75 %; p < 0.0001 adjusted over 20 gates, exact" in verdict.detail
    assert "(alpha 0.05 shared over 20 gates)" in verdict.detail


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
            assert verdict.p_value is not None
            assert verdict.p_value <= GATE.alpha
            assert seen.difference <= -GATE.margin
        elif verdict.verdict == "pass":
            assert seen.low > -GATE.margin
