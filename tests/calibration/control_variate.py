"""Random parts of datasets with earlier scores as control variates: coverage, saving, and gates decided so.

Beside the interval stands the naive way, the mean prediction without the correction by random asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from evalkit.comparisons.compare import Paired
from evalkit.comparisons.control_variate import Draw, corrected_difference, corrected_value, value_interval
from evalkit.comparisons.difference import paired_difference
from evalkit.comparisons.pairing import Pair
from evalkit.core.gate import MetricSpec
from evalkit.gates.deciding.compared import Measured
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from evalkit.stats.bootstrap import SampleRows
from evalkit.stats.control_variate import fit_ridge
from evalkit.stats.intervals import wilson_interval
from tests.calibration.lines import Computed, Line, rate
from tests.unit.gates.metric_doubles import ACCURACY

N_TOTAL, N_PAST, SIZES = 1_500, 4, (50, 100, 200, 500)
#: A dataset is used for so many sessions.
_PER_DATASET = 50
#: What coverage has to lie within.
LEAST, MOST = 0.935, 0.965


class World(NamedTuple):
    """How samples are right: log-odds ``level`` + ``skill`` times a difficulty that earlier subjects share.

    Attributes:
        today: what of the shared difficulty is felt today; negative where history misleads.
    """

    level: float = 1.2
    skill: float = 2.5
    today: float = 1.0

    def draw(self, rng: np.random.Generator, drop: float = 0.0) -> tuple[Floats, Floats, Floats]:
        """Earlier scores (N, k), a baseline's and today's (N,); ``drop`` of today's are wrong besides."""
        ease = self.skill * rng.normal(size=N_TOTAL)
        past = _right(rng, self.level + ease, N_PAST + 1)
        today = _right(rng, self.level + self.today * ease, 1)[0] * (rng.random(N_TOTAL) >= drop)
        return past[:-1].T, past[-1], today


def _right(rng: np.random.Generator, odds: Floats, n: int) -> Floats:
    return (rng.random((n, len(odds))) < 1 / (1 + np.exp(-odds))).astype(np.float64)


WORLDS = {
    "helpful": World(),
    "useless": World(today=0.0),
    "misleading": World(today=-1.0),
    "nearly all right": World(level=4.5),
}


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the tables."""
    head = f"{'history':<18} {'n':>4}  {'interval holds':<20} {'prediction alone':<20} n effective / n"
    title = f"95 % intervals of the value of {N_TOTAL:,} samples, n of them asked"
    for name, world in WORLDS.items():
        for n in SIZES:
            compute = partial(_coverage, name, world, n, n_sessions)
            yield Line(f"{title}\n\n{head}", f"control coverage {name} {n}", compute)
    head = f"{'history':<18} {'n':>4} {'drop':>5}  " + " ".join(f"{each:<20}" for each in _GATES)
    title = f"regression gate, margin {MARGIN:g}, alpha 5 %, against a stored baseline"
    for name in ("helpful", "useless"):
        for n in (100, 500):
            for drop in (0.0, DROP):
                compute = partial(_gate, name, WORLDS[name], n, drop, n_sessions)
                yield Line(f"{title}\n\n{head}", f"control gate {name} {n} {drop:g}", compute)


MARGIN, DROP = 0.05, 0.2
_GATES = ("fail", "pass", "worse shown", "worse, n as of all", "fail of n plain pairs", "pass of them")


def coverage(world: World, n: int, n_sessions: int) -> tuple[int, int, float]:
    """In how many sessions the interval held the dataset's value, and the interval of the naive way; the
    mean of effective samples for each asked."""
    rng = np.random.default_rng([n, round(100 * (1 + world.today)), round(10 * world.level)])
    n_held, n_naive, gain = 0, 0, 0.0
    for session in range(n_sessions):
        if session % _PER_DATASET == 0:
            past, _, today = world.draw(rng)
        drawn = rng.permutation(N_TOTAL)[:n]
        draw = Draw([], drawn, past)
        found = corrected_value(ACCURACY, today, draw)
        assert found is not None
        low, high = value_interval(ACCURACY, found, 0.05)
        n_held += low <= today.mean() <= high
        gain += found.n_effective / n / n_sessions
        # As if what is predicted were answers.
        predicted = fit_ridge(past[drawn], today[drawn]).of(past)
        naive = wilson_interval(float(np.clip(predicted.mean(), 0, 1)), N_TOTAL)
        n_naive += naive.low <= today.mean() <= naive.high
    return n_held, n_naive, gain


def _coverage(name: str, world: World, n: int, n_sessions: int) -> Computed:
    n_held, n_naive, gain = coverage(world, n, n_sessions)
    low, high = wilson_interval(n_held / n_sessions, n_sessions)
    text = f"{name:<18} {n:>4}  {rate(n_held, n_sessions):<20} {rate(n_naive, n_sessions):<20} {gain:.2f}"
    return Computed(text, high < LEAST or low > MOST)


def _gate(name: str, world: World, n: int, drop: float, n_sessions: int) -> Computed:
    """Each session has a dataset of its own: regression gates are about samples like these."""
    rng = np.random.default_rng([n, round(100 * drop), len(name)])
    gate = RegressionGate(MetricSpec("accuracy"), MARGIN)
    counts = dict.fromkeys(_GATES, 0)
    for _ in range(n_sessions):
        past, before, today = world.draw(rng, drop)
        if drop == 0.0:
            today, before = _exchanged(rng, today, before)
        drawn = rng.permutation(N_TOTAL)[:n]
        draw = Draw([], drawn, np.column_stack([past, before]))
        side, other = (SampleRows(each[drawn, np.newaxis], np.arange(n)) for each in (before, today))
        plain = Paired("accuracy", paired_difference(ACCURACY, Pair([""] * n, side, other)), 0, 0, 0)
        made = corrected_difference(ACCURACY, plain, today, before, draw)
        assert made is not None
        paired, found = made
        (ours,) = decide_session([Measured(gate, paired)])
        (theirs,) = decide_session([Measured(gate, plain)])
        of_these = found.mean().interval(0.1).high < before.mean()
        of_ours = ours.verdict == "fail", ours.verdict == "pass", paired.at(0.05).is_worse, of_these
        seen = *of_ours, theirs.verdict == "fail", theirs.verdict == "pass"
        for each, is_seen in zip(_GATES, seen, strict=True):
            counts[each] += bool(is_seen)
    cells = " ".join(f"{rate(counts[each], n_sessions):<20}" for each in _GATES)
    low, _ = wilson_interval(counts["worse shown"] / n_sessions, n_sessions)
    return Computed(f"{name:<18} {n:>4} {drop:>5.2f}  {cells}", drop == 0.0 and low > 0.05)


def _exchanged(rng: np.random.Generator, today: Floats, before: Floats) -> tuple[Floats, Floats]:
    """The sides of each sample by the toss of a coin: no difference, whatever the worlds are."""
    is_turned = rng.random(len(today)) < 0.5
    return np.where(is_turned, before, today), np.where(is_turned, today, before)
