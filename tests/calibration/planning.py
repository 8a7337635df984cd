"""Whether the samples that ``evalkit plan`` asks for give the power that it says, by the code that decides.

Each row plans a session of regression gates from spreads that are known, or from a pilot of 200 samples drawn
anew each time, and then decides sessions of as many samples. **Passes**: an unchanged candidate passes the
first gate, with the samples that passing takes. **Shows**: a candidate that is worse by the margin is shown
to be worse by the first gate, with the samples that this takes, alpha shared over all gates of the session.
Beside it what the usual formula for two shares asks for, which knows neither pairs nor other gates, and the
share that is shown on so many samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from math import ceil
from typing import Literal

import numpy as np

from evalkit.comparisons.compare import Paired
from evalkit.comparisons.difference import Difference, paired_difference
from evalkit.comparisons.repeat_noise import RepeatNoise
from evalkit.core.gate import MetricSpec
from evalkit.gates.deciding.compared import Measured
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats, Metric
from evalkit.metrics.open import open_metric
from evalkit.planning.need import Asked, GateNeed
from evalkit.planning.pooling import SeenPair, pooled
from evalkit.planning.spread import Spread
from evalkit.stats.intervals import wilson_interval
from evalkit.stats.own_variance import own_variance_of_mean
from evalkit.stats.power import POWER, n_to_see
from evalkit.stats.sides import Sides
from tests.calibration.lines import Computed, Line, rate
from tests.calibration.near_alpha import sign_flips_near
from tests.calibration.simulation import pair_of

TITLE = "planned power: passes and shows in 80 %"
#: Largest move of a sample's chance to be right, and how exact graded answers are around their sample's mean.
_SPREAD, _PRECISION = 0.4, 10.0
_N_PILOT = 200


@dataclass(frozen=True)
class Planned:
    """One row.

    Attributes:
        changed: binary samples asked once: share that flips. Else the chance that a sample's own mean is
            mirrored, which is what varies between samples.
        n_others: gates beside the first one, whose p-values are those of unchanged candidates.
        has_pilot: planned from ``_N_PILOT`` samples and not from the truth.
    """

    kind: Literal["binary", "graded"]
    margin: float
    changed: float
    n_repeats: int = 1
    n_others: int = 0
    has_pilot: bool = False

    @property
    def label(self) -> str:
        gates = f" {self.n_others + 1} gates" if self.n_others else ""
        pilot = " pilot" if self.has_pilot else ""
        return f"{self.kind} K={self.n_repeats} margin {self.margin:g} changed {self.changed:g}{gates}{pilot}"

    @property
    def metric(self) -> Metric:
        return open_metric(MetricSpec("accuracy" if self.kind == "binary" else "squad_f1"))

    @property
    def is_once(self) -> bool:
        return self.kind == "binary" and self.n_repeats == 1

    @property
    def gate(self) -> RegressionGate:
        return RegressionGate(MetricSpec("m"), margin=self.margin)

    @property
    def spread(self) -> Spread:
        """As it truly is."""
        if self.is_once:
            return Spread(self.changed)
        between = self.changed * (2 * _SPREAD) ** 2 / 3
        own = 0.25 - _SPREAD**2 / 3
        within = own if self.kind == "binary" else own / (1 + _PRECISION)
        total = between + 2 * within / self.n_repeats
        return Spread(total, within, 1.0, self.is_once, n_repeats=self.n_repeats, kurtosis=_kurtosis(self))

    def need(self, spread: Spread) -> GateNeed:
        return GateNeed(self.gate, spread, Asked(self.n_others + 1))

    def draw(self, n: int, drop: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Baseline and candidate, (n, repeats, 1) each."""
        if self.is_once:
            lost, won = (self.changed + drop) / 2, (self.changed - drop) / 2
            kind = rng.choice(4, size=n, p=[lost, won, (1 - lost - won) / 2, (1 - lost - won) / 2])
            before, after = np.isin(kind, (0, 2)), np.isin(kind, (1, 2))
            return before[:, None, None].astype(float), after[:, None, None].astype(float)
        away = rng.uniform(-_SPREAD, _SPREAD, n)
        turned = np.where(rng.random(n) < self.changed, -away, away)
        sides = (0.5 + away)[:, None, None], (0.5 + turned - drop)[:, None, None]
        return self._answers(sides[0], rng), self._answers(sides[1], rng)

    def _answers(self, means: Floats, rng: np.random.Generator) -> Floats:
        shape = (len(means), self.n_repeats, 1)
        if self.kind == "binary":
            return (rng.random(shape) < means).astype(float)
        means = np.broadcast_to(means, shape)
        return rng.beta(means * _PRECISION, (1 - means) * _PRECISION)

    def difference(self, n: int, drop: float, rng: np.random.Generator) -> Difference:
        return paired_difference(self.metric, pair_of(*self.draw(n, drop, rng)), int(rng.integers(2**31)))

    def pilot(self, rng: np.random.Generator) -> Spread:
        """The spread as the planner sees it in two runs of a changed candidate."""
        pair = pair_of(*self.draw(_N_PILOT, 0.0, rng))
        noises = []
        for side in (pair.baseline, pair.candidate):
            of_mean = own_variance_of_mean(side.rows[:, 0], side.samples)
            variance = None if of_mean is None else of_mean * _N_PILOT * self.n_repeats
            noises.append(RepeatNoise(variance, float(self.n_repeats)))
        seen = SeenPair(paired_difference(self.metric, pair), (noises[0], noises[1]))
        found = pooled([seen], seen.own, self.metric, "history")
        assert found is not None
        return found


def rows() -> Iterator[Planned]:
    """Rare and frequent changes, once and repeated, one gate and several, truth and pilots."""
    yield Planned("binary", 0.02, 0.1)
    yield Planned("binary", 0.02, 0.1, n_others=3)
    yield Planned("binary", 0.03, 0.05)
    yield Planned("binary", 0.05, 0.3, n_others=1)
    yield Planned("binary", 0.05, 0.1, n_repeats=3)
    yield Planned("binary", 0.05, 0.0, n_repeats=5, n_others=1)
    yield Planned("graded", 0.02, 0.05)
    yield Planned("graded", 0.03, 0.05, n_repeats=3, n_others=3)
    yield Planned("graded", 0.1, 0.02)
    yield Planned("binary", 0.05, 0.1, has_pilot=True)
    yield Planned("graded", 0.03, 0.05, n_repeats=2, has_pilot=True)


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the table."""
    for row in rows():
        yield Line(TITLE, row.label, partial(compute, row, n_sessions))


def compute(row: Planned, n_sessions: int, seed: int = 0) -> Computed:
    """One line: samples and shares of both questions, then of the usual formula."""
    rng = np.random.default_rng(seed)
    passed = shown = naive = 0
    sizes = []
    usual = usual_n(row)
    for _ in range(n_sessions):
        need = row.need(row.pilot(rng) if row.has_pilot else row.spread)
        to_pass, to_show = need.n_to_pass(row.n_repeats), need.n_to_show(row.n_repeats)
        assert to_pass is not None
        assert to_show is not None
        sizes.append((to_pass, to_show))
        passed += decided(row, to_pass, 0.0, rng) == "pass"
        shown += decided(row, to_show, row.margin, rng) == "worse"
        naive += decided(row, usual, row.margin, rng) == "worse"
    n_pass, n_show = (round(float(np.mean(each))) for each in zip(*sizes, strict=True))
    text = (
        f"{row.label:<46}  pass n={n_pass:>5,}: {rate(passed, n_sessions)}  "
        f"show n={n_show:>5,}: {rate(shown, n_sessions)}  usual n={usual:>6,}: {rate(naive, n_sessions)}"
    )
    return Computed(
        text, not row.has_pilot and (_is_short(passed, n_sessions) or _is_short(shown, n_sessions))
    )


def usual_n(row: Planned) -> int:
    """Two independent shares, or means, at the gate's own alpha (Fleiss, Levin and Paik 2003, Statistical
    Methods for Rates and Proportions, section 4.2, without correction); it takes answers for samples."""
    own = 0.25 if row.kind == "binary" else _SPREAD**2 / 3 + (row.spread.within or 0.0)
    n = n_to_see(row.margin, (2 * own) ** 0.5)
    assert n is not None
    return ceil(n / row.n_repeats)


def decided(row: Planned, n: int, drop: float, rng: np.random.Generator) -> str:
    """``pass``, ``worse`` where the first gate shows that, or neither."""
    with sign_flips_near(row.gate.alpha / (row.n_others + 1), row.gate.alpha):
        gates = [row.difference(n, drop, rng)]
    others = [replace(gates[0], tests=_chance(rng)) for _ in range(row.n_others)]
    pending = [Measured(row.gate, Paired("m", each, 0, 0, 0)) for each in [*gates, *others]]
    verdict = decide_session(pending)[0]
    assert verdict.comparison is not None
    if drop:
        return "worse" if verdict.comparison.is_worse else ""
    return "pass" if verdict.verdict == "pass" else ""


@cache
def _kurtosis(row: Planned) -> float:
    """Excess one of the samples' differences, by many of them."""
    before, after = row.draw(200_000, 0.0, np.random.default_rng(0))
    moves = (after - before).mean(axis=(1, 2))
    return float(np.mean(moves**4) / np.mean(moves**2) ** 2) - 3


def _chance(rng: np.random.Generator) -> Sides:
    p_value = float(rng.random())
    return Sides(p_value, 1 - p_value)


def _is_short(count: int, n: int) -> bool:
    """Whether the whole interval lies below what was planned."""
    return wilson_interval(count / n, n)[1] < POWER
