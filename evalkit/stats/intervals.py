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
    """Wilson's score interval of a share seen over n trials (n may be an effective number). Wilson 1927."""
    if not n > 0:
        return NO_INTERVAL
    z2 = normal_quantile(1 - alpha / 2) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = 0.0 if share == 0 else min(share, max(0.0, centre - half))
    high = 1.0 if share == 1 else max(share, min(1.0, centre + half))
    return Interval(low, high)


def t_interval(mean: float, standard_error: float, df: float, alpha: float = 0.05) -> Interval:
    """Student's interval of a mean."""
    if not df > 0:
        return NO_INTERVAL
    half = t_quantile(1 - alpha / 2, df) * standard_error
    return Interval(mean - half, mean + half)


def clustered_error(values: Floats, samples: Codes) -> tuple[float, float]:
    """Cluster-robust standard error of the mean of ``values`` (n,), and its degrees of freedom.

    Args:
        samples: (n,) codes 0 .. m - 1; responses of one sample are not independent.

    With one response each, or K each, this is the standard error of the mean of the sample means.
    Source: arXiv 2411.00640, section 2.2, with the m / (m - 1) correction.
    """
    sums = np.bincount(samples, weights=values - values.mean())
    m = len(sums)
    if m < 2:
        return nan, 0.0
    return sqrt(m / (m - 1) * float(sums @ sums)) / len(values), m - 1.0


def clustered_wilson_interval(
    values: Floats, samples: Codes, alpha: float = 0.05, n_responses: int | None = None
) -> Interval:
    """Wilson's interval of a share when a sample stands several times.

    The number of trials is the one that a simple draw would need for the same clustered standard error:
    between the number of samples (repeats that always agree) and the number of responses. Where the
    error is zero, repeats that agree are assumed.

    Args:
        n_responses: responses behind ``values`` where these are means over some; None where they are none.
    """
    share = float(values.mean())
    error, _ = clustered_error(values, samples)
    n_samples = int(samples.max()) + 1
    n = share * (1 - share) / error**2 if error > 0 else float(n_samples)
    return wilson_interval(share, min(n, float(n_responses or len(values))), alpha)


def quantile_interval(values: Floats, share: float, alpha: float = 0.05) -> Interval:
    """Order statistics around the quantile at ``share`` in (0, 1), free of any distribution.

    NaN at both ends where n is too small for its coverage (under 72 values for the 95 % interval of p95).
    Source: Hahn and Meeker, Statistical Intervals, section 5.2.
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


def unseen_half_width(n: int, scale: float, alpha: float = 0.05) -> float:
    """How far a mean may be off when n samples showed nothing at all.

    Wilson's upper limit for the share of samples that differ, 0 of n seen, each moving by ``scale``.
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
