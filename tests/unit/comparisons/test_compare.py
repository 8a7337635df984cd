"""Paired comparisons: the right test, the right pairs, and the laws of mirrors."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evalkit.comparisons.compare import compare, measure, sample_changes
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.stats.paired import mcnemar, sign_flip_test, tango_interval
from tests.unit.gates.metric_doubles import (
    ACCURACY,
    CORPUS,
    ERROR_RATE_LIKE,
    GRADED,
    LATENCY,
    TOTAL,
    Mean,
    observe,
    shares,
)
from tests.unit.stats.tilted_reference import STEPS, reference_interval

METRICS = [ACCURACY, ERROR_RATE_LIKE, GRADED, CORPUS, LATENCY, TOTAL]


def test_binary_scores_meet_mcnemar_and_tango() -> None:
    baseline, candidate = observe([1, 1, 1, 1, 1, 1, 0, 0] * 10), observe([1, 1, 1, 0, 0, 0, 1, 0] * 10)
    seen = compare(ACCURACY, "accuracy", baseline, candidate)
    assert (seen.n_wins, seen.n_losses, seen.n_ties, seen.n) == (10, 30, 40, 80)
    assert (seen.baseline, seen.candidate, seen.difference) == (0.75, 0.5, -0.25)
    assert seen.p_value == mcnemar(10, 30).two_sided
    assert (seen.low, seen.high) == tango_interval(10, 30, 80)


def test_graded_scores_meet_sign_flips_and_the_tilted_interval() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.random(50), rng.random(50)
    seen = compare(GRADED, "g", observe(before.tolist()), observe(after.tolist()), alpha=0.01)
    reference = reference_interval(after - before, -1, 1, 0.01)
    assert (seen.low, seen.high) == pytest.approx(reference, abs=1 / STEPS)
    assert seen.p_value == sign_flip_test(after - before).two_sided
    assert seen.alpha == 0.01


def test_a_one_sided_comparison_has_an_end_that_is_students_one_sided_one() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.random(50), rng.random(50)
    seen = measure(
        replace(GRADED, bounds=(-inf, inf)), "g", observe(before.tolist()), observe(after.tolist())
    ).at(0.05)
    reference = stats.ttest_rel(after, before).confidence_interval(0.90)
    below = stats.ttest_1samp(after - before, 0, alternative="less").confidence_interval(0.95)
    assert (seen.low, seen.high) == pytest.approx((reference.low, reference.high), rel=1e-9)
    assert seen.high == pytest.approx(below.high, rel=1e-9)
    assert seen.confidence == pytest.approx(0.90)
    assert seen.p_value == sign_flip_test(after - before).worse


@pytest.mark.parametrize("metric", [ACCURACY, GRADED, CORPUS])
def test_better_and_worse_are_shown_by_the_same_rule_mirrored(metric: Mean) -> None:
    rng = np.random.default_rng(1)
    before = rng.integers(0, 2, 60) + 0.0
    after = np.where(rng.random(60) < 0.4, 0.0, before)
    sides = observe(before.tolist()), observe(after.tolist())
    forth, back = (measure(metric, "m", *each).at(0.05) for each in (sides, sides[::-1]))
    assert (forth.is_worse, forth.is_better) == (back.is_better, back.is_worse)
    assert forth.is_worse != back.is_worse


def test_repeats_are_averaged_within_their_sample_first() -> None:
    rng = np.random.default_rng(1)
    before, after = (rng.random((2, 40, 5)) < 0.6).astype(float)
    seen = compare(ACCURACY, "a", observe(before.ravel(), repeats=5), observe(after.ravel(), repeats=5))
    reference = reference_interval(after.mean(axis=1) - before.mean(axis=1), -1, 1, 0.05)
    assert seen.n == 40
    assert (seen.low, seen.high) == pytest.approx(reference, abs=1 / STEPS)
    assert seen.method == "sign-flip permutation, tilted interval"


def test_graded_scores_without_bounds_meet_students_interval() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.random(50), rng.random(50)
    metric = replace(GRADED, bounds=(-inf, inf))
    seen = compare(metric, "g", observe(before.tolist()), observe(after.tolist()), alpha=0.01)
    reference = stats.ttest_rel(after, before).confidence_interval(0.99)
    assert (seen.low, seen.high) == pytest.approx((reference.low, reference.high), rel=1e-9)
    assert seen.method == "sign-flip permutation, t interval"


def test_unequal_numbers_of_repeats_pair_too() -> None:
    once = observe([1.0, 0.0, 1.0], ids=["a", "b", "c"])
    often = observe([1.0, 0.0, 1.0, 1.0], ids=["b", "b", "a", "c"])
    seen = compare(ACCURACY, "a", once, often)
    assert seen.n == 3
    assert seen.difference == pytest.approx(0.5 / 3)


def test_a_corpus_metric_is_resampled_on_both_sides_at_once() -> None:
    before = np.random.default_rng(2).random(400)
    after = np.clip(before - 0.02, 0, 1)
    seen = compare(CORPUS, "rms", observe(before.tolist()), observe(after.tolist()))
    assert seen.difference == pytest.approx(np.sqrt(np.mean(after**2)) - np.sqrt(np.mean(before**2)))
    # Drawn apart, the two sides would differ by some 0.04 either way.
    assert seen.high - seen.low < 0.004
    assert seen.p_value < 1e-4
    assert seen.method == "paired bootstrap"


def test_only_samples_of_both_sides_pair_and_the_others_are_counted() -> None:
    baseline = observe([1, 0, None, 1], ids=["a", "b", "c", "d"])
    candidate = observe([None, 1, 1, 1, 1], ids=["d", "e", "c", "b", "a"])
    seen = compare(ACCURACY, "a", baseline, candidate)
    assert (seen.n, seen.n_unpaired) == (2, 3)
    assert (seen.baseline, seen.candidate) == (0.5, 1.0)


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    ids = [f"s{i}" for i in range(60)]
    before, after = rng.random(60), rng.random(60)
    turned = rng.permutation(60)
    straight = compare(GRADED, "g", observe(before, ids=ids), observe(after, ids=ids))
    mixed = compare(
        GRADED, "g", observe(before, ids=ids), observe(after[turned], ids=[ids[i] for i in turned])
    )
    assert (mixed.difference, mixed.low, mixed.p_value) == pytest.approx(
        (straight.difference, straight.low, straight.p_value)
    )


def test_nothing_shared_is_an_error_that_names_both_sizes() -> None:
    with pytest.raises(MetricError, match="1 samples in the baseline, 2 in the candidate, none in both"):
        compare(ACCURACY, "a", observe([1], ids=["a"]), observe([1, 1], ids=["b", "c"]))


def test_an_undefined_side_is_an_error() -> None:
    with pytest.raises(MetricError, match="rms of the candidate is not defined"):
        compare(CORPUS, "rms", observe([0.5] * 9), observe([0.0] * 9))


def test_a_larger_error_rate_is_a_negative_difference() -> None:
    seen = compare(ERROR_RATE_LIKE, "error_rate", observe(shares(100, 5)), observe(shares(100, 20)))
    assert (seen.baseline, seen.candidate) == (0.05, 0.2)
    assert seen.difference == pytest.approx(-0.15)
    assert (seen.n_wins, seen.n_losses) == (0, 15)


values = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=2, max_size=40
)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: f"{metric.name}-{metric.kind}")
@settings(max_examples=25, deadline=None)
@given(values)
def test_swapping_baseline_and_candidate_mirrors_everything(
    metric: Mean, pairs: list[tuple[float, float]]
) -> None:
    # One and one pair more, so that every metric is defined.
    before, after = ([1.0, *side] for side in zip(*pairs, strict=True))
    forth = compare(metric, "m", observe(before), observe(after))
    back = compare(metric, "m", observe(after), observe(before))
    assert back.difference == pytest.approx(-forth.difference)
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low), abs=1e-12)
    assert back.p_value == pytest.approx(forth.p_value)
    assert (back.n_wins, back.n_losses) == (forth.n_losses, forth.n_wins)
    assert (back.visible_drop is None) == (forth.visible_drop is None)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: f"{metric.name}-{metric.kind}")
@settings(max_examples=25, deadline=None)
@given(values)
def test_the_interval_holds_the_difference_and_grows_with_confidence(
    metric: Mean, pairs: list[tuple[float, float]]
) -> None:
    before, after = ([1.0, *side] for side in zip(*pairs, strict=True))
    narrow, wide, widest = (
        compare(metric, "m", observe(before), observe(after), alpha=alpha) for alpha in (0.2, 0.05, 0.02)
    )
    assert widest.low <= wide.low <= narrow.low <= narrow.difference + 1e-12
    assert widest.high >= wide.high >= narrow.high >= narrow.difference - 1e-12


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: f"{metric.name}-{metric.kind}")
def test_five_samples_without_a_change_leave_room_for_one(metric: Mean) -> None:
    seen = compare(metric, "m", observe([1.0] * 5), observe([1.0] * 5))
    assert seen.low < -0.4
    assert seen.p_value == 1.0
    assert seen.visible_drop is None


def test_repeats_of_a_sample_in_another_order_are_no_change() -> None:
    before, after = observe([0.1, 0.2, 0.3], repeats=3), observe([0.3, 0.1, 0.2], repeats=3)
    seen = compare(GRADED, "g", before, after)
    assert (seen.n_wins, seen.n_losses, seen.n_ties) == (0, 0, 1)


def by_sample(metric: Mean, baseline: Observations, candidate: Observations) -> dict[str, str]:
    return {change.sample_id: change.outcome for change in sample_changes(metric, baseline, candidate)}


def test_each_sample_is_a_win_a_loss_a_tie_or_an_error() -> None:
    baseline = observe([0, 1, 1, None, 1, 1], ids=["a", "b", "c", "d", "e", "old"])
    candidate = observe([1, 0, 1, 1, None, 1], ids=["a", "b", "c", "d", "e", "new"])
    outcomes = by_sample(ACCURACY, baseline, candidate)
    assert outcomes == {"a": "win", "b": "loss", "c": "tie", "d": "error", "e": "error"}


def test_a_slower_answer_is_a_loss() -> None:
    assert by_sample(LATENCY, observe([1.0]), observe([2.0])) == {"s000000": "loss"}


def test_a_corpus_metric_shows_the_scores_it_reads() -> None:
    changes = sample_changes(CORPUS, observe([0.5, 0.5]), observe([0.7, 0.5]))
    assert [(c.outcome, c.baseline, c.candidate) for c in changes] == [("win", 0.5, 0.7), ("tie", 0.5, 0.5)]


def test_sample_changes_and_the_comparison_count_alike() -> None:
    rng = np.random.default_rng(4)
    before, after = observe(rng.random(80).round(1)), observe(rng.random(80).round(1))
    for metric in METRICS:
        seen = compare(metric, "m", before, after)
        outcomes = list(by_sample(metric, before, after).values())
        assert (outcomes.count("win"), outcomes.count("loss")) == (seen.n_wins, seen.n_losses)
