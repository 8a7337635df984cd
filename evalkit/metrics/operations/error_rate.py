"""``error_rate``: the share of responses that failed, all of them or those of one kind."""

from __future__ import annotations

from typing import ClassVar, Literal

from evalkit.core.columns import column_of
from evalkit.core.error_kinds import OTHER, ErrorKind
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, column, weighted_mean
from evalkit.metrics.metric import Floats, OfResponses, Table


@frozen
class ErrorRate(BaseMetric):
    """Share in 0..1 of responses with an error from the model or from any scorer; smaller is better.

    The one metric that counts failed responses: ``n_failed`` is always 0. NaN where nothing was asked.

    Args:
        error: one class of errors alone, as in ``error_rate:late``: those of ``responses.error_kind``, or
            ``scorer`` for answers that a scorer could not score.
    """

    name = "error_rate"
    kind = "binary"
    role = "operation"
    counts_failures = True
    is_higher_better = False
    variant: ClassVar[str | None] = "error"
    brief = "{n:response}, {count:error}"
    of_responses = OfResponses("error", "share_set")

    error: Literal[ErrorKind, "scorer"] | None = None

    def table(self, observations: Observations) -> Table:
        """One column: 1 for a failure, else 0, for each response."""
        failed = self._of_model(observations)
        if self.error in (None, "scorer"):
            errors = column_of(observations.responses, "error")
            for scores in observations.scores.values():
                for i, error in enumerate(column_of(scores, "error")):
                    if error is not None and (self.error is None or errors[i] is None):
                        failed[i] = 1.0
        return Table(column(failed), tuple(observations.sample_ids), 0)

    def _of_model(self, observations: Observations) -> list[float]:
        errors = column_of(observations.responses, "error")
        if self.error is None:
            return [float(error is not None) for error in errors]
        kinds = column_of(observations.responses, "error_kind")
        found = zip(errors, kinds, strict=True)
        return [float(error is not None and (kind or OTHER) == self.error) for error, kind in found]

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted share of failures."""
        return weighted_mean(rows, weights)
