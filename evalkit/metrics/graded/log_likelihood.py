"""``log_likelihood``: how likely a model finds the targets."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log

from evalkit.core.response import Response
from evalkit.metrics.base import ResponseMetric, weighted_mean
from evalkit.metrics.metric import Floats


@dataclass(frozen=True)
class LogLikelihood(ResponseMetric):
    """Mean natural-log probability of the targets, at most 0, in nats; larger is better.

    The choices of the task are its targets: ``choices: "{{ targets }}"`` with ``scoring: loglikelihood``; the
    probabilities of several targets of one sample are added. Source: ``log_likelihood`` of BIG-bench.
    """

    name = "log_likelihood"
    bounds = (-inf, 0.0)
    unit = "none"
    what = "log-probabilities of its targets"

    def value_of(self, response: Response) -> float | None:
        """Logarithm of the summed probabilities."""
        logprobs = response.choice_logprobs
        if not logprobs:
            return None
        highest = max(logprobs)
        if highest == -inf:
            return None
        return min(highest + log(sum(exp(logprob - highest) for logprob in logprobs)), 0.0)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the first column."""
        return weighted_mean(rows, weights)
