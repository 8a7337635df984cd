"""Quantiles and tails of the standard normal distribution."""

from __future__ import annotations

from math import erfc, sqrt
from statistics import NormalDist

_STANDARD = NormalDist()


def normal_quantile(share: float) -> float:
    """z with P(Z <= z) = ``share``, in (0, 1) (Wichura 1988, AS 241)."""
    return _STANDARD.inv_cdf(share)


def normal_tail(z: float) -> float:
    """P(Z >= z), accurate far into the tail."""
    return 0.5 * erfc(z / sqrt(2))
