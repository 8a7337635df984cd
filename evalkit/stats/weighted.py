"""The interval of a mean whose values stand for unequally many: some picked for certain, others at random.

The mean is the sum over two strata, what was picked for certain and what was drawn, of their shares of the
whole times their own means. Each stratum has the tilted interval of its own values, so that thirty that all
pass are no proof that all do; the distances of their ends from their means, times the shares, are squared and
added (Newcombe 1998, Statistics in Medicine 17:873-890; Zou and Donner 2008, 27:1693-1702, for any sum of
independent parts). The whole is itself a draw of cases like these: that adds how far the strata lie apart,
over the size of the whole. With one stratum of equal weights it is the tilted interval itself.

Where values come in groups, distances are stretched by what groups add to the standard error (the square root
of the design effect, Kish 1965, Survey Sampling), with Student's quantiles for as many groups.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.intervals import NO_INTERVAL, Interval
from evalkit.stats.normal import normal_quantile
from evalkit.stats.student import t_quantile
from evalkit.stats.tilted import BoundedMean

#: A weight above 1 by rounding is one of a value that was picked for certain.
_ROUNDING = 1e-9


def weighted_mean_interval(
    values: Floats, weights: Floats, low: float, high: float, alpha: float = 0.05, groups: Codes | None = None
) -> Interval:
    """The 1 - alpha interval of the weighted mean.

    Args:
        values: (n,) within ``low`` .. ``high``, both finite.
        weights: (n,) how many each stands for; 1 where it was picked for certain, above where it was drawn.
        groups: (n,) codes 0 .. m - 1 of values that rise and fall together; None where none do.
    """
    if not len(values):
        return NO_INTERVAL
    total = float(weights.sum())
    mean = float(weights @ values / total)
    is_drawn = weights > 1 + _ROUNDING
    strata = [
        _Stratum.of(values[part], weights[part], low, high) for part in (is_drawn, ~is_drawn) if part.any()
    ]
    between = sum(each.weight / total * (each.mean - mean) ** 2 for each in strata) / total
    spread = normal_quantile(1 - alpha / 2) ** 2 * between
    stretch = 1.0 if groups is None else _stretch(values - mean, weights, groups, alpha)
    ends = [(each.weight / total, each.distances(alpha)) for each in strata]
    below, above = (
        stretch * sqrt(sum((share * distances[side]) ** 2 for share, distances in ends) + spread)
        for side in (0, 1)
    )
    return Interval(max(low, mean - below), min(high, mean + above))


@frozen
class _Stratum:
    """Values that were picked in the same way.

    Attributes:
        weight: how many they stand for.
    """

    weight: float
    mean: float
    low: float
    high: float
    moves: BoundedMean

    @classmethod
    def of(cls, values: Floats, weights: Floats, low: float, high: float) -> _Stratum:
        """Each value stands for what it adds to the mean, to first order, so that unlike weights count."""
        n, weight = len(values), float(weights.sum())
        mean = float(weights @ values / weight)
        shares = weights * (n / weight)
        moved, most = mean + shares * (values - mean), float(shares.max())
        error = float(moved.std(ddof=1)) / sqrt(n) if n > 1 else 0.0
        ends = mean + most * (low - mean), mean + most * (high - mean)
        return cls(weight, mean, low, high, BoundedMean(moved, error, n - 1.0, *ends))

    def distances(self, alpha: float) -> tuple[float, float]:
        """From the mean to either end of its own interval; to the bounds where one value says nothing."""
        found = self.moves.interval(alpha)
        if np.isnan(found.low):
            return self.mean - self.low, self.high - self.mean
        return self.mean - max(found.low, self.low), min(found.high, self.high) - self.mean


def _stretch(deviations: Floats, weights: Floats, groups: Codes, alpha: float) -> float:
    """By how much wider the interval is as whole groups are what varies; never below 1."""
    moves, shares = weights * deviations, weights / weights.sum()
    sums, of_groups = np.bincount(groups, weights=moves), np.bincount(groups, weights=shares)
    n, m = len(moves), len(sums)
    if m < 2:
        return float("inf")
    alone = float(np.sum(moves**2 / np.maximum(1 - shares, _ROUNDING)))
    together = float(np.sum(sums**2 / np.maximum(1 - of_groups, _ROUNDING)))
    if not alone > 0:  # groups that never vary are as many cases as there are groups
        return float(np.sum(of_groups**2) / np.sum(shares**2))
    quantiles = t_quantile(1 - alpha / 2, m - 1) / t_quantile(1 - alpha / 2, max(n - 1, m - 1))
    return max(1.0, sqrt(together / alone) * quantiles)
