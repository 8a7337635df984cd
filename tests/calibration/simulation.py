"""Sessions of regression gates, simulated: how often they raise an alarm, and how many samples they need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import log

import numpy as np

from evalkit.core.gate import MetricSpec, RegressionGate
from evalkit.gates.compare import Paired
from evalkit.gates.difference import Difference, paired_difference
from evalkit.gates.pairing import Pair
from evalkit.gates.regression import PendingRegression, decide_session
from evalkit.gates.sequential import LOOKS, RegressionSequence
from evalkit.metrics.metric import Floats, Metric
from evalkit.stats.betting import BETS, SHARES
from evalkit.stats.bootstrap import SampleRows
from evalkit.stats.intervals import t_interval
from evalkit.stats.sides import Sides
from evalkit.stats.student import t_quantile, t_tail
from tests.calibration.influence import Moved, moved
from tests.calibration.population import ONCE, Population, Repeats, Scores, population

ALPHA = 0.05
#: A gate of many samples is tested where Student's p-value is at most this many times alpha / gates.
_NEAR, _FEW = 5, 100
#: The same for tests other than of means, whose error or steps are not Student's.
_NEAR_OTHERS = 4
_BATCH_CELLS = 400_000
_FAR = "Student's t, far from alpha"


@dataclass(frozen=True)
class Session:
    """What to simulate: ``n_gates`` gates of ``n`` samples, each task drawn anew.

    Attributes:
        drop: share of samples on which the candidate loses everything; 0 for no true difference.
        is_exact: make every test, also those that Student's tail says to be far from alpha.
    """

    scores: Scores
    n: int
    n_gates: int = 1
    repeats: Repeats = ONCE
    margin: float = 0.0
    drop: float = 0.0
    is_exact: bool = False

    @property
    def population(self) -> Population:
        return population(self.scores)

    @property
    def metric(self) -> Metric:
        return self.population.metric

    @property
    def can_stop(self) -> bool:
        """Whether its gates can be decided early."""
        return self.metric.kind != "corpus"

    @property
    def gate(self) -> RegressionGate:
        return RegressionGate(MetricSpec("m"), margin=self.margin, alpha=ALPHA)

    @property
    def largest_p(self) -> float:
        """Student's one-sided p-value above which no gate can fail.

        A gate fails only if the interval at its level lies below 0. For a mean that is Student's p-value
        being at most its level, which is at most alpha. Over 100 samples, where tests are dear, the gates of
        a session are tested up to five times alpha / gates: that is alpha / gates until one fails, and five
        times that only after sixteen of twenty did. The exact test of flips and the bootstrap are given four
        times more.
        """
        near = ALPHA if self.n <= _FEW else min(ALPHA, _NEAR * ALPHA / self.n_gates)
        is_mean = self.can_stop and (self.metric.kind == "graded" or sum(self.repeats) > 2)
        return near if is_mean else _NEAR_OTHERS * near

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Baseline and candidate, (n_gates, n, repeats, k) each."""
        return self.population.draw((self.n_gates, self.n), self.repeats, self.drop, rng)


@dataclass(frozen=True)
class Tally:
    """Sums over sessions: those with any ``fail``, gates that failed and passed, share of samples asked."""

    n_sessions: int
    n_alarms: int
    n_failed: int
    n_passed: int
    share_asked: float


def simulate(session: Session, n_sessions: int, *, is_sequential: bool, seed: int = 0) -> Tally:
    """Run sessions through the code that decides real ones, looks after every sample if sequential."""
    rng = np.random.default_rng(seed)
    alarms, failed, passed = 0, 0, 0
    asked = 0.0
    for number in range(n_sessions):
        before, after = session.draw(rng)
        stops, pending = _pend(session, before, after, is_sequential, number)
        asked += float(stops.mean()) / session.n
        if not any(gate.stopped or _is_tested(gate) for gate in pending):
            continue
        outcomes = [verdict.verdict for verdict in decide_session(pending)]
        alarms += "fail" in outcomes
        failed += outcomes.count("fail")
        passed += outcomes.count("pass")
    return Tally(n_sessions, alarms, failed, passed, asked / n_sessions)


def _is_tested(gate: PendingRegression) -> bool:
    return gate.paired is not None and gate.paired.difference.method != _FAR


def _pend(
    session: Session, before: Floats, after: Floats, is_sequential: bool, seed: int
) -> tuple[Floats, list[PendingRegression]]:
    stops = np.full(session.n_gates, float(session.n))
    pending = []
    first: list[int | None] = [None] * session.n_gates
    if is_sequential:
        first = first_looks(session, (after.mean(axis=2) - before.mean(axis=2))[..., 0])
    differences = differences_of(session, before, after, seed)
    for index, stop in enumerate(first):
        if stop is not None:
            stops[index] = stop
            sides = before[index, :stop].mean(axis=1), after[index, :stop].mean(axis=1)
            pending.append(_stopped(session, *(side[:, 0] for side in sides)))
        else:
            share = 1 - LOOKS if is_sequential else 1.0
            paired = Paired("m", differences[index], 0, 0, 0)
            pending.append(PendingRegression(session.gate, paired, share=share))
    return stops, pending


def first_looks(session: Session, differences: Floats) -> list[int | None]:
    """For each row of (g, n) differences in -1 .. 1 the number of samples at which the looks decide."""
    null = (1 - session.margin) / 2
    scaled = (1 + differences) / 2
    passes = wealth(scaled, null) >= log(1 / (LOOKS * ALPHA))
    # Both have to hold, each at some look up to then.
    drops = np.maximum.accumulate(wealth(1 - scaled, 0.5), axis=1)
    beyond = np.maximum.accumulate(wealth(1 - scaled, 1 - null), axis=1) if session.margin else drops
    fails = (drops >= log(session.n_gates / (LOOKS * ALPHA))) & (beyond >= log(1 / (LOOKS * ALPHA)))
    is_over = passes | fails
    firsts = np.argmax(is_over, axis=1) + 1
    return [int(n) if over else None for n, over in zip(firsts, is_over.any(axis=1), strict=True)]


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


def _stopped(session: Session, before: Floats, after: Floats) -> PendingRegression:
    sequence = RegressionSequence(session.gate, session.metric, session.n, session.n_gates)
    for pair in zip(before.tolist(), after.tolist(), strict=True):
        sequence.add(*pair)
    assert sequence.decision is not None
    return PendingRegression(session.gate, stopped=sequence.stopped(sequence.decision))


def differences_of(session: Session, before: Floats, after: Floats, seed: int) -> list[Difference]:
    """The paired difference of each gate, (g, n, repeats, k) rows; tested only where the gate could fail."""
    seen = moved(session.metric, before, after)
    limit = t_quantile(1 - session.largest_p, session.n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = seen.values / seen.errors
    differences = []
    for index, t in enumerate(errors):
        if session.is_exact or not t > -limit:
            pair = pair_of(before[index], after[index])
            differences.append(paired_difference(session.metric, pair, seed))
        else:
            differences.append(_far(session, seen, index, float(t) if t > limit else 0.0))
    return differences


def pair_of(before: Floats, after: Floats) -> Pair:
    """Both sides' (n, repeats, k) rows, as the gates get them."""
    return Pair(_ids(len(before)), _side(before), _side(after))


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
