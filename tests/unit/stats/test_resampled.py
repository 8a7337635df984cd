"""Bootstrap intervals and p-values against Student's, the expanded percentiles, and each other."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.stats.resampled import LEAST_P_VALUE, bootstrap_interval, bootstrap_p_values

NORMAL = stats.norm.ppf((np.arange(2_000) + 0.5) / 2_000)
SKEWED = np.exp(NORMAL) - 1


def test_symmetric_draws_of_few_samples_have_students_interval() -> None:
    # Normal draws: percentiles further out and Student's interval are the same thing.
    low, high = bootstrap_interval(NORMAL, 0.0, 29)
    half = stats.t.ppf(0.975, 29) * sqrt(30 / 29)
    assert (low, high) == pytest.approx((-half, half), rel=0.01)


def test_skewed_draws_move_the_end_on_their_long_side_out_to_hesterbergs_percentile() -> None:
    low, high = bootstrap_interval(SKEWED, 0.6, 29)
    tail = stats.norm.sf(sqrt(30 / 29) * stats.t.ppf(0.975, 29))
    assert high == pytest.approx(np.quantile(SKEWED, 1 - tail))
    assert low == pytest.approx(0.6 - stats.t.ppf(0.975, 29) * sqrt(30 / 29) * SKEWED.std(ddof=1))


def test_of_many_samples_the_interval_is_the_percentile_interval() -> None:
    assert bootstrap_interval(NORMAL, 0.0, 100_000) == pytest.approx(
        tuple(np.quantile(NORMAL, (0.025, 0.975))), rel=3e-3
    )


def test_further_out_than_the_draws_can_tell_student_alone_widens_the_interval() -> None:
    low, high = bootstrap_interval(NORMAL, 0.0, 999, alpha=1e-5)
    assert high == pytest.approx(stats.t.ppf(1 - 5e-6, 999) * NORMAL.std(ddof=1), rel=1e-3)
    assert low == pytest.approx(-high)


def test_undefined_draws_are_left_out() -> None:
    holed = np.concatenate((NORMAL, [np.nan] * 50))
    assert bootstrap_interval(holed, 0.0, 99) == bootstrap_interval(NORMAL, 0.0, 99)
    assert bootstrap_p_values(holed + 1, 1.0, 99) == bootstrap_p_values(NORMAL + 1, 1.0, 99)


@given(
    shift=st.floats(-5, 5),
    df=st.sampled_from([1, 5, 29, 400]),
    alpha=st.sampled_from([0.2, 0.05, 0.01, 0.0025, 1e-4]),
    draws=st.sampled_from([NORMAL, SKEWED, -SKEWED]),
)
def test_p_is_below_alpha_just_where_the_interval_leaves_zero_out(
    shift: float, df: int, alpha: float, draws: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    value = float(np.mean(draws)) + shift
    p_value = bootstrap_p_values(draws + shift, value, df).two_sided
    low, high = bootstrap_interval(draws + shift, value, df, alpha)
    # The share beyond zero counts one draw more than there are, so that p is a little above its due.
    if p_value <= alpha:
        assert not low <= 0 <= high
    elif p_value > 1.2 * alpha:
        assert low <= 0 <= high


@given(alpha=st.floats(1e-5, 0.4), df=st.sampled_from([1, 9, 29, 999]))
def test_intervals_grow_with_confidence(alpha: float, df: int) -> None:
    low, high = bootstrap_interval(SKEWED, 0.6, df, alpha)
    wider = bootstrap_interval(SKEWED, 0.6, df, alpha / 2)
    assert wider.low <= low <= 0.6 <= high <= wider.high


def test_p_is_the_share_beyond_zero_where_the_draws_are_skewed() -> None:
    draws = np.concatenate((np.full(30, -1.0), np.full(1_970, 1.0)))
    expected = stats.t.sf(stats.norm.isf(31 / 2_001) * sqrt(99_999 / 100_000), 99_999)
    assert bootstrap_p_values(draws, 0.97, 99_999).better == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx(31 / 2_001, rel=1e-3)


def test_p_goes_on_where_the_draws_end() -> None:
    draws = np.random.default_rng(0).normal(0.4, 0.1, 2_000)
    expected = stats.t.sf(0.4 / (draws.std(ddof=1) * sqrt(1_000 / 999)), 999)
    assert expected < 1 / 2_001
    assert bootstrap_p_values(draws, 0.4, 999) == pytest.approx((1.0, expected), rel=1e-4)


def test_p_goes_no_further_than_two_thousand_draws_can_stand_for() -> None:
    draws = np.random.default_rng(0).normal(-1.0, 0.03, 2_000)
    assert bootstrap_p_values(draws, -1.0, 999).worse == LEAST_P_VALUE == 1e-6


def test_draws_on_the_other_side_of_zero_exchange_the_directions() -> None:
    forth = bootstrap_p_values(SKEWED + 1.5, 1.5, 29)
    assert forth == bootstrap_p_values(-SKEWED - 1.5, -1.5, 29)[::-1]


def test_draws_that_never_move_prove_nothing_and_have_no_width() -> None:
    assert bootstrap_p_values(np.full(2_000, 0.1), 0.1, 9) == (1.0, 1.0)
    low, high = bootstrap_interval(np.full(2_000, 0.1), 0.1, 9)
    assert low == high
