"""``group_em`` and ``group_parity``: one value for each group of samples (a question, a pair)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import ScoreMetric, column
from evalkit.metrics.classification.accuracy import Accuracy, ShareRight
from evalkit.metrics.metric import Table

#: A group in one repeat: the positions of its scores among those that count.
Members = dict[tuple[str, int], list[int]]


@dataclass(frozen=True)
class GroupMetric(ShareRight):
    """Base: the share of groups (``group:`` of the task) of which something holds; 0 or 1 for each.

    Rows and their ids are groups, so intervals and paired tests are over groups too. A group counts in each
    repeat for itself, and fails as a whole when one of its responses failed. Samples without a group are
    groups of their own.
    """

    reads = "binary"
    scorers = Accuracy.scorers

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """``choice`` for a task with choices, else ``exact_match``."""
        return ScoreMetric.default_scorer(self, has_choices=has_choices)

    def _table(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Table:
        groups, n_failed = whole_groups(observations, kept)
        values = [self._holds([scores[i] for i in members]) for members in groups.values()]
        return Table(column(values), tuple(group for group, _ in groups), n_failed, is_by_group=True)

    def _holds(self, scores: Sequence[Score]) -> float:
        raise NotImplementedError

    def _right(self, scores: Iterable[Score]) -> list[bool]:
        for score in scores:
            if score.value not in (0.0, 1.0):
                raise MetricError(
                    f"metric {self.name!r} needs values 0 or 1, scorer {score.scorer!r} gave {score.value!r}"
                )
        return [score.value == 1 for score in scores]


@dataclass(frozen=True)
class GroupEm(GroupMetric):
    """Share in 0..1 of groups of which every answer is right; larger is better.

    NaN where no group counts. Source: the exact match by question of MultiRC (Khashabi et al. 2018), as
    SuperGLUE reports it.

    Args:
        scorer: the scorer to read; by default the task's first that says right or wrong.
    """

    name = "group_em"

    def _holds(self, scores: Sequence[Score]) -> float:
        return float(all(self._right(scores)))


@dataclass(frozen=True)
class GroupParity(GroupMetric):
    """Share in 0..1 of groups whose answers are all the same, right or wrong; larger is better.

    NaN where no group counts. Source: the gender parity score of SuperGLUE's AX-g (Wang et al. 2019, after
    Rudinger et al. 2018): pairs that differ in the gender of a pronoun alone should be answered alike.

    Args:
        scorer: the scorer whose answers are read.
    """

    name = "group_parity"

    def _holds(self, scores: Sequence[Score]) -> float:
        return float(len({score.answer for score in scores}) == 1)


def whole_groups(observations: Observations, kept: Sequence[int]) -> tuple[Members, int]:
    """Positions within ``kept`` by group and repeat, groups with a failed member left out, and how many
    responses that loses in all."""
    if observations.groups is None:
        members = {(observations.sample_ids[i], i): [place] for place, i in enumerate(kept)}
        return members, len(observations) - len(kept)
    place_of = {i: place for place, i in enumerate(kept)}
    found: dict[tuple[str, int], list[int | None]] = {}
    for i, (group, response) in enumerate(zip(observations.groups, observations.responses, strict=True)):
        key = (observations.sample_ids[i] if group is None else group, response.repeat)
        found.setdefault(key, []).append(place_of.get(i))
    whole = {key: [place for place in places if place is not None] for key, places in found.items()}
    whole = {key: places for key, places in whole.items() if len(places) == len(found[key])}
    return whole, len(observations) - sum(map(len, whole.values()))
