"""``human_preference``: how often people prefer a Subject's responses to those of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.reviewed import Preference
from evalkit.metrics.base import BaseMetric, chunked
from evalkit.metrics.human.engine.questions import (
    n_without_answer,
    nobody,
    of_question,
    question_hashes,
    reviewed,
)
from evalkit.metrics.metric import Floats, ReviewsRead, Table
from evalkit.stats.bradley_terry import bradley_terry, linked

#: Columns of a pair of Subjects: the first preferred, the second, neither.
_OUTCOMES = 3


@dataclass(frozen=True)
class HumanPreference(BaseMetric):
    """Expected share in 0..1 of comparisons that the Subject wins against the others, averaged over them, by
    pairwise reviews: 1 for a preference, one half for a tie. Larger is better.

    Strengths are fitted to all pairs among the Subjects that it met, directly or through others (Bradley and
    Terry 1952, ties after Davidson 1970). Between two Subjects, and where all meet equally often, it is the
    share that was seen. Several reviews of one pair of answers are averaged first, each pair weighs as the
    inverse of its probability. A review of the same text, as the answer of the same Subject in another run,
    counts. No value where nobody compared anything, MetricError where people answered several questions and
    ``question`` does not say which.

    Args:
        question: hash of the question (``reviews.question_hash``), or the start of it.
    """

    name = "human_preference"
    kind = "fitted"
    reads_reviews: ClassVar[ReviewsRead | None] = "pairwise"

    question: str | None = None

    def table(self, observations: Observations) -> Table:
        """A row for each sample with a comparison: its weight, then three columns for each two Subjects, its
        own first."""
        subjects, said = self._network(observations)
        cells = {
            pair: 1 + _OUTCOMES * place for place, pair in enumerate(zip(*_pairs(len(subjects)), strict=True))
        }
        places = {subject: place for place, subject in enumerate(subjects)}
        rows: dict[str, Floats] = {}
        for (sample_id, first, second), its in _by_pair(said, places).items():
            row = rows.setdefault(sample_id, np.zeros(1 + _OUTCOMES * len(cells)))
            start = cells[first, second]
            row[start : start + _OUTCOMES] += (outcome := _mean_outcome(its))
            row[0] = max(row[0], outcome.sum())
        known = dict.fromkeys(each for each in observations.sample_ids if each in rows)
        return Table(
            np.array([rows[each] for each in known]),
            tuple(known),
            n_without_answer(observations),
            n_responses=len({each.sample_id for each in said if subjects[0] in (each.first, each.second)}),
        )

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The Subject's expected share; NaN where no row compares it."""
        weights = np.ones((1, len(rows))) if weights is None else weights
        return np.concatenate([_own_share(part @ rows) for part in chunked(weights)])

    def _signature_parts(self, observations: Observations) -> list[str]:
        subjects, said = self._network(observations)
        asked = [f"question:{each}" for each in question_hashes(said)]
        return [f"subjects:{','.join(sorted(subjects))}", *asked]

    def _network(self, observations: Observations) -> tuple[list[str], list[Preference]]:
        """The Subjects that can be held against the evaluation's own, which comes first, and what was said of
        them. Raises UndefinedError where its own was compared with nobody."""
        own, wanted = reviewed(observations).subject, frozenset(observations.sample_ids)
        said = [each for each in reviewed(observations).preferences if each.sample_id in wanted]
        said = of_question(said, self.question, self.name)
        if not any(own in (each.first, each.second) for each in said):
            raise nobody("compared any of these responses with another Subject's")
        names = [own, *sorted({name for each in said for name in (each.first, each.second)} - {own})]
        places = {name: place for place, name in enumerate(names)}
        met = np.zeros((len(names), len(names)))
        for each in said:
            first, second = places[each.first], places[each.second]
            met[first, second] = met[second, first] = 1
        subjects = [names[place] for place in linked(met, 0)]
        return subjects, [each for each in said if each.first in subjects]


def _pairs(n: int) -> tuple[Sequence[int], Sequence[int]]:
    first, second = np.triu_indices(n, 1)
    return first.tolist(), second.tolist()


def _by_pair(
    said: Sequence[Preference], places: Mapping[str, int]
) -> dict[tuple[str, int, int], list[tuple[str, float, float]]]:
    """Sample and two Subjects, the one of the lower place first, to reviewer, value and probability."""
    found: dict[tuple[str, int, int], list[tuple[str, float, float]]] = {}
    for each in said:
        first, second, value = places[each.first], places[each.second], each.value
        if first > second:
            first, second, value = second, first, 1 - value
        if first != second:
            its = found.setdefault((each.sample_id, first, second), [])
            its.append((each.reviewer, value, each.inclusion_probability))
    return found


def _mean_outcome(its: Sequence[tuple[str, float, float]]) -> Floats:
    """(3,) shares of the reviewers that prefer the first, the second and neither, times the weight of the
    pair; what one reviewer says several times counts once."""
    counts = Counter(reviewer for reviewer, _, _ in its)
    found = np.zeros(_OUTCOMES)
    for reviewer, value, _ in its:
        outcome = 0 if value > 0.5 else 1 if value < 0.5 else 2
        found[outcome] += 1 / counts[reviewer]
    return found / len(counts) / max(probability for _, _, probability in its)


def _own_share(sums: Floats) -> Floats:
    """(b, 1 + 3 p) sums over rows to (b,) shares of the first Subject."""
    sums = sums[:, 1:]
    n_pairs = sums.shape[1] // _OUTCOMES
    m = (1 + isqrt(1 + 8 * n_pairs)) // 2
    first, second = np.triu_indices(m, 1)
    wins, ties = np.zeros((2, len(sums), m, m))
    wins[:, first, second] = sums[:, 0::_OUTCOMES]
    wins[:, second, first] = sums[:, 1::_OUTCOMES]
    ties[:, first, second] = ties[:, second, first] = sums[:, 2::_OUTCOMES]
    is_met = (wins[:, 0] + wins[:, :, 0] + ties[:, 0]).sum(axis=1) > 0
    shares: Floats = np.where(is_met, bradley_terry(wins, ties).mean_shares()[:, 0], np.nan)
    return shares
