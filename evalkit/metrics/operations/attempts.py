"""``retries`` and ``throttled``: attempts that failed before an answer, or before giving up."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.errors import UndefinedError
from evalkit.metrics.base import column
from evalkit.metrics.metric import Table
from evalkit.metrics.operations.engine.total import TotalMetric


@dataclass(frozen=True)
class AttemptMetric(TotalMetric):
    """Base: a sum over all responses that carry the number, failed ones among them."""

    unit = "calls"
    counts_failures = True
    what = "a number of attempts"

    def table(self, observations: Observations) -> Table:
        """One column. Raises MetricError when no response carries the number."""
        assert self.field is not None
        pairs = zip(observations.sample_ids, column_of(observations.responses, self.field), strict=True)
        known = [(sample_id, n) for sample_id, n in pairs if n is not None]
        if not known:
            raise UndefinedError(f"no response carries {self.what}")
        return Table(column([n for _, n in known]), tuple(sample_id for sample_id, _ in known), 0)


@dataclass(frozen=True)
class Retries(AttemptMetric):
    """Attempts that failed and were made again, over all responses, >= 0; smaller is better.

    MetricError where nothing was asked: a recording does not tell.
    """

    name = "retries"
    field = "retries"


@dataclass(frozen=True)
class Throttled(AttemptMetric):
    """Attempts among ``retries`` that were rejected by a rate limit (429), >= 0; smaller is better.

    MetricError where nothing was asked: a recording does not tell.
    """

    name = "throttled"
    field = "throttled"
