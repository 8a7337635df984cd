"""``mcc``: Matthews' correlation coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.metrics.base import weighted_sums
from evalkit.metrics.classification.engine.labels import LabelMetric, cells_of, read_labels
from evalkit.metrics.metric import Floats

#: Variances below this share of the squared total are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Mcc(LabelMetric):
    """Correlation in -1..1 of targets and answers as classes, two or more; larger is better.

    0 where all targets or all answers are of one class, as scikit-learn has it; NaN where nothing was
    scored. An answer that is not a label is a prediction of one extra class.

    Source: ``sklearn.metrics.matthews_corrcoef`` (Gorodkin 2004 for more than two classes).

    Args:
        scorer: the scorer whose answers are read.
    """

    name = "mcc"
    has_cells = True
    kind = "corpus"
    bounds = (-1.0, 1.0)
    unit = "none"

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        labelled = read_labels(observations, kept, scores)
        is_right = (labelled.targets == labelled.answers).astype(np.float64)
        targets, answers = labelled.one_hot(labelled.targets), labelled.one_hot(labelled.answers)
        return np.hstack([is_right[:, None], targets, answers])

    def cells(self, rows: Floats) -> Floats:
        """Rows by target and answer; the extra class, which no target has, where it was answered."""
        targets, answers = cells_of(rows.shape[1] // 2, bool(rows[:, -1].any()))
        is_right = (targets * answers).sum(axis=2, keepdims=True)
        return np.concatenate((is_right, targets, answers), axis=2)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Covariance over the root of both variances, from the margins of the confusion matrix."""
        sums, total = weighted_sums(rows, weights)
        targets, answers = np.split(sums[:, 1:], 2, axis=1)
        covariance = sums[:, 0] * total - (targets * answers).sum(axis=1)
        spread_targets = total**2 - (targets**2).sum(axis=1)
        spread_answers = total**2 - (answers**2).sum(axis=1)
        smallest = _ROUNDING * total**2
        has_spread = (spread_targets > smallest) & (spread_answers > smallest)
        scale = np.sqrt(np.where(has_spread, spread_targets * spread_answers, 1.0))
        values = np.where(has_spread, np.clip(covariance / scale, -1, 1), 0.0)
        return np.where(total > 0, values, np.nan)
