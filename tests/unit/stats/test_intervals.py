"""Intervals against scipy and statsmodels, their laws, and their coverage."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from evalkit.stats.intervals import (
    clip_to_quantile,
    clustered_error,
    clustered_wilson_interval,
    percentile_interval,
    quantile_interval,
    t_interval,
    unseen_half_width,
    wilson_interval,
)

alphas = st.sampled_from([0.001, 0.0025, 0.01, 0.05, 0.1, 0.3])


@pytest.mark.parametrize("k, n", [(0, 5), (5, 5), (1, 7), (511, 1_000), (99_990, 100_000)])
@pytest.mark.parametrize("alpha", [0.05, 0.0025])
def test_wilson_agrees_with_statsmodels(k: int, n: int, alpha: float) -> None:
    low, high = proportion_confint(k, n, alpha, method="wilson")
    assert wilson_interval(k / n, n, alpha) == pytest.approx((low, high), abs=1e-12)


@given(st.integers(1, 500), st.data(), alphas)
def test_wilson_holds_the_point_within_0_and_1_and_grows_with_confidence(
    n: int, data: st.DataObject, alpha: float
) -> None:
    share = data.draw(st.integers(0, n)) / n
    low, high = wilson_interval(share, n, alpha)
    wider = wilson_interval(share, n, alpha / 2)
    assert 0 <= wider.low <= low <= share <= high <= wider.high <= 1


def test_t_interval_agrees_with_scipy() -> None:
    values = np.random.default_rng(0).normal(3, 2, 25)
    error, df = clustered_error(values, np.arange(25))
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.99)
    assert t_interval(values.mean(), error, df, 0.01) == pytest.approx(
        (reference.low, reference.high), rel=1e-10
    )


def test_clustered_error_agrees_with_statsmodels_on_unequal_repeats() -> None:
    rng = np.random.default_rng(1)
    samples = np.sort(rng.integers(0, 40, 200))
    samples = np.unique(samples, return_inverse=True)[1]
    values = rng.normal(size=200) + rng.normal(size=40)[samples]
    fit = sm.OLS(values, np.ones(200)).fit(
        cov_type="cluster", cov_kwds={"groups": samples, "use_correction": False}
    )
    m = samples.max() + 1
    error, df = clustered_error(values, samples)
    assert error == pytest.approx(fit.bse[0] * sqrt(m / (m - 1)), rel=1e-10)
    assert df == m - 1


def test_equal_repeats_count_as_the_means_of_their_samples() -> None:
    values = np.random.default_rng(2).random(60)
    error, df = clustered_error(values, np.repeat(np.arange(20), 3))
    means = values.reshape(20, 3).mean(axis=1)
    assert (error, df) == pytest.approx((means.std(ddof=1) / sqrt(20), 19))


def test_repeats_that_always_agree_make_a_share_no_surer() -> None:
    values = np.repeat([1.0] * 15 + [0.0] * 5, 10)
    low, high = clustered_wilson_interval(values, np.repeat(np.arange(20), 10))
    single = wilson_interval(0.75, 20)
    # A little wider than Wilson's own: that the repeats agree is known from 20 samples only.
    assert single.low - 0.025 < low <= single.low
    assert single.high <= high < single.high + 0.025


def test_a_perfect_share_with_repeats_is_as_sure_as_its_samples() -> None:
    assert clustered_wilson_interval(np.ones(50), np.repeat(np.arange(5), 10)) == wilson_interval(1.0, 5)


@pytest.mark.parametrize("share", [0.5, 0.95])
@pytest.mark.parametrize("n", [100, 1_000])
def test_order_statistics_agree_with_scipys_exact_interval(share: float, n: int) -> None:
    values = np.random.default_rng(3).lognormal(size=n)
    reference = stats.quantile_test(values, p=share).confidence_interval(0.95)
    assert quantile_interval(values, share) == pytest.approx((reference.low, reference.high))


def test_p95_has_an_interval_from_72_values_on_and_not_before() -> None:
    values = np.arange(72.0)
    assert quantile_interval(values, 0.95).high == 71
    assert isnan(quantile_interval(values[:71], 0.95).high)


@given(st.integers(1, 10_000), alphas)
def test_what_was_not_seen_is_wilsons_upper_end_of_zero(n: int, alpha: float) -> None:
    assert unseen_half_width(n, 2.0, alpha) == pytest.approx(
        2 * wilson_interval(0.0, n, alpha).high, rel=1e-9
    )


def test_percentiles_of_the_same_draws_agree_with_scipys_bootstrap() -> None:
    values = np.random.default_rng(4).lognormal(size=30)
    reference = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=999, random_state=0)
    expected = reference.confidence_interval
    assert percentile_interval(reference.bootstrap_distribution) == pytest.approx(
        (expected.low, expected.high)
    )


def test_percentiles_leave_undefined_draws_out() -> None:
    draws = np.array([np.nan, *np.arange(101.0)])
    assert percentile_interval(draws, 0.1) == (5.0, 95.0)


def test_wilson_covers_the_truth_as_often_as_it_says_over_all_shares() -> None:
    # Exact, by the binomial probabilities of the counts whose interval holds the truth.
    intervals = np.array([wilson_interval(k / 60, 60) for k in range(61)])
    truths = np.linspace(0.05, 0.95, 181)
    holds = (intervals[:, :1] <= truths) & (truths <= intervals[:, 1:])
    coverage = (holds * stats.binom.pmf(np.arange(61)[:, np.newaxis], 60, truths)).sum(axis=0)
    assert coverage.mean() == pytest.approx(0.95, abs=0.005)
    assert coverage.min() > 0.91


def test_means_and_medians_are_covered_as_often_as_their_intervals_say() -> None:
    rng = np.random.default_rng(4)
    mean_hits, median_hits = 0, 0
    for _ in range(2_000):
        values = rng.normal(1, 1, 20)
        low, high = t_interval(values.mean(), values.std(ddof=1) / sqrt(20), 19)
        mean_hits += low <= 1 <= high
        low, high = quantile_interval(values, 0.5)
        median_hits += low <= 1 <= high
    # Four binomial standard errors of 0.95 over 2,000 draws are 0.0195; order statistics cover 0.9586 here.
    assert mean_hits / 2_000 == pytest.approx(0.95, abs=0.02)
    assert median_hits / 2_000 == pytest.approx(0.9586, abs=0.02)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_clipping_to_a_quantile_keeps_its_neighbourhood_and_merges_the_rest(share: float) -> None:
    values = np.random.default_rng(5).lognormal(size=10_000)
    clipped = clip_to_quantile(values, share)
    # Six standard errors of the rank are outside the window, four are inside.
    for errors in (-4, 0, 4):
        place = share + errors * sqrt(share * (1 - share) / 10_000)
        assert np.quantile(clipped, place) == np.quantile(values, place)
    outside = share + 6 * sqrt(share * (1 - share) / 10_000)
    assert np.quantile(clipped, outside) < np.quantile(values, outside)
    assert len(np.unique(clipped)) < 10 * sqrt(share * (1 - share) * 10_000) + 10
