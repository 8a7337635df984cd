"""``human_score``: the mean grade that people give by a rubric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.metrics.human.engine.graded import DEFAULT_SCALE, checked_scale, graded_labels
from evalkit.metrics.human.engine.peoples_mean import PeoplesMean
from evalkit.metrics.metric import ReviewsRead


@dataclass(frozen=True)
class HumanScore(PeoplesMean):
    """Mean of the numbers that people give responses by a rubric, on its scale; larger is better.

    Weights and reviewers are as of ``PeoplesMean``. No value where nobody reviewed anything by a rubric,
    MetricError where people answered several questions and ``question`` does not say which, or on another
    scale.

    Args:
        scale: lowest and highest number of the rubric.
        criterion: for a rubric with several criteria, the one whose numbers count, also written
            ``human_score:tone``; by default the mean over the criteria of each review.
        question: hash of the question (``reviews.question_hash``), or the start of it.
    """

    name = "human_score"
    unit = "none"
    reads_reviews: ClassVar[ReviewsRead | None] = "rubric"
    said: ClassVar[str] = "graded"
    review_options: ClassVar[str] = "--kind=rubric"
    companions: ClassVar[tuple[str, ...]] = ("human_score_gap",)
    variant: ClassVar[str | None] = "criterion"

    scale: tuple[float, ...] = DEFAULT_SCALE
    criterion: str | None = None
    question: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "bounds", checked_scale(self.scale, self.name))

    def labels(self, observations: Observations) -> Sequence[Label]:
        """Numbers on the scale."""
        return graded_labels(observations, self.bounds, self.criterion, self.question, self.name)

    def _signature_parts(self, observations: Observations) -> list[str]:
        criterion = [] if self.criterion is None else [f"criterion:{self.criterion}"]
        return [*criterion, *super()._signature_parts(observations)]
