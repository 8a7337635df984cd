"""Targets and answers as classes: what precision, recall, F1 and Matthews' correlation count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.core.text import texts_of
from evalkit.errors import MetricError
from evalkit.metrics.base import ScoreMetric
from evalkit.metrics.metric import Floats

_MOST_CLASSES = 1000


@dataclass(frozen=True)
class LabelMetric(ScoreMetric):
    """Base of metrics that compare the answer of each Score with the target as class labels.

    Classes are the task's choices in order, then other targets in the order of their text. An answer that
    is none of them, and no answer, is a prediction of one extra class, which no target has.
    """

    reads = "answer"
    scorers = ("choice", "exact_match", "regex", "numeric", "python")


@dataclass(frozen=True)
class Labelled:
    """Class indexes of n responses.

    Attributes:
        n_classes: with the extra class, which has the highest index.
        targets, answers: (n,) indexes.
    """

    n_classes: int
    targets: npt.NDArray[np.intp]
    answers: npt.NDArray[np.intp]

    def one_hot(self, indexes: npt.NDArray[np.intp]) -> Floats:
        """(n, n_classes) with 1 at the index of each row."""
        rows = np.zeros((len(indexes), self.n_classes))
        rows[np.arange(len(indexes)), indexes] = 1.0
        return rows


def cells_of(n_classes: int, has_extra: bool) -> tuple[Floats, Floats]:
    """Targets and answers of every cell of a confusion table, one-hot: (targets, answers, n_classes) each.

    Args:
        n_classes: with the extra class, which no target has.
        has_extra: whether it is among the answers.
    """
    one_hot = np.eye(n_classes)
    targets, answers = one_hot[:-1], one_hot[: n_classes if has_extra else -1]
    shape = (len(targets), len(answers), n_classes)
    return np.broadcast_to(targets[:, np.newaxis], shape), np.broadcast_to(answers, shape)


def read_labels(observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Labelled:
    """Targets and answers of the observations at ``kept`` as class indexes.

    Raises MetricError on a response without target, and where there are too many classes to be labels.
    """
    labels = class_labels(observations)
    if len(labels) > _MOST_CLASSES:
        raise MetricError(f"{len(labels)} different targets are not class labels", hint="use accuracy")
    indexes: dict[str | None, int] = {label: i for i, label in enumerate(labels)}
    extra = len(indexes)
    answers = column_of(scores, "answer")
    targets = read_targets(observations, kept, answers)
    return Labelled(
        extra + 1,
        np.array([indexes[target] for target in targets], dtype=np.intp),
        np.array([indexes.get(answer, extra) for answer in answers], dtype=np.intp),
    )


def read_targets(observations: Observations, kept: Sequence[int], answers: Sequence[str | None]) -> list[str]:
    """The target of each row as one text; of several references the one that was answered, else the first.

    Raises MetricError on a response without target.
    """
    targets = []
    for i, answer in zip(kept, answers, strict=True):
        value = observations.targets[i]
        if type(value) is str:
            targets.append(value)
            continue
        references = () if value is None else texts_of(value)
        if not references:
            raise MetricError(f"sample {observations.sample_ids[i]!r} has no target")
        targets.append(answer if answer in references else references[0])
    return targets


def class_labels(observations: Observations) -> list[str]:
    """The task's choices, then all targets that are none of them, sorted; failed responses count here too."""
    labels = list(observations.labels or ())
    targets: set[str] = set()
    for value in observations.targets:
        if type(value) is str:
            targets.add(value)
        elif value is not None:
            targets.update(texts_of(value))
    return labels + sorted(targets - set(labels))
