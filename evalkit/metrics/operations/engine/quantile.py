"""Quantiles over weighted rows."""

from __future__ import annotations

from math import inf

import numpy as np
import numpy.typing as npt

from evalkit.core.frozen import frozen
from evalkit.metrics.base import ResponseMetric, chunked
from evalkit.metrics.metric import Floats


@frozen
class QuantileMetric(ResponseMetric):
    """Base: the ``quantile`` of one number of each response, in 0..inf; smaller is better."""

    kind = "quantile"
    role = "operation"
    is_higher_better = False
    bounds = (0.0, inf)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted quantile of the first column."""
        assert self.quantile is not None
        return weighted_quantile(rows[:, 0], self.quantile, weights)


def weighted_quantile(values: Floats, share: float, weights: Floats | None) -> Floats:
    """(b,) quantiles of (n,) values under (b, n) weights, NaN where no value counts.

    Linear interpolation between order statistics (numpy's default, Hyndman and Fan's type 7); whole
    weights give what repeating the values would give.
    """
    if weights is None:
        return np.array([np.quantile(values, share) if len(values) else np.nan])
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    parts = [_quantiles(ordered, share, part[:, order]) for part in chunked(weights)]
    return np.concatenate(parts) if parts else np.empty(0)


def _quantiles(ordered: Floats, share: float, weights: Floats) -> Floats:
    if not len(ordered):
        return np.full(len(weights), np.nan)
    ends = np.cumsum(weights, axis=1)
    total = ends[:, -1]
    place = np.maximum(total - 1, 0) * share
    below = np.floor(place)
    low = ordered[_index(ends, below)]
    high = ordered[_index(ends, np.minimum(below + 1, np.maximum(total - 1, 0)))]
    # Written as numpy writes it, so that both agree to the last bit.
    part, step = place - below, high - low
    values = np.where(part >= 0.5, high - step * (1 - part), low + step * part)
    return np.where(total > 0, values, np.nan)


def _index(ends: Floats, place: Floats) -> npt.NDArray[np.intp]:
    """Which value stands at a (zero-based) place when each is repeated as its weight says."""
    pairs = zip(ends, place, strict=True)
    index = np.array([np.searchsorted(row, at, side="right") for row, at in pairs], dtype=np.intp)
    return index.clip(max=ends.shape[1] - 1)
