"""``refusal_rate``: how many outputs decline to answer."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.refusal import HEAD_CHARS, PATTERN, is_refusal
from evalkit.core.response import Response
from evalkit.metrics.base import ResponseMetric, weighted_mean
from evalkit.metrics.metric import Floats, OfResponses


@frozen
class RefusalRate(ResponseMetric):
    """Share in 0..1 of the outputs that are a refusal; smaller is better unless told otherwise (requests that
    should be refused).

    One that the provider calls so (``finish_reason``), or that begins like one, in English. For the latter a
    pattern decides, which agrees with people on 95 % of GPT-4's answers to XSTest: good for a share that
    moves, not for the verdict about one answer. MetricError where there is no output.

    Args:
        higher_is_better: true if larger is better.
    """

    name = "refusal_rate"
    kind = "binary"
    role = "operation"
    is_higher_better = False
    what = "an output"
    brief = "{count:refusal}"
    of_responses = OfResponses("output", "share_found", PATTERN, HEAD_CHARS, has_direction=False)

    higher_is_better: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "is_higher_better", self.higher_is_better)

    def value_of(self, response: Response) -> float | None:
        return _is_refused(response.output, response.finish_reason)

    def _values(self, responses: Sequence[Response]) -> Sequence[float | None]:
        return list(map(_is_refused, column_of(responses, "output"), column_of(responses, "finish_reason")))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted share."""
        return weighted_mean(rows, weights)


def _is_refused(output: str | None, finish_reason: str | None) -> float | None:
    return None if output is None else float(finish_reason == "refusal" or is_refusal(output))
