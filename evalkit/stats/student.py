"""Tails and quantiles of Student's t distribution."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p, pi, sqrt

from evalkit.stats.normal import normal_quantile

_PRECISION = 1e-16


def t_tail(t: float, df: float) -> float:
    """P(T >= t) with ``df`` > 0 degrees of freedom, accurate far into the tail."""
    if t < 0:
        return 1.0 - t_tail(-t, df)
    return 0.5 * _incomplete_beta(df, t)


@lru_cache(maxsize=4096)
def t_quantile(share: float, df: float) -> float:
    """t with P(T <= t) = ``share`` in (0, 1), by bisection on the tail."""
    if share == 0.5:
        return 0.0
    if share < 0.5:
        return -t_quantile(1.0 - share, df)
    tail = 1.0 - share
    low, high = 0.0, max(2.0, 2.0 * normal_quantile(share))
    while t_tail(high, df) > tail:
        low, high = high, 2.0 * high
    while high - low > 4 * _PRECISION * high:
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if t_tail(middle, df) > tail else (low, middle)
    return 0.5 * (low + high)


def _incomplete_beta(df: float, t: float) -> float:
    """I_x(df/2, 1/2) at x = df / (df + t^2): the share of both tails together.

    1 - x is taken from t itself, so that nothing cancels where t is small against df.
    """
    odds = t * t / df
    if odds == 0:
        return 1.0
    a, b = 0.5 * df, 0.5
    x, y = 1.0 / (1.0 + odds), odds / (1.0 + odds)
    front = exp(-a * log1p(odds) + b * log(y) - _log_beta_half(a))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(a, b, x) / a
    return 1.0 - front * _continued_fraction(b, a, y) / b


def _log_beta_half(a: float) -> float:
    """log B(a, 1/2); for large a by the series of log(gamma(a + 1/2) / gamma(a)), where lgamma cancels."""
    if a < 50:
        return lgamma(a) + 0.5 * log(pi) - lgamma(a + 0.5)
    series = 0.5 * log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5) + 17 / (14336 * a**7)
    return log(sqrt(pi)) - series


def _continued_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1.0 / _nonzero(1.0 - (a + b) * x / (a + 1.0), tiny)
    value = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _nonzero(1.0 + step * d, tiny)
            c = _nonzero(1.0 + step / c, tiny)
            value *= c * d
        if abs(c * d - 1.0) < 2 * _PRECISION:
            break
    return value


def _nonzero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
