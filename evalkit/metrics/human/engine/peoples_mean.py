"""A mean over all responses of what people say of those that they reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from evalkit.core.columns import column_of
from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, divided, weighted_sums
from evalkit.metrics.human.engine.opinions import opinions, weights
from evalkit.metrics.human.engine.questions import nobody, question_hashes
from evalkit.metrics.metric import Floats, Table


class PeoplesMean(BaseMetric):
    """Several reviewers of one response are averaged first. Where a part was picked for review, each review
    stands for as many responses as the inverse of its probability says (Hajek 1971), so that a choice of odd
    cases with a random part beside it tells of all. A review of the same text, as the answer to the same
    sample in another run, counts.

    Attributes:
        said: what people did with a response.
        review_options: of ``evalkit review``, for what they are to say.
    """

    kind = "weighted"
    said: ClassVar[str]
    review_options: ClassVar[str] = ""

    def labels(self, observations: Observations) -> Sequence[Label]:
        """What people say, a number in ``bounds`` each. Raises MetricError."""
        raise NotImplementedError

    def table(self, observations: Observations) -> Table:
        """A row for each response that came: weight times value, and weight; zeros where nobody reviewed
        it."""
        found = opinions(observations, self.labels(observations))
        if not found:
            raise nobody(f"{self.said} any of these responses", self.review_options)
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
        return [f"question:{each}" for each in question_hashes(self.labels(observations))]
