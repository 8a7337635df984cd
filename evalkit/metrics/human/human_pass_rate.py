"""``human_pass_rate``: how many responses people find good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, divided, weighted_sums
from evalkit.metrics.human.engine.opinions import opinions, pass_fail_labels, weights
from evalkit.metrics.human.engine.questions import nobody, question_hashes
from evalkit.metrics.metric import Floats, ReviewsRead, Table


@dataclass(frozen=True)
class HumanPassRate(BaseMetric):
    """Share in 0..1 of the responses that people pass, as pass/fail reviews tell it; larger is better.

    Several reviewers of one response are averaged first. A review of the same text, as the answer to the same
    sample in another run, counts. Where a part was picked for review, each review stands for as many
    responses as the inverse of its probability says (Hajek 1971), so that a choice of odd cases with a random
    part beside it tells of all. No value where nobody reviewed anything, MetricError where people answered
    several questions and ``question`` does not say which.

    Args:
        question: hash of the question (``reviews.question_hash``), or the start of it.
    """

    name = "human_pass_rate"
    kind = "weighted"
    reads_reviews: ClassVar[ReviewsRead | None] = "pass_fail"
    companions: ClassVar[tuple[str, ...]] = ("human_disagreement",)

    question: str | None = None

    def table(self, observations: Observations) -> Table:
        """A row for each response that came: weight times value, and weight; zeros where nobody reviewed
        it."""
        found = opinions(observations, pass_fail_labels(observations, self.question, self.name))
        if not found:
            raise nobody("passed or failed any of these responses")
        errors = column_of(observations.responses, "error")
        came = np.array([error is None for error in errors])
        rows = np.zeros((len(errors), 2))
        places = [each.row for each in found]
        rows[places, 1] = weights(found, int(np.count_nonzero(came)))
        rows[places, 0] = rows[places, 1] * [np.mean(each.values) for each in found]
        ids = tuple(each for each, is_there in zip(observations.sample_ids, came, strict=True) if is_there)
        n_failed = len(errors) - len(ids)
        return Table(rows[came], ids, n_failed, n_responses=int(np.count_nonzero(rows[came, 1])))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The weighted mean; NaN where no row carries a review."""
        sums, _ = weighted_sums(rows, weights)
        return divided(sums[:, 0], sums[:, 1])

    def _signature_parts(self, observations: Observations) -> list[str]:
        labels = pass_fail_labels(observations, self.question, self.name)
        return [f"question:{each}" for each in question_hashes(labels)]
