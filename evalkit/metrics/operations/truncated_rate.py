"""``truncated_rate``: how many answers were cut at ``max_tokens``."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.response import Response
from evalkit.metrics.base import ResponseMetric, weighted_mean
from evalkit.metrics.metric import Floats


@frozen
class TruncatedRate(ResponseMetric):
    """Share in 0..1 of the responses that were cut at ``max_tokens``; smaller is better.

    Of the responses whose provider says how they ended (``finish_reason``); MetricError where none does. A
    cut answer is not a wrong one: see ``max_truncated_rate`` of a task.
    """

    name = "truncated_rate"
    kind = "binary"
    role = "operation"
    is_higher_better = False
    what = "a finish reason"

    def value_of(self, response: Response) -> float | None:
        return _is_cut(response.finish_reason)

    def _values(self, responses: Sequence[Response]) -> Sequence[float | None]:
        return list(map(_is_cut, column_of(responses, "finish_reason")))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted share."""
        return weighted_mean(rows, weights)


def _is_cut(finish_reason: str | None) -> float | None:
    return None if finish_reason is None else float(finish_reason == "length")
