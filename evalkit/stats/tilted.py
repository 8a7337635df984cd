"""Intervals of a mean of bounded values that count what was not seen.

Two in a hundred answers fail in full, from near 1 to 0, and the others hardly move: thirty samples show no
such failure every other time, and Student's interval, which knows the spread that was seen, is then far
too short. A score test asks another question: were the mean as low as ``m``, how much would it vary? The
answer is in the likeliest way for it to be so low: the sample with each value x weighted by exp(-c x),
tilted until its mean is m (Efron 1981, Canadian Journal of Statistics 9:139-172, section 11), and with the
sample a pseudo-observation at the bound. Where values are 0 and 1 this is nearly Wilson's interval (1927);
where they are as good as normal it is Student's.

The pseudo-observation's small weight is chosen so that it counts where one value at the bound would move the
mean by more than some three standard errors. Below that the spread that was seen leaves room for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import ceil, exp, isinf, sqrt
from typing import NamedTuple

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.groups import group_error
from evalkit.stats.intervals import NO_INTERVAL, Interval, unseen_half_width
from evalkit.stats.normal import normal_quantile
from evalkit.stats.student import t_quantile

#: Standard errors by which a value at the bound may move the mean before it is counted unseen, and the
#: weight that it has there: so that intervals of 30 near-normal values of sd 0.1 stay close to Student's.
_ABSORBED, _WEIGHT = 3.0, 0.2
_MAX_POINTS, _BINS = 2_048, 1_024
_GROWTH, _PRECISION, _ROUNDING = 1.1, 1e-9, 1e-12


@frozen
class BoundedMean:
    """The mean of ``values`` (n,), independent ones, each in ``low`` .. ``high``.

    Attributes:
        low, high: bounds; towards an infinite one the interval is Student's.
        error, df: standard error of the mean, and its degrees of freedom.
    """

    values: Floats
    error: float
    df: float
    low: float
    high: float

    @cached_property
    def mean(self) -> float:
        """The mean itself."""
        return float(self.values.mean())

    def interval(self, alpha: float) -> Interval:
        """The 1 - alpha interval, which holds Student's and lies within the bounds.

        Each end is the first mean, on the way out from the one seen, that the score test tells from it at
        alpha / 2: distance = t * standard error in the tilted sample, which counts as no smaller than in
        the sample as it is. NaN where there is no standard error.
        """
        if not self.df > 0:
            return NO_INTERVAL
        return Interval(self._end(self.low, -1, alpha), self._end(self.high, 1, alpha))

    def _end(self, bound: float, sign: int, alpha: float) -> float:
        way, t = bound - self.mean, t_quantile(1 - alpha / 2, self.df)
        if isinf(bound):
            return self.mean + sign * t * self.error
        if sign * way <= _ROUNDING * abs(bound):
            return bound
        if not self.error > 0:
            return self.mean + unseen_half_width(len(self.values), way, alpha)
        return self.mean + way * _reach(self._points.towards(way), self.error / abs(way), t)

    @cached_property
    def _points(self) -> _Points:
        return _points(self.values - self.mean)


def bounded_mean(values: Floats, low: float, high: float) -> BoundedMean:
    """Of independent values (n,) of equal weight: samples, or the means of their repeats."""
    n = len(values)
    error = float(values.std(ddof=1)) / sqrt(n) if n > 1 else 0.0
    return BoundedMean(values, error, n - 1.0, low, high)


def bounded_group_mean(values: Floats, groups: Codes, low: float, high: float) -> BoundedMean:
    """Of values (n,) in groups, coded 0 .. m - 1: whole groups are what varies, with ``group_error``.

    Each group stands for what it adds to the mean, to first order, so that groups of unlike size count as
    they do in the standard error.
    """
    error, df = group_error(values, groups)
    mean, sizes = float(values.mean()), np.bincount(groups)
    moves = np.bincount(groups, weights=values) - sizes * mean
    return BoundedMean(mean + moves * (len(sizes) / len(values)), error, df, low, high)


def n_to_allow(distance: float, deviation: float, way: float, alpha: float) -> int:
    """How many values it takes for a one-sided limit to lie within ``distance`` > 0 of their mean, as far as
    only what they did not show is concerned: a value at the bound, ``way`` from the mean.

    Where they have a standard deviation, it takes no more than leave room for such a value.
    """
    if isinf(way) or distance >= way:
        return 1
    n = normal_quantile(1 - alpha) ** 2 * (way / distance - 1)
    return ceil(min(n, (way / (_ABSORBED * deviation)) ** 2) if deviation > 0 else n)


class _Points(NamedTuple):
    """Deviations (k,) from the mean, how often each; and the variance that merging took from them."""

    values: Floats
    counts: Floats
    merged: float

    def towards(self, way: float) -> _Points:
        """The same with the bound, ``way`` from the mean, at 1."""
        return _Points(self.values / way, self.counts, self.merged / way**2)


def _points(values: Floats) -> _Points:
    """As they are, or the means of narrow bins where there are many."""
    start, stop = float(values.min()), float(values.max())
    if len(values) <= _MAX_POINTS or start == stop:
        return _Points(values, np.ones(len(values)), 0.0)
    codes = ((values - start) * ((_BINS - 1) / (stop - start))).astype(np.intp)
    counts = np.bincount(codes).astype(np.float64)
    sums = np.bincount(codes, weights=values)
    is_used = counts > 0
    counts, means = counts[is_used], sums[is_used] / counts[is_used]
    merged = (float(values @ values) - float(counts @ means**2)) / len(values)
    return _Points(means, counts, merged)


def _reach(points: _Points, error: float, t: float) -> float:
    """How far towards the bound at 1 the end lies."""
    if not t * error < 1:
        return 1.0
    tilt = _Tilt(points, error, t)
    return tilt.mean(_first_root(tilt.surplus, min(0.8 * t * error / tilt.variance, 1.0)))


class _Tilt:
    """The sample and its pseudo-observation at 1, weighted by exp(tilt * value)."""

    def __init__(self, points: _Points, error: float, t: float) -> None:
        self._points = points
        self._top = max(1.0, float(points.values.max()))
        self._unseen = _WEIGHT * exp(-t * _ABSORBED)
        self._squares = points.values**2 + points.merged
        self.variance = float(points.counts @ self._squares / points.counts.sum())
        # Standard error of the mean over the spread of a single value, times Student's quantile.
        self._factor = t * error / sqrt(self.variance)

    def mean(self, tilt: float) -> float:
        """Within 0 .. 1."""
        return min(1.0, self._moments(tilt)[0])

    def surplus(self, tilt: float) -> float:
        """By how much the tilted mean lies beyond what its own standard error allows."""
        mean, square = self._moments(tilt)
        return mean - self._factor * sqrt(max(square - mean * mean, self.variance))

    def _moments(self, tilt: float) -> tuple[float, float]:
        weights = self._points.counts * np.exp(tilt * (self._points.values - self._top))
        unseen = self._unseen * exp(tilt * (1.0 - self._top))
        total = float(weights.sum()) + unseen
        mean = (float(weights @ self._points.values) + unseen) / total
        return mean, (float(weights @ self._squares) + unseen) / total


def _first_root(function: Callable[[float], float], start: float) -> float:
    """Where a function that is negative at 0 first becomes positive: small steps from ``start``, and then
    the Illinois rule (Dowell and Jarratt 1971, BIT 11:168-174)."""
    low, high = 0.0, start
    at_low, at_high = function(low), function(high)
    while at_high < 0:
        low, at_low, high = high, at_high, high * _GROWTH
        at_high = function(high)
    was_high = False
    while high - low > _PRECISION * high:
        middle = high - at_high * (high - low) / (at_high - at_low)
        if not low < middle < high:
            break
        value = function(middle)
        if value < 0:
            low, at_low, at_high, was_high = middle, value, at_high if was_high else 0.5 * at_high, False
        else:
            high, at_high, at_low, was_high = middle, value, 0.5 * at_low if was_high else at_low, True
    return high
