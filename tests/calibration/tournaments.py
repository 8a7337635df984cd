"""Tournaments, simulated: how often the best Subject is put out, and what is asked, by the rule that decides.

The naive way looks after every tenth sample, and drops a Subject as soon as an ordinary paired test against
the leader says at alpha that it is worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from evalkit.session.tournament.race import ALPHA, Race
from evalkit.stats.bootstrap import Floats
from evalkit.stats.normal import normal_quantile
from evalkit.stats.paired import mcnemar
from tests.calibration.lines import Computed, Line, rate

_TITLE = "Tournaments at alpha 5 %: the best is put out, the winner is named, calls of k x n"

#: Number of Subjects, samples, and true shares of right answers, the best first.
_FIELDS: dict[str, tuple[int, tuple[float, ...]]] = {
    "k 4, all equal": (500, (0.7,) * 4),
    "k 8, all equal": (500, (0.7,) * 8),
    "k 4, best by .05": (500, (0.7, 0.65, 0.65, 0.65)),
    "k 8, best by .05": (500, (0.7,) + (0.65,) * 7),
    "k 4, steps of .10": (500, (0.8, 0.7, 0.6, 0.5)),
    "k 8, steps of .05": (500, tuple(0.8 - 0.05 * step for step in range(8))),
}
#: The part of what makes a sample hard that all Subjects share.
_SHARED = 0.5


class Outcome(NamedTuple):
    """One session: the first Subject is a best one."""

    is_best_out: bool
    is_best_named: bool
    share_asked: float


def lines(n_sessions: int) -> Iterator[Line]:
    """A line for each field and way."""
    for label, (n, shares) in _FIELDS.items():
        yield Line(
            _TITLE, f"{label} tournament", partial(_line, label, n, shares, n_sessions, is_naive=False)
        )
        yield Line(_TITLE, f"{label} naive", partial(_line, label, n, shares, n_sessions, is_naive=True))


def _line(label: str, n: int, shares: Sequence[float], n_sessions: int, *, is_naive: bool) -> Computed:
    rng = np.random.default_rng([n, len(shares), round(1000 * shares[-1])])
    play = naive if is_naive else race
    found = [play(answers(rng, n, shares)) for _ in range(n_sessions)]
    n_out, n_named = sum(each.is_best_out for each in found), sum(each.is_best_named for each in found)
    asked = float(np.mean([each.share_asked for each in found]))
    word = "naive tests" if is_naive else "tournament"
    text = (
        f"{label:<18} {word:<12} best put out {rate(n_out, n_sessions):<20} "
        f"named winner {rate(n_named, n_sessions):<20} asked {100 * asked:.0f} %"
    )
    low = n_out / n_sessions - 1.96 * (n_out / n_sessions * (1 - n_out / n_sessions) / n_sessions) ** 0.5
    return Computed(text, not is_naive and low > ALPHA)


def answers(rng: np.random.Generator, n: int, shares: Sequence[float]) -> Floats:
    """(n, k) of 0 and 1: right answers by a normal threshold, samples being hard for all in part."""
    hard = rng.standard_normal((n, 1)) * _SHARED**0.5
    own = rng.standard_normal((n, len(shares))) * (1 - _SHARED) ** 0.5
    is_right = (hard + own) < np.array([normal_quantile(share) for share in shares])
    return np.asarray(is_right, dtype=np.float64)


def race(values: Floats) -> Outcome:
    """By the rule that sessions follow."""
    n, k = values.shape
    found, n_asked = Race(k), 0
    sound, held = [True] * k, [False] * k
    for row in values.tolist():
        if len(found.still_in) == 1:
            break
        n_asked += len(found.still_in)
        found.add(row, sound, held)
    places = found.places(sound, is_over=True)
    first = places[0].standing
    return Outcome(first in ("dropped", "behind"), first == "winner", n_asked / (n * k))


def naive(values: Floats) -> Outcome:
    """An ordinary test of each against the leader, after every tenth sample."""
    n, k = values.shape
    still_in, n_asked = list(range(k)), 0
    for count in range(1, n + 1):
        n_asked += len(still_in)
        if len(still_in) == 1:
            n_asked -= 1
            break
        if count % 10 == 0:
            seen = values[:count]
            leader = max(still_in, key=lambda each: float(seen[:, each].sum()))
            still_in = [
                each
                for each in still_in
                if each == leader or _p_worse(seen[:, each], seen[:, leader]) > ALPHA
            ]
    return Outcome(0 not in still_in, still_in == [0], n_asked / (n * k))


def _p_worse(one: Floats, other: Floats) -> float:
    return mcnemar(int(np.sum(one > other)), int(np.sum(one < other))).worse
