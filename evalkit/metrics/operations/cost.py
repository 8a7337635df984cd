"""``cost_usd``: what the responses cost in all."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.response import Response
from evalkit.metrics.operations.engine.total import TotalMetric


@dataclass(frozen=True)
class CostUsd(TotalMetric):
    """Price of all responses in US dollars, >= 0; smaller is better.

    The total over the responses whose price is known (``n`` says how many); cached ones count with their
    original price. MetricError where none is known: an unknown price is not zero.
    """

    name = "cost_usd"
    unit = "usd"
    what = "a price"

    def value_of(self, response: Response) -> float | None:
        return response.cost_usd
