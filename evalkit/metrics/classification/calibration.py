"""How well the probabilities of choices fit: BIG-bench's Brier score and expected calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import MeanMetric, divided, weighted_sums
from evalkit.metrics.metric import Floats

_N_BUCKETS = 15
_EDGES = np.arange(1, _N_BUCKETS) / _N_BUCKETS


@dataclass(frozen=True)
class CalibrationMultipleChoiceBrierScore(MeanMetric):
    """Brier score in 0..1 over all choices of all samples together; smaller is better.

    A row is (sum over the choices, number of choices), so a sample weighs by its choices. Needs
    ``scoring: loglikelihood`` (MetricError otherwise); NaN where nothing was scored. Source: BIG-bench.

    Args:
        scorer: the scorer to read, ``multiple_choice_brier`` by default.
    """

    name = "calibration_multiple_choice_brier_score"
    kind = "corpus"
    is_higher_better = False
    scorers = ("multiple_choice_brier",)

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        n_choices = [len(_logprobs(observations.responses[i], self.name)) for i in kept]
        sums = [(score.value or 0.0) * n for score, n in zip(scores, n_choices, strict=True)]
        return np.array([sums, n_choices], dtype=np.float64).T.reshape(-1, 2)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted sum of the first column over that of the second."""
        sums, _ = weighted_sums(rows, weights)
        return divided(sums[:, 0], sums[:, 1])


@dataclass(frozen=True)
class ExpectedCalibrationError(MeanMetric):
    """Sum over 15 equal bins of confidence of the bin's share times |accuracy - confidence|; 0..1, smaller is
    better.

    Confidence is the probability of the likeliest choice (softmax over the choices); it is right when it is
    the target, the first of several. A row is (right - confidence) in the column of its bin. Needs
    ``scoring: loglikelihood`` (MetricError otherwise); NaN where nothing was scored.

    Source: BIG-bench, after Naeini, Cooper and Hauskrecht 2015.

    Args:
        scorer: the scorer to read, ``multiple_choice_grade`` by default.
    """

    name = "expected_calibration_error"
    kind = "corpus"
    is_higher_better = False
    scorers = ("multiple_choice_grade", "choice")

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        rows = np.zeros((len(kept), _N_BUCKETS))
        for row, i, score in zip(rows, kept, scores, strict=True):
            logprobs = np.array(_logprobs(observations.responses[i], self.name))
            confidence = float(1 / np.exp(logprobs - logprobs.max()).sum())
            target = observations.targets[i]
            first = target[0] if isinstance(target, list | tuple) and target else target
            is_right = score.answer is not None and score.answer == str(first)
            row[np.searchsorted(_EDGES, confidence, side="right")] = is_right - confidence
        return rows

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Sum over the bins of |weighted sum of the column|, over the sum of weights."""
        sums, total = weighted_sums(rows, weights)
        return divided(np.abs(sums).sum(axis=1), total)


def _logprobs(response: Response, metric: str) -> tuple[float, ...]:
    if not response.choice_logprobs:
        raise MetricError(
            f"metric {metric!r} needs the log-probabilities of the choices",
            hint="use 'scoring: loglikelihood'",
        )
    return response.choice_logprobs
