"""``krippendorff_alpha``: agreement of answers and targets as values of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import table_of, weighted_sums
from evalkit.metrics.classification.engine.labels import LabelMetric, read_labels, read_targets
from evalkit.metrics.metric import Floats, Table
from evalkit.stats.disagreement import (
    Level,
    interval_alpha,
    interval_pair_rows,
    nominal_alpha,
    nominal_rows,
    ordinal_alpha,
    ordinal_rows,
)

_ALPHAS = {"nominal": nominal_alpha, "ordinal": ordinal_alpha, "interval": interval_alpha}
_MOST_STEPS = 50


@dataclass(frozen=True)
class KrippendorffAlpha(LabelMetric):
    """Krippendorff's alpha in -1..1 of answers and targets as two raters; larger is better, 0 is chance.

    NaN where all values are the same, as chance cannot disagree there. Where values have no order, an answer
    that is not a label is one extra class. On a scale it has no place, and its response counts as failed.

    Source: the package ``krippendorff`` (Krippendorff 2011).

    Args:
        scorer: the scorer whose answers are read.
        level: ``nominal`` (labels), ``ordinal`` (in the order of the choices) or ``interval`` (numbers).
    """

    level: Level = "nominal"

    name = "krippendorff_alpha"
    kind = "corpus"
    bounds = (-1.0, 1.0)
    unit = "none"
    main: ClassVar[str | None] = "level"

    def _table(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Table:
        if self.level == "interval":
            return self._of_numbers(observations, kept, scores)
        labelled = read_labels(observations, kept, scores)
        pairs = labelled.one_hot(labelled.targets) + labelled.one_hot(labelled.answers)
        if self.level == "nominal":
            return table_of(observations, kept, nominal_rows(pairs))
        if labelled.n_classes - 1 > _MOST_STEPS:
            what = f"{labelled.n_classes - 1} different targets are not a scale of steps"
            raise MetricError(what, hint="use 'level: interval'")
        has_place = pairs[:, -1] == 0
        placed = [i for i, has in zip(kept, has_place, strict=True) if has]
        return table_of(observations, placed, ordinal_rows(pairs[has_place, :-1]))

    def _of_numbers(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Table:
        answers = [score.answer for score in scores]
        texts = read_targets(observations, kept, answers)
        targets = np.array([_number(each) for each in texts], dtype=np.float64)
        for i, text, target in zip(kept, texts, targets, strict=True):
            if np.isnan(target):
                sample_id = observations.sample_ids[i]
                raise MetricError(f"target {text!r} of sample {sample_id!r} is not a number")
        numbers = np.array([_number(each) for each in answers], dtype=np.float64)
        has_place = ~np.isnan(numbers)
        placed = [i for i, has in zip(kept, has_place, strict=True) if has]
        return table_of(observations, placed, interval_pair_rows(targets[has_place], numbers[has_place]))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """1 - observed over expected disagreement; NaN where no row counts."""
        sums, total = weighted_sums(rows, weights)
        # A resample without weight has nothing to divide.
        found = _ALPHAS[self.level](np.where(total[:, np.newaxis] > 0, sums, 2.0))
        values: Floats = np.where(total > 0, found.coefficient, np.nan)
        return values


def _number(text: str | None) -> float:
    try:
        number = float(text) if text is not None else nan
    except ValueError:
        return nan
    return number if isfinite(number) else nan
