"""Two looks at one difference, the second after more answers: what level is left for the second.

The estimate that further answers made better has kept the share ``kept`` of its variance. Both are normal,
and their covariance is the variance of the later one, as what the earlier one has besides is noise of its
own: their correlation is sqrt(kept) (Jennison and Turnbull 2000, Group Sequential Methods, chapter 11). The
more the second look resembles the first, the less it adds to false alarms, and the more of alpha it may have:
from what the first look left (``kept`` 0) to all of it (``kept`` 1).
"""

from __future__ import annotations

from functools import cache
from math import asin, floor, pi, sqrt

import numpy as np
import numpy.typing as npt

from evalkit.stats.normal import normal_quantile, normal_tail

#: The share that was kept is rounded down to this: a little is lost, and the equation seldom solved.
_GRID = 1_000
_STEPS = 40


@cache
def _quadrature() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Nodes and weights of Gauss and Legendre on -1 .. 1. Found when first needed: it starts the threads of
    the linear algebra."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    return nodes, weights


def second_level(alpha: float, first: float, kept: float) -> float:
    """The one-sided level of the second look that holds both together at ``alpha``.

    Args:
        alpha: chance of a false alarm at either look, 0 < alpha < 0.5.
        first: level of the first look, 0 < first < alpha.
        kept: variance of the second estimate over that of the first, 0..1.
    """
    return _solved(alpha, first, floor(_GRID * min(1.0, max(0.0, kept))))


@cache
def _solved(alpha: float, first: float, kept_on_grid: int) -> float:
    z_first, correlation = normal_quantile(1 - first), sqrt(kept_on_grid / _GRID)
    low, high = alpha - first, alpha
    for _ in range(_STEPS):
        level = (low + high) / 2
        overlap = both_above(z_first, normal_quantile(1 - level), correlation)
        low, high = (low, level) if first + level - overlap > alpha else (level, high)
    return low


def both_above(h: float, k: float, correlation: float) -> float:
    """P(X > h, Y > k) of two standard normal variables with correlation 0..1.

    Sheppard's integral over the angle (Drezner and Wesolowsky 1990, Journal of Statistical Computation and
    Simulation 35:101-107), by 64 Gauss-Legendre nodes.
    """
    half = asin(correlation) / 2
    nodes, weights = _quadrature()
    sine = np.sin(half * (nodes + 1))
    exponents = (h * h + k * k - 2 * h * k * sine) / (2 * (1 - sine * sine))
    return normal_tail(h) * normal_tail(k) + half * float(weights @ np.exp(-exponents)) / (2 * pi)
