"""``human_pass_rate``: how many responses people find good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.metrics.human.engine.opinions import pass_fail_labels
from evalkit.metrics.human.engine.peoples_mean import PeoplesMean
from evalkit.metrics.metric import ReviewsRead


@dataclass(frozen=True)
class HumanPassRate(PeoplesMean):
    """Share in 0..1 of the responses that people pass, by pass/fail reviews; larger is better.

    Weights and reviewers are as of ``PeoplesMean``. No value where nobody reviewed anything, MetricError
    where people answered several questions and ``question`` does not say which.

    Args:
        question: hash of the question (``reviews.question_hash``), or the start of it.
    """

    name = "human_pass_rate"
    reads_reviews: ClassVar[ReviewsRead | None] = "pass_fail"
    said: ClassVar[str] = "passed or failed"
    companions: ClassVar[tuple[str, ...]] = ("human_disagreement",)

    question: str | None = None

    def labels(self, observations: Observations) -> Sequence[Label]:
        """1 where somebody passes a response, 0 where somebody fails it."""
        return pass_fail_labels(observations, self.question, self.name)
