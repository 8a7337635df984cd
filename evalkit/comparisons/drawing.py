"""Draws of a corpus metric: a bootstrap over samples, or tables where the metric is of a confusion table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.metrics.metric import Floats, Metric
from evalkit.stats.bootstrap import SampleRows, bootstrap
from evalkit.stats.smoothed import MAX_UNITS, Cells, smoothed_draws


def draws_of(metric: Metric, sides: Sequence[SampleRows], n_units: int, seed: int = 0) -> Floats:
    """The metric over draws of the samples, or groups, that ``sides`` code, (len(sides), draws).

    Every side sees the same draw; exchanging two sides exchanges their draws.
    """
    cells = _cells(metric, sides, n_units)
    if cells is None:
        expansion = metric.expansion if metric.has_expansion else None
        return bootstrap(metric.aggregate, sides, n_units, seed=seed, expansion=expansion)
    values = [float(metric.aggregate(side.rows)[0]) for side in sides]
    # The lower side first, as the cells of a pair have an order; of like values the one of lower rows.
    order = sorted(range(len(sides)), key=lambda i: (values[i], sides[i].rows.tobytes()))
    drawn = smoothed_draws(metric.aggregate, [sides[i] for i in order], cells, n_units, seed=seed)
    return drawn[np.argsort(order)]


def _cells(metric: Metric, sides: Sequence[SampleRows], n_units: int) -> list[Floats] | None:
    if not metric.has_cells or len({side.rows.shape[1] for side in sides}) > 1:
        return None
    if n_units > MAX_UNITS and any(len(side.rows) != n_units for side in sides):
        return None
    return Cells(metric.cells(np.concatenate([side.rows for side in sides]))).of(len(sides))
