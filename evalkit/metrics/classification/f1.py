"""``precision``, ``recall`` and ``f1`` of one class, ``f1_macro`` and ``f1_micro`` over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.core.text import text_of
from evalkit.errors import MetricError
from evalkit.metrics.base import column, divided, weighted_mean, weighted_sums
from evalkit.metrics.classification.engine.labels import (
    LabelMetric,
    cells_of,
    class_labels,
    read_labels,
    read_targets,
)
from evalkit.metrics.metric import Floats


@dataclass(frozen=True)
class BinaryMetric(LabelMetric):
    """Base: counts (true positives, predicted positives, actual positives) of one class.

    Args:
        positive: the class that counts; by default the second of exactly two. Without choices these are
            the two different targets, sorted.
    """

    kind = "corpus"
    has_cells = True

    positive: Any = None

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        answers = column_of(scores, "answer")
        targets = read_targets(observations, kept, answers)
        positive = self._positive(class_labels(observations))
        is_actual = np.array([target == positive for target in targets], dtype=np.float64)
        is_predicted = np.array([answer == positive for answer in answers], dtype=np.float64)
        return np.stack([is_actual * is_predicted, is_predicted, is_actual], axis=1)

    def cells(self, rows: Floats) -> Floats:
        """(2, 2, 3) rows by target and answer, the positive class last."""
        return np.array([[[0, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 1, 1]]], dtype=np.float64)

    def _positive(self, labels: Sequence[str]) -> str:
        if self.positive is None:
            if len(labels) > 2 or len(labels) == 1:
                raise MetricError(
                    f"metric {self.name!r} needs to know which of {len(labels)} classes counts",
                    hint=f"write '{self.name}: {{positive: …}}' or use f1_macro",
                )
            return labels[1] if labels else ""
        positive = text_of(self.positive)
        if labels and positive not in labels:
            raise MetricError(
                f"metric {self.name!r}: positive {positive!r} is none of the labels {', '.join(labels)}",
                hint="put labels such as 'yes' and 'no' in quotes",
            )
        return positive

    def _signature_parts(self, observations: Observations) -> list[str]:
        parts = super()._signature_parts(observations)
        if self.positive is not None:
            return parts
        labels = class_labels(observations)
        return [f"positive:{labels[1] if len(labels) == 2 else '?'}", *parts]

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The ratio of weighted counts; 0 where it is 0 / 0, NaN where no row counts."""
        counts, total = weighted_sums(rows, weights)
        ratio = np.nan_to_num(self._ratio(*counts.T), nan=0.0)
        return np.where(total > 0, ratio, np.nan)

    def _ratio(self, hits: Floats, predicted: Floats, actual: Floats) -> Floats:
        raise NotImplementedError


@dataclass(frozen=True)
class Precision(BinaryMetric):
    """Share in 0..1 of the answers ``positive`` that are right; larger is better.

    0 where none was given, as scikit-learn has it; NaN where nothing was scored; MetricError where the
    positive class is not known. An answer that is not a label counts as not ``positive``.

    Source: ``sklearn.metrics.precision_score`` with ``pos_label``.

    Args:
        positive: the label that counts; by default the second of two.
        scorer: the scorer whose answers are read.
    """

    name = "precision"

    def _ratio(self, hits: Floats, predicted: Floats, actual: Floats) -> Floats:
        return divided(hits, predicted)


@dataclass(frozen=True)
class Recall(BinaryMetric):
    """Share in 0..1 of the targets ``positive`` that were answered so; larger is better.

    0 where there is none, as scikit-learn has it; NaN where nothing was scored; MetricError where the
    positive class is not known. An answer that is not a label counts as not ``positive``.

    Source: ``sklearn.metrics.recall_score`` with ``pos_label``.

    Args:
        positive: the label that counts; by default the second of two.
        scorer: the scorer whose answers are read.
    """

    name = "recall"

    def _ratio(self, hits: Floats, predicted: Floats, actual: Floats) -> Floats:
        return divided(hits, actual)


@dataclass(frozen=True)
class F1(BinaryMetric):
    """Harmonic mean in 0..1 of precision and recall of one class; larger is better.

    0 where the class neither occurs nor is answered, as scikit-learn has it; NaN where nothing was scored;
    MetricError where the positive class is not known. An answer that is no label counts as not ``positive``.

    Source: ``sklearn.metrics.f1_score`` with ``pos_label``.

    Args:
        positive: the label that counts; by default the second of two.
        scorer: the scorer whose answers are read.
    """

    name = "f1"

    def _ratio(self, hits: Floats, predicted: Floats, actual: Floats) -> Floats:
        return divided(2 * hits, predicted + actual)


@dataclass(frozen=True)
class F1Macro(LabelMetric):
    """Unweighted mean in 0..1 of the F1 of each class; larger is better.

    The mean is over the classes that occur among targets or answers, choices that do neither left out.
    Answers that are not labels make up one extra class with F1 0, which is part of the mean. NaN where
    nothing was scored.

    Source: ``sklearn.metrics.f1_score(average="macro")``.

    Args:
        scorer: the scorer whose answers are read.
    """

    name = "f1_macro"
    has_cells = True
    kind = "corpus"

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        labelled = read_labels(observations, kept, scores)
        targets, answers = labelled.one_hot(labelled.targets), labelled.one_hot(labelled.answers)
        return np.hstack([targets * answers, targets + answers])

    def cells(self, rows: Floats) -> Floats:
        """Rows by target and answer of the classes that occur: others are not part of the mean."""
        n_classes = rows.shape[1] // 2
        occurs = rows[:, n_classes:].sum(axis=0) > 0
        targets, answers = cells_of(n_classes, has_extra=True)
        every = np.concatenate((targets * answers, targets + answers), axis=2)
        cells: Floats = every[occurs[:-1]][:, occurs]
        return cells

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Mean over the classes of 2 * hits / (actual + predicted), classes without either left out."""
        sums, _ = weighted_sums(rows, weights)
        hits, occurrences = np.split(sums, 2, axis=1)
        each = divided(2 * hits, occurrences)
        return divided(np.nansum(each, axis=1), (occurrences > 0).sum(axis=1).astype(np.float64))


@dataclass(frozen=True)
class F1Micro(LabelMetric):
    """F1 in 0..1 of all classes counted together; larger is better.

    With one label for each response it is the share of right labels. An answer that is not a label is wrong.
    NaN where nothing was scored.

    Source: ``sklearn.metrics.f1_score(average="micro")``.

    Args:
        scorer: the scorer whose answers are read.
    """

    name = "f1_micro"
    kind = "binary"

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        labelled = read_labels(observations, kept, scores)
        return column(list(labelled.targets == labelled.answers))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted share of equal labels."""
        return weighted_mean(rows, weights)
