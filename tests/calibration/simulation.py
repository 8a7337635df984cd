"""Sessions of regression gates, simulated: how often they raise an alarm, and how many samples they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import log
from typing import Literal

import numpy as np

from evalkit.comparisons.comparable import Side
from evalkit.comparisons.compare import Paired
from evalkit.comparisons.difference import Difference, paired_difference
from evalkit.comparisons.pairing import Pair
from evalkit.core.gate import GateLimits, MetricSpec, Missing
from evalkit.gates.deciding.compared import ComparedGate, Measured, Stopped
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.prepare import prepare_regression
from evalkit.gates.deciding.regression_sequence import RegressionSequence
from evalkit.gates.deciding.sequential import LOOKS
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats, Metric
from evalkit.stats.betting import BETS, SHARES
from evalkit.stats.bootstrap import Codes, SampleRows
from evalkit.stats.intervals import t_interval
from evalkit.stats.sides import Sides
from evalkit.stats.student import t_quantile, t_tail
from tests.calibration.influence import Moved, moved
from tests.calibration.population import ONCE, Population, Repeats, Scores, population
from tests.unit.gates.metric_doubles import ACCURACY, observe

ALPHA = 0.05
#: A gate is tested where Student's p-value is at most this many times alpha / gates.
_NEAR = 5
#: The same for tests other than of means, whose error or steps are not Student's.
_NEAR_OTHERS = 4
_BATCH_CELLS = 400_000
_FAR = "Student's t, far from alpha"
#: Samples of a group, one group after the other, and the share of the candidate's answers that fail.
_GROUP_SIZES = np.arange(2, 14)
SHARE_MISSING = 0.05

#: Which of the candidate's answers are missing: any, or only such as would have been wrong; the last one with
#: a gate that counts them as wrong.
Gaps = Literal["any", "wrong", "wrong, worst"]


@dataclass(frozen=True)
class Session:
    """What to simulate: ``n_gates`` gates of ``n`` samples, each task drawn anew.

    Attributes:
        drop: share of samples on which the candidate loses everything; 0 for no true difference.
        is_exact: make every test, also those that Student's tail says to be far from alpha.
        is_grouped: ``n`` counts groups of 2 to 13 samples that are right or wrong together.
        gaps: a twentieth of the candidate's answers is missing; scores are to be binary.
    """

    scores: Scores
    n: int
    n_gates: int = 1
    repeats: Repeats = ONCE
    margin: float = 0.0
    drop: float = 0.0
    is_exact: bool = False
    is_grouped: bool = False
    gaps: Gaps | None = None

    @property
    def population(self) -> Population:
        return population(self.scores)

    @property
    def metric(self) -> Metric:
        return self.population.metric

    @property
    def can_stop(self) -> bool:
        """Whether its gates can be decided early."""
        return self.metric.kind != "corpus" and not self.is_grouped and self.gaps is None

    @property
    def gate(self) -> RegressionGate:
        missing: Missing = "worst" if self.gaps == "wrong, worst" else "left_out"
        return RegressionGate(MetricSpec("m"), margin=self.margin, alpha=ALPHA, missing=missing)

    @cached_property
    def groups(self) -> Codes | None:
        """The group of each sample, where samples come in groups."""
        return np.repeat(np.arange(self.n), np.resize(_GROUP_SIZES, self.n)) if self.is_grouped else None

    @property
    def n_samples(self) -> int:
        return self.n if self.groups is None else len(self.groups)

    @property
    def largest_p(self) -> float:
        """Student's one-sided p-value above which no gate can fail.

        A gate fails only if the interval at its level lies below 0. For a mean that is Student's p-value
        being at most its level, which is at most alpha. The gates of a session are tested up to five times
        alpha / gates: that is alpha / gates until one fails, and five times that only after sixteen of twenty
        did. The exact test of flips and the bootstrap are given four times more.
        """
        near = min(ALPHA, _NEAR * ALPHA / self.n_gates)
        is_mean = self.can_stop and (self.metric.kind == "graded" or sum(self.repeats) > 2)
        return near if is_mean else _NEAR_OTHERS * near

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Baseline and candidate, (n_gates, n_samples, repeats, k) each."""
        shape = self.n_gates, self.n_samples
        return self.population.draw(shape, self.repeats, self.drop, rng, self.groups)


@dataclass
class Tally:
    """Sums over sessions: those with any ``fail``, gates that failed and passed, share of samples asked."""

    n_sessions: int = 0
    n_alarms: int = 0
    n_failed: int = 0
    n_passed: int = 0
    n_asked: float = 0.0

    @property
    def share_asked(self) -> float:
        return self.n_asked / self.n_sessions

    def add(self, pending: Sequence[ComparedGate], share_asked: float) -> None:
        """One more session. Where no gate was tested none can fail, and none is looked at further."""
        self.n_sessions += 1
        self.n_asked += share_asked
        if any(map(_is_tested, pending)):
            outcomes = [verdict.verdict for verdict in decide_session(pending)]
            self.n_alarms += "fail" in outcomes
            self.n_failed += outcomes.count("fail")
            self.n_passed += outcomes.count("pass")


def simulate(
    session: Session, n_sessions: int, *, seed: int = 0, has_looks: bool = False, n_parts: int | None = None
) -> list[Tally]:
    """Run sessions through the code that decides real ones: each with every sample asked and, if it
    ``has_looks`` and its gates can stop, again with looks after every sample.

    Args:
        n_parts: samples are asked in so many batches, and asking ends between batches only.
    """
    rng = np.random.default_rng(seed)
    tallies = [Tally() for _ in range(2 if has_looks and session.can_stop else 1)]
    for number in range(n_sessions):
        before, after = session.draw(rng)
        if session.gaps is not None:
            tallies[0].add(_with_gaps(session, before, after, rng, number), 1.0)
            continue
        paired = [Paired("m", each, 0, 0, 0) for each in differences_of(session, before, after, number)]
        tallies[0].add([Measured(session.gate, each) for each in paired], 1.0)
        for tally in tallies[1:]:
            tally.add(*_looked_at(session, before, after, paired, n_parts))
    return tallies


def _is_tested(gate: ComparedGate) -> bool:
    return not isinstance(gate, Measured) or gate.paired.difference.method != _FAR


def _with_gaps(
    session: Session, before: Floats, after: Floats, rng: np.random.Generator, seed: int
) -> list[ComparedGate]:
    """Gates whose candidates miss a twentieth of their answers, on average, as observations with errors."""
    pending = []
    for baseline, candidate in zip(before[:, :, 0, 0], after[:, :, 0, 0], strict=True):
        may_miss = np.ones(session.n) if session.gaps == "any" else 1.0 - candidate
        is_missing = rng.random(session.n) < may_miss * (SHARE_MISSING / max(may_miss.mean(), SHARE_MISSING))
        values = [None if gone else float(v) for v, gone in zip(candidate, is_missing, strict=True)]
        sides = [Side(observe(each), "t", "d") for each in (values, baseline.tolist())]
        pending.append(prepare_regression(session.gate, ACCURACY, *sides, limits=GateLimits(1.0), seed=seed))
    return pending


def _looked_at(
    session: Session, before: Floats, after: Floats, paired: Sequence[Paired], n_parts: int | None
) -> tuple[list[ComparedGate], float]:
    """The gates where looks after every sample may have decided them, and the share of samples asked. What is
    decided in the last of several batches was asked to the end, and has the final test."""
    stops = first_looks(session, (after.mean(axis=2) - before.mean(axis=2))[..., 0])
    pending: list[ComparedGate] = []
    n_asked = 0
    for index, stop in enumerate(stops):
        asked = session.n if stop is None else _asked_at(stop, session.n, n_parts)
        n_asked += asked
        if stop is None or (n_parts is not None and asked == session.n):
            pending.append(Measured(session.gate, paired[index], share=1 - LOOKS))
        else:
            sides = before[index, :stop].mean(axis=1), after[index, :stop].mean(axis=1)
            pending.append(_stopped(session, *(side[:, 0] for side in sides)))
    return pending, n_asked / (session.n * session.n_gates)


def _asked_at(stop: int, n: int, n_parts: int | None) -> int:
    """How many samples were asked when the asking ends after a decision at sample ``stop``."""
    if n_parts is None:
        return stop
    return next(end for part in range(1, n_parts + 1) if (end := n * part // n_parts) >= stop)


def first_looks(session: Session, differences: Floats) -> list[int | None]:
    """For each row of (g, n) differences in -1 .. 1 the number of samples at which the looks decide."""
    null = (1 - session.margin) / 2
    scaled = (1 + differences) / 2
    passes = wealth(scaled, null) >= log(1 / (LOOKS * ALPHA))
    # Both have to hold, each at some look up to then.
    drops = np.maximum.accumulate(wealth(1 - scaled, 0.5), axis=1)
    beyond = np.maximum.accumulate(wealth(1 - scaled, 1 - null), axis=1) if session.margin else drops
    fails = (drops >= log(session.n_gates / (LOOKS * ALPHA))) & (beyond >= log(1 / (LOOKS * ALPHA)))
    is_over = np.asarray(passes | fails)
    firsts = np.argmax(is_over, axis=1) + 1
    return [int(n) if over else None for n, over in zip(firsts, np.asarray(is_over.any(axis=1)), strict=True)]


def wealth(values: Floats, mean: float) -> Floats:
    """``evalkit.stats.betting.log_wealth`` for each row of (g, n) independent values."""
    result = np.empty_like(values)
    step = max(1, _BATCH_CELLS // values.shape[1])
    for start in range(0, len(values), step):
        rows = values[start : start + step]
        logs = np.cumsum(np.log1p(BETS[:, None, None] * (rows / mean - 1)), axis=2)
        logs += np.log(SHARES)[:, None, None]
        top = logs.max(axis=0)
        result[start : start + step] = top + np.log(np.exp(logs - top).sum(axis=0))
    return result


def _stopped(session: Session, before: Floats, after: Floats) -> Stopped:
    sequence = RegressionSequence(session.gate, session.metric, session.n, session.n_gates)
    for pair in zip(before.tolist(), after.tolist(), strict=True):
        sequence.add(*pair)
    assert sequence.decision is not None
    return Stopped(session.gate, sequence.stopped(sequence.decision))


def differences_of(session: Session, before: Floats, after: Floats, seed: int) -> list[Difference]:
    """The paired difference of each gate, (g, n, repeats, k) rows; tested only where the gate could fail."""
    if session.is_exact or session.is_grouped:
        pairs = (pair_of(*sides, session.groups) for sides in zip(before, after, strict=True))
        return [paired_difference(session.metric, pair, seed) for pair in pairs]
    seen = moved(session.population, before, after)
    limit = t_quantile(1 - session.largest_p, session.n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = seen.values / seen.errors
    differences = []
    for index, t in enumerate(errors):
        if not t > -limit:
            pair = pair_of(before[index], after[index])
            differences.append(paired_difference(session.metric, pair, seed))
        else:
            differences.append(_far(session, seen, index, float(t) if t > limit else 0.0))
    return differences


def pair_of(before: Floats, after: Floats, groups: Codes | None = None) -> Pair:
    """Both sides' (n, repeats, k) rows, as the gates get them."""
    return Pair(_ids(len(before)), _side(before), _side(after), groups)


def _side(rows: Floats) -> SampleRows:
    n, n_repeats, width = rows.shape
    return SampleRows(rows.reshape(-1, width), np.repeat(np.arange(n), n_repeats))


@cache
def _ids(n: int) -> tuple[str, ...]:
    return tuple(map(str, range(n)))


def _far(session: Session, seen: Moved, index: int, t: float) -> Difference:
    """A difference that cannot fail: Holm's steps see 1 of it, and Student's p-value of those for the
    better."""
    n, value, error = session.n, float(seen.values[index]), float(seen.errors[index])
    tests = Sides(1.0, t_tail(t, n - 1) if t else 1.0)
    baseline = float(seen.baselines[index])
    return Difference(
        n, n, baseline, baseline + value, value, tests, error, 1.0, _FAR, False,
        lambda alpha: t_interval(value, error, n - 1, alpha),
    )  # fmt: skip
