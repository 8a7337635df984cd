"""Anytime-valid tests and confidence sequences for the mean of bounded values, by betting.

Somebody who bets, value by value, that the mean is larger than m cannot expect to win while it is not. The
chance that the wealth ever grows to 1 / alpha times its start is at most alpha (Ville 1939), however often
one looks and whenever one stops. Source: Waudby-Smith and Ramdas 2024, "Estimating means of bounded random
variables by betting", JRSS B 86:1-27: their hedged capital process with the wealth spread over a ladder of
constant bets (diversified Kelly), and their sampling without replacement.

Values lie in 0 .. 1. "Smaller than m" is a bet that 1 - value is larger than 1 - m. For values 0 and 1 the
wealth of one bet is the likelihood ratio of two coins, as in Wald 1945.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np

from evalkit.stats.bootstrap import Floats
from evalkit.stats.intervals import Interval
from evalkit.stats.sides import Sides

#: Shares of the largest bet that cannot ruin. Steps of two lose little to the best bet between them; the
#: smallest is for differences that take some 20,000 values to see.
BETS: Floats = 0.98 * 0.5 ** np.arange(8.0)
#: The part of the wealth on each bet at the start, more on those that see large differences: there the wait
#: is short, and the part counts.
SHARES: Floats = np.array([0.15, 0.20, 0.20, 0.15, 0.10, 0.08, 0.07, 0.05])

_LOG_SHARES = np.log(SHARES)
_TINY = 1e-12
_ROUNDING = 1e-9
_HALVINGS = 34


class Wager:
    """Wealth of a bettor who says that the mean is larger than ``mean``; constant time for each value.

    Args:
        population: the number of values in all, where they are drawn from them without replacement and the
            mean is that of all of them; None for independent draws.

    Attributes:
        peak: log of the largest wealth so far, the start counted as 0; inf once the mean is surely larger.
    """

    def __init__(self, mean: float, population: int | None = None) -> None:
        self._mean = mean
        self._population = population
        self._logs: Floats = _LOG_SHARES.copy()
        self._n = 0
        self._sum = 0.0
        self.peak = 0.0

    def add(self, value: float) -> None:
        """Settle the bet on one value in 0 .. 1."""
        if self.peak == inf:
            return
        expected, limit = self._mean, inf
        if self._population is not None:
            total = self._population * self._mean
            expected = (total - self._sum) / max(self._population - self._n, 1)
            limit = total + _ROUNDING * self._population
        self._n += 1
        self._sum += value
        if self._sum > limit or value > _TINY >= expected:
            self.peak = inf
        elif expected > _TINY:
            self._logs += np.log1p(BETS * (value / expected - 1.0))
            top = float(self._logs.max())
            self.peak = max(self.peak, top + log(float(np.exp(self._logs - top).sum())))


def log_wealth(values: Floats, mean: float, population: int | None = None) -> Floats:
    """(n,) log wealth after each of ``values`` (n,), as ``Wager`` has it."""
    sums = np.cumsum(values)
    expected, limit = np.full(len(values), mean), inf
    if population is not None:
        n_left = np.maximum(population - np.arange(len(values)), 1)
        expected = (population * mean - (sums - values)) / n_left
        # Beyond it the values so far alone lift the mean of all above ``mean``.
        limit = population * mean + _ROUNDING * population
    is_open = expected > _TINY
    odds = np.where(is_open, values / np.where(is_open, expected, 1.0), 1.0)
    logs = _LOG_SHARES[:, np.newaxis] + np.cumsum(np.log1p(BETS[:, np.newaxis] * (odds - 1.0)), axis=1)
    top = logs.max(axis=0)
    wealth = top + np.log(np.exp(logs - top).sum(axis=0))
    is_sure = (sums > limit) | ((values > _TINY) & ~is_open)
    wealth[np.logical_or.accumulate(is_sure)] = inf
    return np.asarray(wealth, dtype=np.float64)


def peak_wealth(values: Floats, mean: float, population: int | None = None) -> float:
    """Log of the largest wealth over all times, at least 0."""
    return float(log_wealth(values, mean, population).max(initial=0.0))


def anytime_p_values(peak_up: float, peak_down: float) -> Sides:
    """p-values that are valid whenever one stops, from the peaks of those who bet on a larger mean and on a
    smaller one."""
    return Sides(exp(-peak_down), exp(-peak_up))


def confidence_sequence(values: Floats, alpha: float = 0.05, population: int | None = None) -> Interval:
    """The 1 - alpha interval of the mean after the last of ``values`` (n,), in 0 .. 1.

    It is the intersection of the intervals at all times up to then; with probability 1 - alpha the mean
    lies in every one of them. The means in it are those that ``anytime_p_values`` does not reject, two-sided.
    """
    limit = log(2.0 / alpha)
    low = _last_refuted(values, limit, population)
    high = 1.0 - _last_refuted(1.0 - values, limit, population)
    return Interval(low, high) if low <= high else Interval(high, low)


def _last_refuted(values: Floats, limit: float, population: int | None) -> float:
    """The largest mean that wealth beyond ``limit`` speaks against. Wealth falls as the mean grows."""
    low, high = 0.0, 1.0
    if peak_wealth(values, low, population) < limit:
        return low
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if peak_wealth(values, middle, population) >= limit else (low, middle)
    return low
