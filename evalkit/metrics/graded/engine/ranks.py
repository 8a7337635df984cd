"""Ranks in a weighted set, and the first-order expansion of their correlation.

A resample is ranked by adding up its weights in an order that is found once. For large sets even that is
slow, and the bootstrap takes the expansion instead (docs/adr/0021-expanded-rank-correlation.md): around the
set itself, the covariance of ranks and both spreads are sums of three weights each, so that to first order in
the weights each is a plain weighted mean of one number for each row (von Mises 1947; Hampel 1974).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from evalkit.metrics.metric import Floats

#: Weights (b, n) -> values (b,).
Weighing = Callable[[Floats], Floats]
#: Cells of weights that are ranked in one go: so many stay in the processor's cache.
_CELLS = 100_000
#: Variances below this share of the mean square are rounding.
_ROUNDING = 1e-13


class Ranking:
    """The order of (n,) values; equal ones share a group."""

    def __init__(self, values: Floats) -> None:
        self.order = np.argsort(values, kind="stable")
        ordered = values[self.order]
        self.starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        self.groups = np.empty(len(values), dtype=np.intp)
        self.groups[self.order] = np.repeat(
            np.arange(len(self.starts)), np.diff(self.starts, append=len(values))
        )

    def ranks(self, weights: Floats) -> tuple[Floats, Floats]:
        """Mean ranks less the mean of all ranks, (b, n), under weights (b, n); and the sum of their weighted
        squares, (b,), which is (N^3 - sum of t^3) / 12 for groups of weight t and N in all."""
        sizes = self._sizes(weights)
        ends = np.cumsum(sizes, axis=1)
        total = ends[:, -1:]
        spread = (total[:, 0] ** 3 - np.einsum("bg,bg->b", sizes * sizes, sizes)) / 12
        sizes += total
        sizes *= 0.5
        ends -= sizes
        return np.take(ends, self.groups, axis=1), spread

    def below_or_half(self, values: Floats) -> Floats:
        """For each row the sum of the values (n,) that rank below it and half of those in its own group."""
        sums = self._sizes(values[np.newaxis])[0]
        below: Floats = (np.cumsum(sums) - 0.5 * sums)[self.groups]
        return below

    def _sizes(self, weights: Floats) -> Floats:
        ordered = np.take(weights, self.order, axis=1)
        if len(self.starts) == len(self.order):
            return ordered
        sizes: Floats = np.add.reduceat(ordered, self.starts, axis=1)
        return sizes


def correlation(
    covariance: Floats, spread_x: Floats, spread_y: Floats, scale_x: Floats, scale_y: Floats
) -> Floats:
    """Covariance over the root of both spreads; NaN where a spread is no more than rounding."""
    is_defined = (spread_x > _ROUNDING * scale_x) & (spread_y > _ROUNDING * scale_y)
    root = np.sqrt(np.where(is_defined, spread_x, 1)) * np.sqrt(np.where(is_defined, spread_y, 1))
    return np.where(is_defined, np.clip(covariance / root, -1, 1), np.nan)


def rank_correlation(x: Ranking, y: Ranking, weights: Floats) -> Floats:
    """(b,) rank correlations under weights (b, n)."""
    step = max(1, _CELLS // max(1, weights.shape[1]))
    parts = [_rank_correlation(x, y, weights[at : at + step]) for at in range(0, len(weights), step)]
    return np.concatenate(parts) if parts else np.empty(0)


def _rank_correlation(x: Ranking, y: Ranking, weights: Floats) -> Floats:
    (rank_x, spread_x), (rank_y, spread_y) = x.ranks(weights), y.ranks(weights)
    scale = weights.sum(axis=1) ** 3
    rank_x *= weights
    return correlation(np.einsum("bn,bn->b", rank_x, rank_y), spread_x, spread_y, scale, scale)


def expanded_rank_correlation(x: Ranking, y: Ranking) -> Weighing:
    """The same to first order in the weights."""
    return partial(_expanded_correlation, _expanded_rows(x, y))


def _expanded_rows(x: Ranking, y: Ranking) -> Floats:
    """(n, 4): what each row adds to covariance and spreads of the ranks, as shares of n, and to n."""
    n = len(x.order)
    rank_x, rank_y = (side.ranks(np.ones((1, n)))[0][0] / n for side in (x, y))
    columns = [
        # The row's own product, and what its weight changes in the ranks of all others.
        a * b - (side_a.below_or_half(b) + side_b.below_or_half(a)) / n
        for (side_a, a), (side_b, b) in (
            ((x, rank_x), (y, rank_y)),
            ((x, rank_x), (x, rank_x)),
            ((y, rank_y), (y, rank_y)),
        )
    ]
    # A sum of three weights each is three times as steep as it is high.
    return np.stack([*(column - 2 / 3 * column.mean() for column in columns), np.ones(n)], axis=1)


def _expanded_correlation(rows: Floats, weights: Floats) -> Floats:
    covariance, spread_x, spread_y, total = (weights @ rows).T
    return correlation(covariance, spread_x, spread_y, total, total)
