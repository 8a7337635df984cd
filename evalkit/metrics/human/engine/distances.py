"""How far the reviewers of one response are apart."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.columns import taken
from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.metrics.base import column
from evalkit.metrics.human.engine.opinions import opinions
from evalkit.metrics.human.engine.questions import n_without_answer, nobody
from evalkit.metrics.metric import Table


def distances(observations: Observations, labels: Sequence[Label], review_options: str = "") -> Table:
    """One row for each response with two reviewers or more: the mean distance of two of them. Raises
    UndefinedError where there is none."""
    found = [each for each in opinions(observations, labels) if len(each.values) > 1]
    if not found:
        raise nobody("reviewed a response that somebody else reviewed", review_options)
    ids = tuple(taken(observations.sample_ids, [each.row for each in found]))
    return Table(column([_mean_distance(each.values) for each in found]), ids, n_without_answer(observations))


def _mean_distance(values: tuple[float, ...]) -> float:
    n = len(values)
    apart = [abs(one - other) for place, one in enumerate(values) for other in values[:place]]
    return sum(apart) / (n * (n - 1) / 2)
