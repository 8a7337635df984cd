"""The interval of a number that is fitted to all rows together, by what each row adds to it.

Each row's contribution is the derivative of the number by the row's weight (the infinitesimal jackknife:
Jaeckel 1972; Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 21.3), so that the number
is the mean of them to first order. Where the number is a mean already, contributions are its values, and the
interval is that of a mean.
"""

from __future__ import annotations

import numpy as np

from evalkit.metrics.metric import Floats, Metric, Table
from evalkit.stats.bootstrap import Codes
from evalkit.stats.intervals import Interval
from evalkit.stats.weighted import weighted_mean_interval

#: By how much a row's weight is moved to either side.
_STEP = 0.01


def fitted_interval(metric: Metric, table: Table, groups: Codes | None, alpha: float) -> Interval:
    """The 1 - alpha interval of a metric of kind ``fitted``, which has finite bounds."""
    weights = table.rows[:, 0]
    value, moves = _moves(metric, table.rows)
    values = value + moves * (weights.sum() / weights)
    low, high = metric.bounds
    low, high = min(low, float(values.min())), max(high, float(values.max()))
    return weighted_mean_interval(values, weights, low, high, alpha, groups)


def _moves(metric: Metric, rows: Floats) -> tuple[float, Floats]:
    """The value, and (n,) its derivative by how often each row counts."""
    unlike, its, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    steps = _STEP * np.eye(len(unlike))
    value = float(metric.aggregate(unlike, counts[np.newaxis].astype(np.float64))[0])
    above, below = metric.aggregate(unlike, counts + steps), metric.aggregate(unlike, counts - steps)
    moves: Floats = ((above - below) / (2 * _STEP))[its.reshape(-1)]
    return value, moves
