"""Quantiles of the latency and of the time to the first token: how long answers take."""

from __future__ import annotations

from evalkit.core.frozen import frozen
from evalkit.metrics.metric import OfResponses
from evalkit.metrics.operations.engine.quantile import QuantileMetric


@frozen
class LatencyMetric(QuantileMetric):
    """Base: a quantile of the seconds from asking to the whole answer."""

    unit = "s"
    what = "a latency"
    field = "latency_s"


@frozen
class LatencyP50(LatencyMetric):
    """Median latency in seconds, >= 0; smaller is better.

    Retries and failed responses excluded, cached responses with their original latency; MetricError where
    no latency is known. Source: numpy's default quantile, linear interpolation.
    """

    name = "latency_p50_s"
    quantile = 0.5
    brief = "p50 {value}"
    of_responses = OfResponses("latency_s", "quantile")


@frozen
class LatencyP95(LatencyMetric):
    """Latency in seconds that 95 % of the responses stay below, >= 0; smaller is better.

    Retries and failed responses excluded, cached responses with their original latency; MetricError where
    no latency is known. Source: numpy's default quantile, linear interpolation.
    """

    name = "latency_p95_s"
    quantile = 0.95
    brief = "p95 {value}"
    of_responses = OfResponses("latency_s", "quantile")


@frozen
class LatencyP99(LatencyMetric):
    """Latency in seconds that 99 % of the responses stay below, >= 0; smaller is better.

    Retries and failed responses excluded, cached responses with their original latency; MetricError where
    no latency is known. Source: numpy's default quantile, linear interpolation.
    """

    name = "latency_p99_s"
    quantile = 0.99


@frozen
class TtftMetric(QuantileMetric):
    """Base: a quantile of the seconds from asking to the first token."""

    unit = "s"
    what = "a time to the first token"
    field = "ttft_s"


@frozen
class TtftP50(TtftMetric):
    """Median seconds to the first token, >= 0; smaller is better.

    Only streamed responses show it; MetricError where none does. Source: numpy's default quantile.
    """

    name = "ttft_p50_s"
    quantile = 0.5


@frozen
class TtftP95(TtftMetric):
    """Seconds to the first token that 95 % of the responses stay below, >= 0; smaller is better.

    Only streamed responses show it; MetricError where none does. Source: numpy's default quantile.
    """

    name = "ttft_p95_s"
    quantile = 0.95
