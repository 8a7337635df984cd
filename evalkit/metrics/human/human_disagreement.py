"""``human_disagreement``: how often two people say otherwise of one response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, weighted_mean
from evalkit.metrics.human.engine.distances import distances
from evalkit.metrics.human.engine.opinions import pass_fail_labels
from evalkit.metrics.human.engine.questions import question_hashes
from evalkit.metrics.metric import Floats, ReviewsRead, Table


@dataclass(frozen=True)
class HumanDisagreement(BaseMetric):
    """Share in 0..1 of the pairs of reviewers of a response of whom one passes it and one fails it, averaged
    over the responses that several people reviewed; smaller is better.

    It tells how far ``human_pass_rate`` is a matter of who is asked. No value where no response has two
    reviewers.

    Args:
        question: as of ``human_pass_rate``.
    """

    name = "human_disagreement"
    kind = "graded"
    is_higher_better = False
    reads_reviews: ClassVar[ReviewsRead | None] = "pass_fail"

    question: str | None = None

    def table(self, observations: Observations) -> Table:
        """One row for each response with two reviewers or more."""
        return distances(observations, pass_fail_labels(observations, self.question, self.name))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The mean over responses."""
        return weighted_mean(rows, weights)

    def _signature_parts(self, observations: Observations) -> list[str]:
        labels = pass_fail_labels(observations, self.question, self.name)
        return [f"question:{each}" for each in question_hashes(labels)]
