"""``cost_usd``, ``cost_usd_mean`` and ``spent_usd``: what the responses cost."""

from __future__ import annotations

from math import inf

from evalkit.core.account import PRICE_HINT, is_spent
from evalkit.core.frozen import frozen
from evalkit.core.response import Response
from evalkit.metrics.base import ResponseMetric, weighted_mean
from evalkit.metrics.metric import Floats, OfResponses
from evalkit.metrics.operations.engine.total import TotalMetric

_WHAT = "a price"
_HINT = f"{PRICE_HINT}; pip install 'pytest-evalkit[prices]' brings public prices"


@frozen
class CostUsd(TotalMetric):
    """Price of all responses in US dollars, >= 0; smaller is better.

    The total over the responses whose price is known (``n`` says how many); cached ones count with their
    original price. MetricError where none is known: an unknown price is not zero.
    """

    name = "cost_usd"
    unit = "usd"
    what = _WHAT
    hint = _HINT
    field = "cost_usd"
    brief = "{value}"


@frozen
class SpentUsd(TotalMetric):
    """US dollars of the calls that were made, >= 0; smaller is better.

    As ``cost_usd``, but what the response cache or a recording answered costs nothing. MetricError where no
    price is known.
    """

    name = "spent_usd"
    unit = "usd"
    what = _WHAT
    hint = _HINT

    def value_of(self, response: Response) -> float | None:
        return response.cost_usd if is_spent(response.is_cached, response.cost_source) else 0.0


@frozen
class CostUsdMean(ResponseMetric):
    """Mean price of a response in US dollars, >= 0; smaller is better.

    Over the responses whose price is known; cached ones count with their original price. MetricError where
    none is known.
    """

    name = "cost_usd_mean"
    kind = "graded"
    role = "operation"
    is_higher_better = False
    bounds = (0.0, inf)
    unit = "usd"
    what = _WHAT
    hint = _HINT
    field = "cost_usd"
    of_responses = OfResponses("cost_usd", "mean")

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the first column."""
        return weighted_mean(rows, weights)
