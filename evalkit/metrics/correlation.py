"""``pearson`` and ``spearman``: correlation of the answers with the targets, both as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import ScoreMetric, chunked, table_of, weighted_sums
from evalkit.metrics.metric import Floats, Table

#: Variances below this share of the mean square are rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True)
class CorrelationMetric(ScoreMetric):
    """Base: pairs of (answer, target); an answer that is no finite number counts as failed."""

    kind = "corpus"
    bounds = (-1.0, 1.0)
    scorers = ("numeric", "choice", "regex", "exact_match", "python")
    default_scorers: ClassVar[tuple[str, str]] = ("choice", "numeric")

    def _table(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Table:
        pairs = []
        read = []
        for i, score in zip(kept, scores, strict=True):
            answer = _number(score.answer)
            if answer is not None:
                pairs.append((answer, _target(observations, i)))
                read.append(i)
        return table_of(observations, read, self._statistics(np.array(pairs).reshape(-1, 2)))

    def _statistics(self, pairs: Floats) -> Floats:
        return pairs


@dataclass(frozen=True)
class Pearson(CorrelationMetric):
    """Pearson's linear correlation in -1..1 of answers and targets; larger is better.

    NaN where fewer than two responses count or one side is constant. An answer that is no number counts
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
        return _ratio(n * xy - x * y, n * xx - x * x, n * yy - y * y, n * xx, n * yy)


@dataclass(frozen=True)
class Spearman(CorrelationMetric):
    """Spearman's rank correlation in -1..1 of answers and targets; larger is better.

    Ties share their mean rank, and each resample is ranked anew. NaN where fewer than two responses count
    or one side is constant. An answer that is no number counts as failed; a target that is none is a
    MetricError.

    Source: ``scipy.stats.spearmanr``.

    Args:
        scorer: the scorer whose answers are read.
    """

    name = "spearman"

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Pearson's correlation of the ranks in the weighted set."""
        if not len(rows):
            return np.full(1 if weights is None else len(weights), np.nan)
        if weights is None:
            weights = np.ones((1, len(rows)))
        x, y = (np.unique(side, return_inverse=True)[1] for side in rows.T)
        parts = [_rank_correlation(x, y, part) for part in chunked(weights)]
        return np.concatenate(parts) if parts else np.empty(0)


def _rank_correlation(x: npt.NDArray[np.intp], y: npt.NDArray[np.intp], weights: Floats) -> Floats:
    rank_x, rank_y = _centred_ranks(x, weights), _centred_ranks(y, weights)
    spread_x = (weights * rank_x * rank_x).sum(axis=1)
    spread_y = (weights * rank_y * rank_y).sum(axis=1)
    scale = weights.sum(axis=1) ** 3
    return _ratio((weights * rank_x * rank_y).sum(axis=1), spread_x, spread_y, scale, scale)


def _centred_ranks(groups: npt.NDArray[np.intp], weights: Floats) -> Floats:
    """(b, n) mean ranks less the mean of all ranks; rows of equal value share a group, numbered upwards."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    sizes = np.add.reduceat(weights[:, order], starts, axis=1)
    ends = np.cumsum(sizes, axis=1)
    centred: Floats = (ends - (sizes + ends[:, -1:]) / 2)[:, groups]
    return centred


def _ratio(
    covariance: Floats, spread_x: Floats, spread_y: Floats, scale_x: Floats, scale_y: Floats
) -> Floats:
    """Covariance over the root of both spreads; NaN where a spread is no more than rounding."""
    is_defined = (spread_x > _ROUNDING * scale_x) & (spread_y > _ROUNDING * scale_y)
    root = np.sqrt(np.where(is_defined, spread_x, 1)) * np.sqrt(np.where(is_defined, spread_y, 1))
    return np.where(is_defined, np.clip(covariance / root, -1, 1), np.nan)


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
