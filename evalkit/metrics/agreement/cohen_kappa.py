"""``cohen_kappa``: agreement of answers and targets beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.metrics.base import weighted_sums
from evalkit.metrics.classification.engine.labels import LabelMetric, cells_of, read_labels
from evalkit.metrics.metric import Floats
from evalkit.stats.disagreement import Weighting, costs_of, kappa, pair_rows


@dataclass(frozen=True)
class CohenKappa(LabelMetric):
    """Cohen's kappa in -1..1 of answers and targets; larger is better; chance or a constant gets 0.

    NaN where all targets and all answers are of one class, as chance cannot disagree there. An answer that
    is no label is one extra class, as far from every label as can be.

    Source: ``sklearn.metrics.cohen_kappa_score`` (Cohen 1960; 1968 with weights).

    Args:
        scorer: the scorer whose answers are read.
        weights: ``linear`` or ``quadratic``: a disagreement costs more, the further apart its labels are in
            the order of the task's choices; by default all labels are equally far apart.
    """

    weights: Weighting | None = None

    name = "cohen_kappa"
    has_cells = True
    kind = "corpus"
    bounds = (-1.0, 1.0)
    unit = "none"
    main: ClassVar[str | None] = "weights"

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        labelled = read_labels(observations, kept, scores)
        targets, answers = labelled.one_hot(labelled.targets), labelled.one_hot(labelled.answers)
        return pair_rows(targets, answers, self._costs(labelled.n_classes))

    def cells(self, rows: Floats) -> Floats:
        """Rows by target and answer; the extra class, which no target has, where it was answered."""
        targets, answers = cells_of(rows.shape[1] // 2, bool(rows[:, -1].any()))
        n_classes = targets.shape[2]
        pairs = pair_rows(
            targets.reshape(-1, n_classes), answers.reshape(-1, n_classes), self._costs(n_classes)
        )
        return pairs.reshape(*targets.shape[:2], -1)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """1 - observed cost over the cost by chance, of the margins of the confusion matrix."""
        sums, total = weighted_sums(rows, weights)
        # A resample without weight has no margins to divide.
        found = kappa(np.where(total[:, np.newaxis] > 0, sums, 1.0), self._costs(rows.shape[1] // 2))
        values: Floats = np.where(total > 0, found.coefficient, np.nan)
        return values

    def _costs(self, n_classes: int) -> Floats:
        """With the extra class, which has no place on the scale."""
        costs = np.ones((n_classes, n_classes))
        costs[:-1, :-1] = costs_of(n_classes - 1, self.weights)
        costs[-1, -1] = 0.0
        return costs
