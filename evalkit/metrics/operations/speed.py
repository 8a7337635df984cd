"""``tokens_per_second_p50`` and ``time_per_token_p50_s``: how fast answers are written."""

from __future__ import annotations

from evalkit.core.frozen import frozen
from evalkit.core.response import Response
from evalkit.metrics.operations.engine.quantile import QuantileMetric


@frozen
class TokensPerSecondP50(QuantileMetric):
    """Median of the completion tokens of a response for each second of its latency, >= 0; larger is better.

    The time to the first token is in it, thinking too. Over the responses that carry both numbers, and took
    longer than no time at all; MetricError where none does. Source: numpy's default quantile.
    """

    name = "tokens_per_second_p50"
    quantile = 0.5
    is_higher_better = True
    unit = "tokens_per_s"
    what = "tokens and a latency"

    def value_of(self, response: Response) -> float | None:
        return tokens_per_second(response.completion_tokens, response.latency_s)


@frozen
class TimePerTokenP50(QuantileMetric):
    """Median seconds between two tokens once the first has come, >= 0; smaller is better.

    ``(latency - time to the first token) / (completion tokens - 1)``, the time per output token (TPOT) of
    vLLM's ``bench serve``. Only streamed responses of two tokens or more show it; MetricError where none
    does. Source: numpy's default quantile.
    """

    name = "time_per_token_p50_s"
    quantile = 0.5
    unit = "s"
    what = "a time to the first token and more tokens"

    def value_of(self, response: Response) -> float | None:
        n, latency_s, ttft_s = response.completion_tokens, response.latency_s, response.ttft_s
        if n is None or latency_s is None or ttft_s is None or n < 2:
            return None
        return max(latency_s - ttft_s, 0.0) / (n - 1)


def tokens_per_second(completion_tokens: int | None, latency_s: float | None) -> float | None:
    """Completion tokens for each second of latency; None where either is unknown, or it took no time."""
    if completion_tokens is None or not latency_s:
        return None
    return completion_tokens / latency_s
