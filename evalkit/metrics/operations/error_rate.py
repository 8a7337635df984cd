"""``error_rate``: the share of responses that failed."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, column, weighted_mean
from evalkit.metrics.metric import Floats, Table


@dataclass(frozen=True)
class ErrorRate(BaseMetric):
    """Share in 0..1 of responses with an error from the model or from any scorer; smaller is better.

    The one metric that counts failed responses: ``n_failed`` is always 0. NaN where nothing was asked.
    """

    name = "error_rate"
    kind = "binary"
    role = "operation"
    counts_failures = True
    is_higher_better = False

    def table(self, observations: Observations) -> Table:
        """One column: 1 for a failure, else 0, for each response."""
        failed = [float(error is not None) for error in column_of(observations.responses, "error")]
        for scores in observations.scores.values():
            for i, error in enumerate(column_of(scores, "error")):
                if error is not None:
                    failed[i] = 1.0
        return Table(column(failed), tuple(observations.sample_ids), 0)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted share of failures."""
        return weighted_mean(rows, weights)
