"""``position_consistency``: whether a judge means the same answer when two change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import column
from evalkit.metrics.benchmarks.groups import GroupMetric, whole_groups
from evalkit.metrics.metric import Table


@dataclass(frozen=True)
class PositionConsistency(GroupMetric):
    """Share in 0..1 of pairs that are judged alike in both orders, right or wrong; larger is better.

    A pair is a group (``group:`` of the task) of two samples, the same answers in either order. Judged alike
    is one place the first time and the other the second, or the same label twice where it names no place (a
    tie). A verdict that cannot be read is never alike. A pair of which one order alone was asked counts as
    failed. NaN where no pair counts.

    Source: Zheng et al. 2023, "Judging LLM-as-a-Judge", arXiv 2306.05685, table 2 (consistency).

    Args:
        scorer: the scorer whose answers are read.
        places: the two labels that change places, by default the first two of the task's choices.
    """

    places: tuple[str, str] | None = None

    name = "position_consistency"
    main: ClassVar[str | None] = "places"

    def _table(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Table:
        first, second = self._places(observations)
        other = {first: second, second: first}
        groups, n_failed = whole_groups(observations, kept)
        pairs, values = [], []
        for (group, _), members in groups.items():
            if len(members) > 2:
                what = f"group {group!r} has {len(members)} samples, not the two orders of a pair"
                raise MetricError(what, hint="give the two orders of each pair a 'group:' of their own")
            if len(members) < 2:
                n_failed += 1
                continue
            one, two = (scores[i].answer for i in members)
            pairs.append(group)
            values.append(float(one is not None and other.get(one, one) == two))
        return Table(column(values), tuple(pairs), n_failed, is_by_group=True)

    def _places(self, observations: Observations) -> Sequence[str]:
        if self.places is not None:
            return self.places
        labels = observations.labels or ()
        if len(labels) < 2:
            raise MetricError(
                f"metric {self.name!r} does not know which labels change places",
                hint="write 'position_consistency: {places: [A, B]}'",
            )
        return labels[:2]
