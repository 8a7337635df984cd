"""``refusal_rate``: how many outputs decline to answer."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.refusal import is_refusal
from evalkit.core.response import Response
from evalkit.metrics.base import ResponseMetric, weighted_mean
from evalkit.metrics.metric import Floats


@dataclass(frozen=True)
class RefusalRate(ResponseMetric):
    """Share in 0..1 of the outputs that begin like a refusal, in English; smaller is better unless told
    otherwise (requests that should be refused).

    A pattern decides, which agrees with people on 95 % of GPT-4's answers to XSTest: good for a share that
    moves, not for the verdict about one answer. MetricError where there is no output.

    Args:
        higher_is_better: true turns the direction.
    """

    name = "refusal_rate"
    kind = "binary"
    role = "operation"
    is_higher_better = False
    what = "an output"

    higher_is_better: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "is_higher_better", self.higher_is_better)

    def value_of(self, response: Response) -> float | None:
        return None if response.output is None else float(is_refusal(response.output))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted share."""
        return weighted_mean(rows, weights)
