"""Sessions of regression gates, simulated: how often they raise an alarm, and how many samples they need."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

import numpy as np

from evalkit.core.gate import MetricSpec, RegressionGate
from evalkit.gates.compare import Paired
from evalkit.gates.difference import Difference, paired_difference
from evalkit.gates.pairing import Pair
from evalkit.gates.regression import PendingRegression, decide_session
from evalkit.gates.sequential import LOOKS, RegressionSequence
from evalkit.metrics.metric import Floats
from evalkit.stats.betting import BETS, SHARES
from evalkit.stats.bootstrap import SampleRows
from evalkit.stats.intervals import t_interval
from evalkit.stats.paired import sign_flip_test
from evalkit.stats.student import t_tail
from tests.unit.gates.metric_doubles import ACCURACY, GRADED, Mean

ALPHA = 0.05
Kind = Literal["binary", "graded", "binary, 3 repeats"]
_BATCH_CELLS = 400_000


@dataclass(frozen=True)
class Session:
    """What to simulate: ``n_gates`` gates of ``n`` samples, each task drawn anew.

    Attributes:
        drop: share of samples on which the candidate loses everything; 0 for no true difference.
    """

    kind: Kind
    n: int
    n_gates: int = 1
    margin: float = 0.0
    drop: float = 0.0

    @property
    def metric(self) -> Mean:
        return ACCURACY if self.kind == "binary" else GRADED

    @property
    def gate(self) -> RegressionGate:
        return RegressionGate(MetricSpec("m"), margin=self.margin, alpha=ALPHA)

    def draw(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Baseline and candidate, (n_gates, n) each: samples differ in difficulty, answers vary by chance."""
        shape = (self.n_gates, self.n)
        difficulty = rng.beta(2, 1, shape)
        if self.kind == "graded":
            sides = np.clip(difficulty + rng.normal(0, 0.2, (2, *shape)), 0, 1)
        elif self.kind == "binary":
            sides = (rng.random((2, *shape)) < difficulty).astype(float)
        else:
            sides = rng.binomial(3, difficulty, (2, *shape)) / 3
        return sides[0], np.where(rng.random(shape) < self.drop, 0.0, sides[1])


@dataclass(frozen=True)
class Tally:
    """Sums over sessions: those with any ``fail``, gates that failed, samples asked and left unasked."""

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
        outcomes = [verdict.verdict for verdict in decide_session(pending)]
        alarms += "fail" in outcomes
        failed += outcomes.count("fail")
        passed += outcomes.count("pass")
        asked += float(stops.mean()) / session.n
    return Tally(n_sessions, alarms, failed, passed, asked / n_sessions)


def _pend(
    session: Session, before: Floats, after: Floats, is_sequential: bool, seed: int
) -> tuple[Floats, list[PendingRegression]]:
    stops = np.full(session.n_gates, float(session.n))
    pending = []
    first = first_looks(session, after - before) if is_sequential else [None] * session.n_gates
    for index in range(session.n_gates):
        stop = first[index]
        if stop is not None:
            stops[index] = stop
            pending.append(_stopped(session, before[index, :stop], after[index, :stop]))
        else:
            share = 1 - LOOKS if is_sequential else 1.0
            difference = _difference(session, before[index], after[index], seed)
            paired = Paired("m", difference, 0, 0, 0)
            pending.append(PendingRegression(session.gate, paired, share=share))
    return stops, pending


def first_looks(session: Session, differences: Floats) -> list[int | None]:
    """For each row of (g, n) differences in -1 .. 1 the number of samples at which the looks decide."""
    null = (1 - session.margin) / 2
    scaled = (1 + differences) / 2
    passes = wealth(scaled, null) >= log(2 / (LOOKS * ALPHA))
    # Both have to hold, each at some look up to then.
    drops = np.maximum.accumulate(wealth(1 - scaled, 0.5), axis=1)
    beyond = np.maximum.accumulate(wealth(1 - scaled, 1 - null), axis=1)
    fails = (drops >= log(2 * session.n_gates / (LOOKS * ALPHA))) & (beyond >= log(2 / (LOOKS * ALPHA)))
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


def _difference(session: Session, before: Floats, after: Floats, seed: int) -> Difference:
    rows = np.arange(len(before))
    if session.kind == "binary":
        sides = [SampleRows(side[:, np.newaxis], rows) for side in (before, after)]
        return paired_difference(session.metric, Pair(tuple(map(str, rows)), *sides), seed)
    differences = after - before
    n, value, sd = len(differences), float(differences.mean()), float(differences.std(ddof=1))
    # The permutation test only where it could matter: thousands of signs for each of 40,000 gates take hours.
    p_value = 2 * t_tail(abs(value) / (sd / sqrt(n)), n - 1)
    if p_value < 2 * ALPHA:
        p_value = sign_flip_test(differences, seed)
    return Difference(
        n, int(np.count_nonzero(differences)), float(before.mean()), float(after.mean()), value, p_value, sd,
        1.0, "sign-flip permutation, t interval", False,
        lambda alpha: t_interval(value, sd / sqrt(n), n - 1, alpha),
    )  # fmt: skip
