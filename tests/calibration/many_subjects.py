"""Leaderboards: how often any two Subjects are told apart that do not differ, with Holm's procedure as
sessions decide, and naively, with each pair tested at alpha by itself. Alpha is 5 %.

All Subjects answer a sample right with the same chance, which varies from sample to sample; where one is
better, false are only the findings among the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.comparisons.leaderboard.rank import ALPHA, leaderboards
from evalkit.metrics.metric import Floats
from evalkit.stats.intervals import wilson_interval
from tests.calibration.lines import Computed, Line, rate
from tests.calibration.near_alpha import sign_flips_near
from tests.unit.comparisons.leaderboard.subjects import LABEL, subject
from tests.unit.gates.metric_doubles import ACCURACY, GRADED, Mean

_METRICS: dict[str, Mean] = {"binary": ACCURACY, "graded": GRADED}
#: By how much the chance of the better Subject is higher, where it is not 1 already.
_LEAD = 0.25


@dataclass(frozen=True)
class Field:
    """Attributes:
    k: Subjects, the first of them better where ``has_best``.
    n: samples.
    """

    scores: Literal["binary", "graded"]
    k: int
    n: int
    has_best: bool = False

    def draw(self, rng: np.random.Generator) -> Floats:
        """(k, n) scores."""
        chances = np.repeat(rng.beta(2, 1, (1, self.n)), self.k, axis=0)
        if self.has_best:
            chances[0] = np.minimum(1.0, chances[0] + _LEAD)
        if self.scores == "binary":
            return (rng.random(chances.shape) < chances).astype(np.float64)
        return np.clip(chances + rng.normal(0, 0.2, chances.shape), 0, 1)


class Alarms(NamedTuple):
    """Sessions with a false finding, decided as evalkit decides and naively, and those that found the best
    Subject alone at the top."""

    held: int
    naive: int
    found: int


def simulate(field: Field, n_sessions: int, seed: int = 20) -> Alarms:
    """Count over sessions, each through the code that ranks stored runs."""
    rng = np.random.default_rng(seed)
    held = naive = found = 0
    n_pairs = field.k * (field.k - 1) // 2
    for _ in range(n_sessions):
        with sign_flips_near(ALPHA / 2 / n_pairs, ALPHA / 2):
            board = _board(field, field.draw(rng))
        equal = [pair for pair in board.pairs if not (field.has_best and "s0" in (pair.first, pair.second))]
        held += any(pair.outcome != "tie" for pair in equal)
        naive += any(pair.comparison and (pair.comparison.p_two_sided or 0.0) <= ALPHA for pair in equal)
        found += board.winner == "s0"
    return Alarms(held, naive, found)


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the table."""
    title = "leaderboards, all equal: subjects, samples | any two told apart: Holm; naive"
    for scores, k, n in product(("binary", "graded"), (4, 8), (50, 200)):
        field = Field("binary" if scores == "binary" else "graded", k, n)
        yield Line(title, f"leaderboard equal {scores} {k} {n}", partial(_computed, field, n_sessions))
    title = "leaderboards, one better: the same among the others | the best found alone at the top"
    for k in (4, 8):
        field = Field("binary", k, 200, has_best=True)
        yield Line(title, f"leaderboard best binary {k} 200", partial(_computed, field, n_sessions))


def _board(field: Field, scores: Floats) -> Leaderboard:
    metric = _METRICS[field.scores]
    its = [subject(f"s{i}", each.tolist(), metric=metric) for i, each in enumerate(scores)]
    (board,) = leaderboards("task", metric, LABEL, {"": its})
    return board


def _computed(field: Field, n_sessions: int) -> Computed:
    alarms = simulate(field, n_sessions)
    told = f"{field.scores:<8} {field.k:>3} {field.n:>4} | {rate(alarms.held, n_sessions)}; "
    told += rate(alarms.naive, n_sessions)
    if field.has_best:
        told += f" | {rate(alarms.found, n_sessions)}"
    low, _ = wilson_interval(alarms.held / n_sessions, n_sessions)
    return Computed(told, low > ALPHA)
