"""Intervals of bounded means: Wilson's, Student's, and what lies between, against scipy."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy import stats

from evalkit.metrics.metric import Floats
from evalkit.stats.intervals import Interval, wilson_interval
from evalkit.stats.tilted import bounded_group_mean, bounded_mean, n_to_allow
from tests.unit.stats.tilted_reference import STEPS, reference_interval


def normal(n: int, deviation: float, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(0, deviation, n)


def student(values: Floats, confidence: float = 0.95) -> Interval:
    return Interval(*stats.ttest_1samp(values, 0).confidence_interval(confidence))


SHAPES = {
    "near-normal": normal(30, 0.1),
    "a little spread": normal(30, 0.05),
    "two failures": np.append(normal(28, 0.02), [-0.9, -1.0]),
    "falls and rises": np.append(normal(48, 0.02), [-0.9, 1.0]),
    "ties": np.repeat([0.0, 0.0, -0.25, 0.1], 5),
    "all large": np.random.default_rng(1).uniform(-1, 1, 12),
}


@pytest.mark.parametrize("alpha", [0.05, 0.1])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_ends_are_the_first_means_that_the_score_test_tells_apart(shape: str, alpha: float) -> None:
    found = bounded_mean(SHAPES[shape], -1, 1).interval(alpha)
    assert found == pytest.approx(reference_interval(SHAPES[shape], -1, 1, alpha), abs=2.1 / STEPS)


@pytest.mark.parametrize("n_failed", [1, 3, 10])
def test_towards_more_failures_the_interval_of_zeros_and_ones_is_wilsons_at_students_quantile(
    n_failed: int,
) -> None:
    values = np.append(np.ones(40 - n_failed), np.zeros(n_failed))
    t = stats.t.ppf(0.975, 39)
    alpha = 2 * stats.norm.sf(t)
    wilson = wilson_interval(1 - n_failed / 40, 39, alpha)
    assert bounded_mean(values, 0, 1).interval(0.05).low == pytest.approx(wilson.low, rel=1e-6)


def test_one_failure_in_fifty_that_was_not_seen_is_allowed_for() -> None:
    low = bounded_mean(normal(30, 0.02), -1, 1).interval(0.05).low
    # A share of 3 / n is what n without any cannot exclude.
    assert -0.13 < low < -0.1


def test_thirty_near_normal_values_have_nearly_students_interval() -> None:
    widths = []
    for seed in range(400):
        values = normal(30, 0.1, seed)
        (low, high), reference = bounded_mean(values, -1, 1).interval(0.05), student(values)
        widths.append((high - low) / (reference.high - reference.low))
    assert np.mean(widths) < 1.118  # 1.25 times the samples


@pytest.mark.parametrize("shape", SHAPES)
def test_the_interval_holds_students_and_widens_with_confidence(shape: str) -> None:
    mean = bounded_mean(SHAPES[shape], -1, 1)
    wide, narrow, reference = mean.interval(0.02), mean.interval(0.1), student(SHAPES[shape], 0.9)
    assert wide.low < narrow.low <= max(reference.low, -1) + 1e-12
    assert wide.high > narrow.high >= min(reference.high, 1) - 1e-12


def test_towards_an_open_bound_the_interval_is_students() -> None:
    values = normal(20, 0.02)
    assert bounded_mean(values, -inf, inf).interval(0.05) == pytest.approx(student(values))


def test_turned_values_have_the_turned_interval() -> None:
    low, high = bounded_mean(SHAPES["two failures"], -1, 1).interval(0.05)
    assert bounded_mean(-SHAPES["two failures"], -1, 1).interval(0.05) == pytest.approx((-high, -low))


def test_the_unit_of_the_values_does_not_matter() -> None:
    low, high = bounded_mean(SHAPES["near-normal"], -1, 1).interval(0.05)
    in_percent = bounded_mean(100 * SHAPES["near-normal"], -100, 100)
    assert in_percent.interval(0.05) == pytest.approx((100 * low, 100 * high), rel=1e-6)


def test_equal_values_have_the_width_of_what_none_of_them_showed() -> None:
    assert bounded_mean(np.ones(30), 0, 1).interval(0.05) == pytest.approx(wilson_interval(1, 30))


def test_many_values_give_what_they_give_unmerged(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.where(np.random.default_rng(0).random(5_000) < 0.002, -1.0, normal(5_000, 0.01))
    merged = bounded_mean(values, -1, 1).interval(0.05)
    monkeypatch.setattr("evalkit.stats.tilted._MAX_POINTS", 10_000)
    assert merged == pytest.approx(bounded_mean(values, -1, 1).interval(0.05), abs=1e-6)


def test_groups_of_one_sample_each_are_no_groups() -> None:
    values = SHAPES["two failures"]
    grouped = bounded_group_mean(values, np.arange(len(values)), -1, 1)
    assert grouped.interval(0.05) == pytest.approx(bounded_mean(values, -1, 1).interval(0.05), rel=1e-6)


def test_samples_that_fail_together_count_as_one() -> None:
    values = normal(30, 0.02)
    groups = np.repeat(np.arange(10), 3)
    low = bounded_group_mean(values, groups, -1, 1).interval(0.05).low
    assert low < bounded_mean(values, -1, 1).interval(0.05).low - 0.1


def test_a_single_value_has_no_interval() -> None:
    assert np.isnan(bounded_mean(np.ones(1), 0, 1).interval(0.05)).all()


def test_so_many_values_have_an_end_within_the_distance_if_none_shows_a_failure() -> None:
    n = n_to_allow(0.05, 0.001, 1.0, 0.05)
    ends = [bounded_mean(normal(each, 0.001), -1, 1).interval(0.1).low for each in (n - 3, n + 3)]
    assert ends[0] < -0.05 < ends[1]


def test_values_that_spread_need_no_more_for_what_they_did_not_show_than_leaves_room_for_it() -> None:
    assert n_to_allow(0.001, 0.1, 1.0, 0.05) == 12
    assert n_to_allow(0.05, 0.1, inf, 0.05) == 1
