"""Confidence intervals for one number. ``alpha`` is 1 - confidence, in (0, 1); both ends are included."""

from __future__ import annotations

from math import nan, sqrt
from typing import NamedTuple

import numpy as np

from evalkit.stats.binomial import binomial_cdf
from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.normal import normal_quantile
from evalkit.stats.student import t_quantile


class Interval(NamedTuple):
    """Both ends; NaN where the data cannot give any."""

    low: float
    high: float


NO_INTERVAL = Interval(nan, nan)


def wilson_interval(share: float, n: float, alpha: float = 0.05) -> Interval:
    """Wilson's score interval of a share seen over n trials (n may be an effective number).

    Source: Wilson 1927, JASA 22:209-212.
    """
    if not n > 0:
        return NO_INTERVAL
    z2 = normal_quantile(1 - alpha / 2) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = 0.0 if share == 0 else min(share, max(0.0, centre - half))
    high = 1.0 if share == 1 else max(share, min(1.0, centre + half))
    return Interval(low, high)


def t_interval(mean: float, standard_error: float, df: float, alpha: float = 0.05) -> Interval:
    """Student's interval of a mean (Student 1908, Biometrika 6:1-25)."""
    if not df > 0:
        return NO_INTERVAL
    half = t_quantile(1 - alpha / 2, df) * standard_error
    return Interval(mean - half, mean + half)


def clustered_error(values: Floats, samples: Codes) -> tuple[float, float]:
    """Cluster-robust standard error of the mean of ``values`` (n,), and its degrees of freedom.

    Args:
        samples: (n,) codes 0 .. m - 1; responses of one sample are not independent.

    With one response each, or K each, this is the standard error of the mean of the sample means.
    Source: Miller 2024, arXiv 2411.00640, section 2.2, with the m / (m - 1) correction (CR1 of Cameron and
    Miller 2015, Journal of Human Resources 50:317-372).
    """
    sums = np.bincount(samples, weights=values - values.mean())
    m = len(sums)
    if m < 2:
        return nan, 0.0
    return sqrt(m / (m - 1) * float(sums @ sums)) / len(values), m - 1.0


def clustered_wilson_interval(
    values: Floats, samples: Codes, alpha: float = 0.05, n_responses: int | None = None
) -> Interval:
    """Wilson's interval of a share of ``values`` (n,) in 0/1 when a sample stands several times, by
    ``effective_wilson_interval`` with ``clustered_error``."""
    n_samples = float(samples.max()) + 1
    error, df = clustered_error(values, samples)
    return effective_wilson_interval(values, error, df, n_samples, alpha, n_responses)


def effective_wilson_interval(
    values: Floats,
    error: float,
    df: float,
    n_clusters: float,
    alpha: float = 0.05,
    n_responses: int | None = None,
) -> Interval:
    """Wilson's interval of the share of ``values`` (n,) in 0/1 on an effective number of trials.

    It is the number that a simple draw would need for the same clustered standard error, times the square
    of the ratio of Student's quantiles for n - 1 and ``df`` degrees of freedom, as a few clusters leave that
    error itself uncertain; at most n. Where the error is zero, clusters that always agree are assumed.
    Source: Korn and Graubard 1998, Survey Methodology 24:193-201; with Wilson's interval as in Franco et al.
    2019, Journal of Survey Statistics and Methodology 7:334-364.

    Args:
        error, df: clustered standard error of the mean of ``values``, and its degrees of freedom.
        n_clusters: clusters, as many as of equal size would count the same.
        n_responses: responses behind ``values`` where these are means over some; None where they are none.
    """
    share, n = float(values.mean()), n_responses or len(values)
    if not error > 0:
        return wilson_interval(share, min(n_clusters, float(n)), alpha)
    ratio = t_quantile(1 - alpha / 2, n - 1) / t_quantile(1 - alpha / 2, df)
    return wilson_interval(share, min(share * (1 - share) / error**2 * ratio**2, float(n)), alpha)


def quantile_interval(values: Floats, share: float, alpha: float = 0.05) -> Interval:
    """Order statistics around the quantile at ``share`` in (0, 1), free of any distribution.

    NaN at both ends where n is too small for its coverage (under 72 values for the 95 % interval of p95).
    Source: Hahn and Meeker 1991, Statistical Intervals, section 5.2.
    """
    n = len(values)
    low_rank = _last_rank(n, share, alpha / 2)
    high_rank = n + 1 - _last_rank(n, 1 - share, alpha / 2)
    if low_rank < 1 or high_rank > n:
        return NO_INTERVAL
    parts = np.partition(values, (low_rank - 1, high_rank - 1))
    return Interval(float(parts[low_rank - 1]), float(parts[high_rank - 1]))


def clip_to_quantile(values: Floats, share: float) -> Floats:
    """Values far from the quantile moved to the ends of a window of five standard errors around it.

    No resample's quantile lies further out (chance 6e-7), and none inside changes, but most values become
    equal, and equal ones are cheap to resample together.
    """
    n = len(values)
    reach = 5.0 * sqrt(share * (1 - share) * n) + 2.0
    low, high = np.clip((n * share - reach, n * share + reach), 0, n - 1).astype(int)
    parts = np.partition(values, (low, high))
    return np.clip(values, parts[low], parts[high])


def _last_rank(n: int, share: float, tail: float) -> int:
    """The largest rank r with P(Binomial(n, share) <= r - 1) <= tail, 0 when there is none."""
    low, high = 0, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if binomial_cdf(middle - 1, n, share) <= tail else (low, middle)
    return low


def unseen_half_width(n: float, scale: float, alpha: float = 0.05) -> float:
    """How far a mean may be off when n samples showed nothing at all.

    Wilson's upper limit (1927) for the share of samples that differ, 0 of n seen, each moving by ``scale``.
    """
    z2 = normal_quantile(1 - alpha / 2) ** 2
    return scale * z2 / (n + z2) if n > 0 else nan


def percentile_interval(draws: Floats, alpha: float = 0.05) -> Interval:
    """The middle 1 - alpha of bootstrap draws, NaN among them left out; Efron and Tibshirani 1993, ch. 13."""
    finite = draws[np.isfinite(draws)]
    if not len(finite):
        return NO_INTERVAL
    low, high = np.quantile(finite, (alpha / 2, 1 - alpha / 2))
    return Interval(float(low), float(high))
