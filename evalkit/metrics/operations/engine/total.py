"""Base of the metrics that are sums over responses."""

from __future__ import annotations

from math import inf

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.metrics.base import ResponseMetric, weighted_sums
from evalkit.metrics.metric import Floats


@frozen
class TotalMetric(ResponseMetric):
    """Sum over the responses that carry the number; smaller is better, NaN where none counts."""

    kind = "total"
    role = "operation"
    is_higher_better = False
    bounds = (0.0, inf)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted sum of the first column."""
        sums, total = weighted_sums(rows, weights)
        return np.where(total > 0, sums[:, 0], np.nan)
