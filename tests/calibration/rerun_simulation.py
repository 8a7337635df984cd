"""Sessions whose undecided gates are asked again, simulated through the code that decides real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, sqrt
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from evalkit.comparisons.compare import Paired
from evalkit.comparisons.difference import Difference, paired_difference
from evalkit.comparisons.pairing import Pair
from evalkit.comparisons.repeat_noise import RepeatNoise
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import Measured
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Floats
from evalkit.session.compared_gates import Comparing
from evalkit.session.rerun.gates import RerunGates
from evalkit.stats.bootstrap import SampleRows
from evalkit.stats.own_variance import own_variance_of_mean
from evalkit.stats.paired import sign_flip_test
from evalkit.stats.sides import Sides
from evalkit.stats.student import t_tail
from evalkit.stats.tilted import bounded_mean
from tests.unit.gates.metric_doubles import ACCURACY

ALPHA = 0.05

#: ``own``: three samples in ten are right every other time, the others always or never. ``mixed``: every
#: sample has a chance of its own. ``fixed``: no sample ever changes its answer, and the candidate answers one
#: in ten anew.
Noise = Literal["own", "mixed", "fixed"]


@dataclass(frozen=True)
class RerunSession:
    """What to simulate.

    Attributes:
        n_rounds: what the budget pays: rounds of all gates of the session, every side of a gate asked.
        drop: share of samples on which the candidate never gets anything right; 0 for no true difference.
        is_live: the baseline is of the same session, and asked again with the candidate.
        has_history: earlier answers say which samples vary, and how much.
        share: part of alpha that is left, where looks before the end had the rest.
    """

    noise: Noise
    n: int
    n_gates: int = 1
    margin: float = 0.05
    n_rounds: int = 6
    drop: float = 0.0
    is_live: bool = False
    has_history: bool = False
    share: float = 1.0

    @property
    def gate(self) -> RegressionGate:
        return RegressionGate(MetricSpec("m"), margin=self.margin, alpha=ALPHA)

    @property
    def budget(self) -> int:
        return self.n_rounds * self.n * self.n_gates * (2 if self.is_live else 1)

    def chances(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """(n,) chances of a right answer, of the baseline and of the candidate."""
        stable = (rng.random(self.n) < 0.8).astype(float)
        before = rng.beta(2, 1, self.n) if self.noise == "mixed" else stable
        if self.noise == "own":
            before = np.where(rng.random(self.n) < 0.3, 0.5, before)
        after = before
        if self.noise == "fixed":
            anew = (rng.random(self.n) < 0.8).astype(float)
            after = np.where(rng.random(self.n) < 0.1, anew, before)
        return before, np.where(rng.random(self.n) < self.drop, 0.0, after)


@dataclass(eq=False)
class _Side:
    """One evaluation: a unit, and what is asked of it."""

    evaluation_id: str
    chances: Floats
    rng: np.random.Generator
    has_history: bool

    def __post_init__(self) -> None:
        n = len(self.chances)
        self._samples = list(range(n))
        self._values = (self.rng.random(n) < self.chances).astype(float).tolist()
        self._counts = [1] * n

    def ask(self, index: int) -> None:
        self._samples.append(index)
        self._values.append(float(self.rng.random() < self.chances[index]))
        self._counts[index] += 1

    @property
    def is_repeated(self) -> bool:
        return len(self._values) > len(self._counts)

    @property
    def means(self) -> Floats:
        return np.bincount(self._samples, self._values) / self._counts

    @property
    def unit(self) -> _Side:
        return self

    @property
    def indexes(self) -> Sequence[int]:
        if not self.has_history:
            return range(len(self._counts))
        return np.flatnonzero((self.chances > 0) & (self.chances < 1)).tolist()

    def next_repeats(self) -> list[int]:
        return self._counts

    def noise_now(self) -> RepeatNoise:
        if self.has_history:
            return RepeatNoise(float(np.mean(self.chances * (1 - self.chances))), 1.0)
        of_mean = own_variance_of_mean(np.array(self._values), np.array(self._samples))
        if of_mean is None:
            return RepeatNoise(None, 1.0)
        n = len(self._counts)
        return RepeatNoise(of_mean * n * n / float(np.sum(1 / np.array(self._counts))), 1.0)


class _Regressions:
    """Stands for the session's evaluations: measures its gates on the answers there are."""

    def __init__(self, session: RerunSession, rng: np.random.Generator) -> None:
        self._session = session
        self.sides_of: dict[str, tuple[_Side, _Side]] = {}
        for number in range(session.n_gates):
            chances = session.chances(rng)
            names = (f"b{number}", f"c{number}")
            pair = [_Side(n, c, rng, session.has_history) for n, c in zip(names, chances, strict=True)]
            self.sides_of[str(number)] = (pair[0], pair[1])

    def measure(self) -> list[Any]:
        evaluated: Any = SimpleNamespace(planned=SimpleNamespace(task=SimpleNamespace(max_error_rate=0.01)))
        return [Comparing(evaluated, self._measured(number), number) for number in self.sides_of]

    def measure_again(self, before: Comparing) -> Comparing:
        return replace(before, found=self._measured(str(before.baseline_id)))

    def sides(self, comparing: Comparing) -> list[Any]:
        baseline, candidate = self.sides_of[str(comparing.baseline_id)]
        return [candidate, baseline] if self._session.is_live else [candidate]

    def _measured(self, number: str) -> Measured:
        baseline, candidate = self.sides_of[number]
        has_repeats = baseline.is_repeated or candidate.is_repeated
        difference = _difference(baseline.means, candidate.means, has_repeats)
        return Measured(self._session.gate, Paired("m", difference, 0, 0, 0), share=self._session.share)


@dataclass(frozen=True)
class RerunTally:
    """Sums over sessions: those with any ``fail``, gates that pass, and decided ones; ``fixed`` are the same
    asked once.

    Attributes:
        n_newly_decided: gates that are decided only as they are asked again.
    """

    n_sessions: int
    n_alarms: int
    n_passes: int
    n_decided: int
    n_alarms_fixed: int
    n_passes_fixed: int
    n_decided_fixed: int
    n_newly_decided: int
    n_asked: int


def simulate_rerun(session: RerunSession, n_sessions: int, seed: int = 0) -> RerunTally:
    """Run sessions once as they are, and once asked again."""
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    for _ in range(n_sessions):
        regressions = _Regressions(session, rng)
        fixed = [v.verdict for v in decide_session([each.found for each in regressions.measure()])]
        verdicts, n_asked = _ask_again(session, regressions)
        again = [verdict.verdict for verdict in verdicts]
        for suffix, words in (("", again), ("_fixed", fixed)):
            counts[f"n_alarms{suffix}"] += "fail" in words
            counts[f"n_passes{suffix}"] += words.count("pass")
            counts[f"n_decided{suffix}"] += len(words) - words.count("undecided")
        counts["n_newly_decided"] += sum(a != "undecided" == b for a, b in zip(again, fixed, strict=True))
        counts["n_asked"] += n_asked
    return RerunTally(n_sessions, **counts)


def _ask_again(session: RerunSession, regressions: Any) -> tuple[list[Verdict], int]:
    again = RerunGates(regressions, regressions, session.budget)
    first = again.first_look()
    sides = {side.evaluation_id: side for pair in regressions.sides_of.values() for side in pair}
    n_asked = 0
    while asks := again.next_round(session.budget - n_asked):
        n_asked += len(asks)
        for ask in asks:
            sides[ask.unit.evaluation_id].ask(ask.sample_index)
            again.on_answer(ask.unit, False)
    assert n_asked <= session.budget
    later = iter(again.second_look())
    verdicts = [verdict if verdict.verdict != "undecided" else next(later)[1] for _, verdict in first]
    return verdicts, n_asked


def _difference(before: Floats, after: Floats, has_repeats: bool) -> Difference:
    rows = np.arange(len(before))
    if not has_repeats:
        sides = [SampleRows(side[:, np.newaxis], rows) for side in (before, after)]
        return paired_difference(ACCURACY, Pair(tuple(map(str, rows)), *sides))
    differences = after - before
    mean = bounded_mean(differences, -1.0, 1.0)
    n, sd = len(differences), 0.0 if isnan(mean.error) else mean.error * sqrt(len(differences))
    # The permutation test only where it could matter: thousands of signs for each of 20,000 gates take hours.
    t = mean.mean / mean.error if sd > 0 else 0.0
    tests = Sides(t_tail(-t, n - 1), t_tail(t, n - 1))
    if tests.worse < 2 * ALPHA:
        tests = sign_flip_test(differences)
    return Difference(
        n, int(np.count_nonzero(differences)), float(before.mean()), float(after.mean()), mean.mean, tests,
        sd, 1.0, "sign-flip permutation, tilted interval", False, mean.interval, mean=mean,
    )  # fmt: skip
