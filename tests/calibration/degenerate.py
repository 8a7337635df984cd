"""How often intervals hold the truth where a few samples are all that a metric is made of.

F1 and Matthews' correlation of rare classes, of one run and of a difference, and pass@k near 1. Beside each
stands the interval of a plain bootstrap over samples (Student's for pass@k), as it was before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import comb
from typing import Any, NamedTuple

import numpy as np

from evalkit.comparisons.difference import paired_difference
from evalkit.comparisons.drawing import draws_of
from evalkit.comparisons.pairing import Pair
from evalkit.core.gate import parse_metric
from evalkit.metrics.metric import Floats, Metric
from evalkit.metrics.open import open_metric
from evalkit.stats.bootstrap import SampleRows, bootstrap
from evalkit.stats.intervals import Interval, unseen_half_width, wilson_interval
from evalkit.stats.resampled import bootstrap_interval
from tests.calibration.bounded_means import ALPHA, student, tilted
from tests.calibration.lines import Computed, Line, rate

F1: Metric = open_metric(parse_metric({"f1": {"positive": "1"}}))
MCC: Metric = open_metric(parse_metric("mcc"))
#: Coverage that is promised from 30 samples on.
LEAST = 0.93


@dataclass(frozen=True)
class Table:
    """Two classes: how frequent the rare one is, and how often each is recognised.

    Attributes:
        drop: of the second run, the share of samples that are wrong besides.
    """

    prevalence: float
    recall: float
    specificity: float
    drop: float = 0.1

    def draw(self, rng: np.random.Generator, n: int) -> list[Floats]:
        """Targets and the answers of two runs, half of which are the same, (n,) 0 or 1."""
        targets = rng.random(n) < self.prevalence
        chance = np.where(targets, self.recall, self.specificity)
        before, again = rng.random((2, n)) < chance
        after = np.where(rng.random(n) < 0.5, before, again) & (rng.random(n) >= self.drop)
        answers = [np.where(right, targets, ~targets) for right in (before, after)]
        return [each.astype(np.float64) for each in (targets, *answers)]

    def value(self, metric: Metric, drop: float = 0.0) -> float:
        """The true value, of the second run with ``drop``."""
        right = np.array([self.specificity, self.specificity, self.recall, self.recall]) * (1 - drop)
        targets, answers = np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 0, 1])
        share = np.where(targets, self.prevalence, 1 - self.prevalence)
        weights = share * np.where(targets == answers, right, 1 - right)
        return float(metric.aggregate(rows_of(metric, targets, answers), weights[np.newaxis])[0])


TABLES = {
    "prevalence .1": (Table(0.1, 0.7, 0.95), (10, 30, 100)),
    "prevalence .1, good": (Table(0.1, 0.95, 0.99), (10, 30, 100)),
    "prevalence .01": (Table(0.01, 0.7, 0.995), (100, 500)),
    "recall .01": (Table(0.5, 0.01, 0.999), (500,)),
    "recall .01, prevalence .1": (Table(0.1, 0.01, 0.99), (500,)),
    "prevalence .3": (Table(0.3, 0.7, 0.9), (30, 100, 300)),
}

#: Beta's parameters of the chance that an attempt at a problem passes, problems.
PROBLEMS = {"pass@5 near 1": ((9.0, 0.5), (10, 30, 100, 300)), "pass@5 near .9": ((1.5, 1.0), (30, 100))}
N_ATTEMPTS, K = 10, 5


class Case(NamedTuple):
    """One row: a name, n, and what draws a session: the truth and the intervals before and now."""

    name: str
    n: int
    session: Callable[[np.random.Generator], tuple[float, Interval, Interval]]


def rows_of(metric: Metric, targets: Floats, answers: Floats) -> Floats:
    """Rows of the metric's own table for targets and answers 0 or 1."""
    if metric is F1:
        return np.stack((targets * answers, answers, targets), axis=1)
    none = np.zeros(len(targets))
    columns = (targets == answers, 1 - targets, targets, none, 1 - answers, answers, none)
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def cases() -> Iterator[Case]:
    """All rows, in the order of the table."""
    for name, (table, sizes) in TABLES.items():
        for metric in (F1, MCC):
            for n in sizes:
                yield Case(f"{metric.name}, {name}", n, _value(metric, table, n))
                yield Case(f"{metric.name}, {name}, difference", n, _difference(metric, table, n))
    for name, (chances, sizes) in PROBLEMS.items():
        for n in sizes:
            yield Case(name, n, _attempts(chances, n))


def _value(metric: Metric, table: Table, n: int) -> Callable[[np.random.Generator], Any]:
    truth, (lowest, highest) = table.value(metric), metric.bounds

    def session(rng: np.random.Generator) -> tuple[float, Interval, Interval]:
        targets, answers, _ = table.draw(rng, n)
        side = SampleRows(rows_of(metric, targets, answers), np.arange(n))
        value = float(metric.aggregate(side.rows)[0])
        plain = bootstrap_interval(bootstrap(metric.aggregate, [side], n)[0], value, n - 1, ALPHA)
        if not plain.low < plain.high:
            half = unseen_half_width(n, highest - lowest, ALPHA)
            plain = Interval(value - half, value + half)
        now = bootstrap_interval(draws_of(metric, [side], n)[0], value, n - 1, ALPHA)
        return truth, plain, now

    return session


def _difference(metric: Metric, table: Table, n: int) -> Callable[[np.random.Generator], Any]:
    truth, ids = table.value(metric, table.drop) - table.value(metric), tuple(map(str, range(n)))

    def session(rng: np.random.Generator) -> tuple[float, Interval, Interval]:
        targets, *answers = table.draw(rng, n)
        sides = [SampleRows(rows_of(metric, targets, each), np.arange(n)) for each in answers]
        difference = paired_difference(metric, Pair(ids, sides[0], sides[1]))
        before, after = bootstrap(metric.aggregate, sides, n)
        half = unseen_half_width(n, difference.scale, ALPHA) if difference.n_changed < 8 else 0.0
        plain = bootstrap_interval(after - before, difference.value, n - 1, ALPHA)
        low, high = min(plain.low, difference.value - half), max(plain.high, difference.value + half)
        return truth, Interval(low, high), difference.interval(ALPHA)

    return session


def _attempts(chances: tuple[float, float], n: int) -> Callable[[np.random.Generator], Any]:
    a, b = chances
    # The chance that all k attempts fail: the k-th moment of Beta(b, a).
    truth = 1 - float(np.prod([(b + i) / (a + b + i) for i in range(K)]))
    values_of = np.array([1 - comb(N_ATTEMPTS - c, K) / comb(N_ATTEMPTS, K) for c in range(N_ATTEMPTS + 1)])

    def session(rng: np.random.Generator) -> tuple[float, Interval, Interval]:
        values = values_of[rng.binomial(N_ATTEMPTS, rng.beta(a, b, n))]
        plain = student(values, 0.0, 1.0, ALPHA)
        if not plain.low < plain.high:
            plain = Interval(1 - unseen_half_width(n, 1.0, ALPHA), 1.0)
        return truth, plain, tilted(values, 0.0, 1.0, ALPHA)

    return session


def count(case: Case, n_sessions: int, seed: int = 0) -> tuple[int, int, float]:
    """Sessions whose interval held the truth, before and now, and how much wider it is on average."""
    rng = np.random.default_rng(seed)
    held, widths = np.zeros(2, dtype=int), np.zeros(2)
    for _ in range(n_sessions):
        truth, *intervals = case.session(rng)
        held += [low <= truth <= high for low, high in intervals]
        widths += [high - low for low, high in intervals]
    return int(held[0]), int(held[1]), float(widths[1] / widths[0])


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the table."""
    head = f"{'':<46} {'n':>4}  {'before':<24} {'now':<24} width"
    title = f"rare classes and pass@k near 1: 95 % intervals that hold the truth\n\n{head}"
    for case in cases():
        yield Line(title, f"{case.name} {case.n}", partial(_computed, case.name, case.n, n_sessions))


def _computed(name: str, n: int, n_sessions: int) -> Computed:
    case = next(each for each in cases() if (each.name, each.n) == (name, n))
    *held, wider = count(case, n_sessions)
    cells = " ".join(f"{rate(k, n_sessions):<24}" for k in held)
    is_off = n >= 30 and wilson_interval(held[1] / n_sessions, n_sessions).high < LEAST
    return Computed(f"{name:<46} {n:>4}  {cells} {wider:.2f}", is_off)
