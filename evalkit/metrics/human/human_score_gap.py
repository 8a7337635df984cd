"""``human_score_gap``: how far two people's grades of one response lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, weighted_mean
from evalkit.metrics.human.engine.distances import distances
from evalkit.metrics.human.engine.graded import DEFAULT_SCALE, checked_scale, graded_labels
from evalkit.metrics.human.engine.questions import question_hashes
from evalkit.metrics.metric import Floats, ReviewsRead, Table


@dataclass(frozen=True)
class HumanScoreGap(BaseMetric):
    """Distance between two reviewers' numbers for a response, in points of the scale, averaged over the
    responses that several people reviewed by a rubric; smaller is better.

    It tells how far ``human_score`` is a matter of who is asked. No value where no response has two
    reviewers.

    Args:
        scale, criterion, question: as of ``human_score``.
    """

    name = "human_score_gap"
    kind = "graded"
    unit = "none"
    is_higher_better = False
    reads_reviews: ClassVar[ReviewsRead | None] = "rubric"
    variant: ClassVar[str | None] = "criterion"

    scale: tuple[float, ...] = DEFAULT_SCALE
    criterion: str | None = None
    question: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        low, high = checked_scale(self.scale, self.name)
        object.__setattr__(self, "bounds", (0.0, high - low))

    def table(self, observations: Observations) -> Table:
        """One row for each response with two reviewers or more."""
        return distances(observations, self._labels(observations), "--kind=rubric")

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The mean over responses."""
        return weighted_mean(rows, weights)

    def _labels(self, observations: Observations) -> Sequence[Label]:
        scale = checked_scale(self.scale, self.name)
        return graded_labels(observations, scale, self.criterion, self.question, self.name)

    def _signature_parts(self, observations: Observations) -> list[str]:
        criterion = [] if self.criterion is None else [f"criterion:{self.criterion}"]
        return [*criterion, *(f"question:{each}" for each in question_hashes(self._labels(observations)))]
