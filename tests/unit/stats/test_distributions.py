"""Binomial, normal and Student probabilities against scipy."""

from __future__ import annotations

import pytest
from scipy import stats

from evalkit.stats.binomial import binomial_cdf, binomial_pmf
from evalkit.stats.normal import normal_quantile, normal_tail
from evalkit.stats.student import t_quantile, t_tail

DEGREES = [1, 2, 3, 4, 10, 29, 99, 100, 101, 999, 5_000, 99_999]


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("share", [0.025, 0.5, 0.6, 0.9, 0.975, 0.995, 0.99875, 1 - 1e-6, 1 - 1e-9])
def test_t_quantiles_agree_with_scipy(df: int, share: float) -> None:
    assert t_quantile(share, df) == pytest.approx(stats.t.ppf(share, df), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("t", [-2.0, 0.0, 1e-3, 0.1, 1.0, 2.0, 5.0, 10.0, 30.0])
def test_t_tails_agree_with_scipy_however_far_out(df: int, t: float) -> None:
    assert t_tail(t, df) == pytest.approx(stats.t.sf(t, df), rel=1e-10)


@pytest.mark.parametrize("n", [1, 5, 10, 164, 1_000, 100_000])
@pytest.mark.parametrize("share", [0.5, 0.95, 0.01])
def test_binomial_tails_agree_with_scipy(n: int, share: float) -> None:
    for k in sorted({-1, 0, n // 3, n // 2, int(n * share), max(0, int(n * share) - 30), n - 1, n}):
        assert binomial_cdf(k, n, share) == pytest.approx(stats.binom.cdf(k, n, share), rel=1e-9, abs=1e-300)
        assert binomial_pmf(k, n, share) == pytest.approx(stats.binom.pmf(k, n, share), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("z", [-3.0, 0.0, 1.96, 8.0, 30.0])
def test_normal_tails_and_quantiles_agree_with_scipy(z: float) -> None:
    assert normal_tail(z) == pytest.approx(stats.norm.sf(z), rel=1e-12)
    share = stats.norm.cdf(z)
    if share < 1:
        assert normal_quantile(share) == pytest.approx(stats.norm.ppf(share), abs=1e-12)
