"""How often intervals hold the true value: of one side, of the difference, and of all looks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from unittest import mock

import numpy as np

from evalkit.comparisons.difference import paired_difference
from evalkit.comparisons.estimate import estimate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.metrics.metric import Floats, Metric, Table
from evalkit.stats.betting import anytime_p_values, peak_wealth
from evalkit.stats.sides import NOTHING
from tests.calibration.simulation import ALPHA, Session, pair_of

_NOTHING = Observations(("0",), (None,), (Response(""),))


@dataclass(frozen=True)
class Misses:
    """How often the true value lay below the interval and above it."""

    n_below: int = 0
    n_above: int = 0

    def plus(self, low: float, high: float, truth: float) -> Misses:
        return replace(self, n_below=self.n_below + (truth < low), n_above=self.n_above + (truth > high))


class _Given:
    """A metric whose table is there already, for ``estimate``: a score for each row would take minutes."""

    reads_texts = False

    def __init__(self, metric: Metric, table: Table) -> None:
        self._metric, self._table = metric, table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._metric, name)

    def table(self, observations: Observations) -> Table:
        return self._table

    def signature(self, observations: Observations) -> str:
        return "given"


def of_estimates(session: Session, n_sessions: int, seed: int) -> Misses:
    """The 95 % interval of the candidate's own value."""
    rng = np.random.default_rng(seed)
    truth = session.population.value(session.drop)
    ids = tuple(str(i) for i in range(session.n) for _ in range(session.repeats.candidate))
    misses = Misses()
    for _ in range(n_sessions):
        rows = session.draw(rng)[1][0]
        table = Table(rows.reshape(len(ids), -1), ids, 0)
        seen = estimate(cast(Metric, _Given(session.metric, table)), "m", _NOTHING)
        assert seen.low is not None
        assert seen.high is not None
        misses = misses.plus(seen.low, seen.high, truth)
    return misses


def of_differences(session: Session, n_sessions: int, seed: int) -> Misses:
    """The 95 % interval of candidate less baseline."""
    rng = np.random.default_rng(seed)
    truth = session.population.value(session.drop) - session.population.value()
    misses = Misses()
    with _without_permutations():
        for number in range(n_sessions):
            before, after = session.draw(rng)
            difference = paired_difference(
                session.metric, pair_of(before[0], after[0], session.groups), number
            )
            # A whole flip less may be rounded to the other side of an end.
            low, high = difference.interval(ALPHA)
            misses = misses.plus(low - 1e-12, high + 1e-12, truth)
    return misses


@contextmanager
def _without_permutations() -> Iterator[None]:
    """No interval reads the p-values of permutation tests, which take most of the time."""
    flips = mock.patch("evalkit.comparisons.difference.sign_flip_test", return_value=NOTHING)
    exchanges = mock.patch("evalkit.comparisons.difference.exchange_test", return_value=None)
    with flips, exchanges:
        yield


def of_sequences(session: Session, n_sessions: int, seed: int, *, is_finite: bool) -> Misses:
    """The 95 % confidence sequence of a mean, missed where it left the mean out at any of n looks.

    Args:
        is_finite: the mean of the n values themselves, drawn without replacement; else the true one.
    """
    rng = np.random.default_rng(seed)
    misses = Misses()
    for _ in range(n_sessions):
        values = session.draw(rng)[1][0].mean(axis=1)[:, 0]
        mean = float(values.mean()) if is_finite else session.population.value(session.drop)
        peaks = _peaks(values, mean, session.n if is_finite else None)
        is_missed = anytime_p_values(*peaks).two_sided <= ALPHA
        misses = replace(misses, n_below=misses.n_below + is_missed)
    return misses


def _peaks(values: Floats, mean: float, n: int | None) -> tuple[float, float]:
    return peak_wealth(values, mean, n), peak_wealth(1 - values, 1 - mean, n)
