"""``pearson`` and ``spearman``: correlation of the answers with the targets, both as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import ScoreMetric, table_of, weighted_sums
from evalkit.metrics.graded.engine.ranks import (
    Ranking,
    Weighing,
    correlation,
    expanded_rank_correlation,
    rank_correlation,
)
from evalkit.metrics.metric import Floats, Table


@dataclass(frozen=True)
class CorrelationMetric(ScoreMetric):
    """Base: pairs of (answer, target); an answer that is not a finite number counts as failed."""

    kind = "corpus"
    reads_texts = True
    bounds = (-1.0, 1.0)
    unit = "none"
    reads = "answer"
    scorers = ("numeric", "choice", "regex", "exact_match", "python")
    default_scorers: ClassVar[tuple[str, str]] = ("choice", "numeric")

    def _table(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Table:
        pairs = []
        read = []
        for i, text in zip(kept, column_of(scores, "answer"), strict=True):
            answer = _number(text)
            if answer is not None:
                pairs.append((answer, _target(observations, i)))
                read.append(i)
        return table_of(observations, read, self._statistics(np.array(pairs).reshape(-1, 2)))

    def _statistics(self, pairs: Floats) -> Floats:
        return pairs


@dataclass(frozen=True)
class Pearson(CorrelationMetric):
    """Pearson's linear correlation in -1..1 of answers and targets; larger is better.

    NaN where fewer than two responses count or one side is constant. An answer that is not a number counts
    as failed; a target that is none is a MetricError.

    Source: ``scipy.stats.pearsonr``.

    Args:
        scorer: the scorer whose answers are read.
    """

    name = "pearson"

    def _statistics(self, pairs: Floats) -> Floats:
        # Moments of data that was first centred and scaled: as stable as the two-pass formula.
        if len(pairs):
            pairs = pairs - pairs.mean(axis=0)
            pairs = pairs / np.maximum(np.abs(pairs).max(axis=0), np.finfo(np.float64).tiny)
        x, y = pairs.T
        return np.stack([x, y, x * x, y * y, x * y], axis=1)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Correlation from weighted moments."""
        sums, n = weighted_sums(rows, weights)
        x, y, xx, yy, xy = sums.T
        return correlation(n * xy - x * y, n * xx - x * x, n * yy - y * y, n * xx, n * yy)


@dataclass(frozen=True)
class Spearman(CorrelationMetric):
    """Spearman's rank correlation in -1..1 of answers and targets; larger is better.

    Ties share their mean rank, and each resample is ranked anew. NaN where fewer than two responses count
    or one side is constant. An answer that is not a number counts as failed; a target that is none is a
    MetricError.

    Source: ``scipy.stats.spearmanr``.

    Args:
        scorer: the scorer whose answers are read.
    """

    name = "spearman"
    has_expansion = True

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Pearson's correlation of the ranks in the weighted set."""
        if weights is None:
            weights = np.ones((1, len(rows)))
        if not len(rows):
            return np.full(len(weights), np.nan)
        return rank_correlation(Ranking(rows[:, 0]), Ranking(rows[:, 1]), weights)

    def expansion(self, rows: Floats) -> tuple[Weighing, Weighing]:
        """What resamples of ``rows`` come to, in full and to first order in their weights."""
        x, y = Ranking(rows[:, 0]), Ranking(rows[:, 1])
        return partial(rank_correlation, x, y), expanded_rank_correlation(x, y)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _target(observations: Observations, i: int) -> float:
    value = observations.targets[i]
    number = None if isinstance(value, bool) else _number(value)
    if number is None:
        raise MetricError(f"target {value!r} of sample {observations.sample_ids[i]!r} is not a number")
    return number
