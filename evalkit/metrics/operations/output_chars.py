"""``output_chars_mean``: how long the outputs are."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from evalkit.core.response import Response
from evalkit.metrics.base import ResponseMetric, weighted_mean
from evalkit.metrics.metric import Floats, OfResponses


@dataclass(frozen=True)
class OutputCharsMean(ResponseMetric):
    """Mean length of the outputs in characters, >= 0; smaller is better (longer answers cost more).

    MetricError where there is no output.
    """

    name = "output_chars_mean"
    kind = "graded"
    role = "operation"
    is_higher_better = False
    bounds = (0.0, inf)
    unit = "none"
    what = "an output"
    of_responses = OfResponses("output", "length", has_direction=False)

    def value_of(self, response: Response) -> float | None:
        return None if response.output is None else len(response.output)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the first column."""
        return weighted_mean(rows, weights)
