"""What simulated sessions draw from: samples of unlike difficulty with several answers, true values known.

A population has 20,000 samples with six answers and one that lost everything. A session draws samples with
replacement, and for each of them as many of the six answers as both sides ask for, so that baseline and
candidate have one true value, which is the metric's over the whole population. Metrics are the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from math import comb
from typing import Any, Literal, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from evalkit.core.gate import parse_metric
from evalkit.metrics.metric import Floats, Metric
from evalkit.metrics.open import open_metric
from evalkit.stats.bootstrap import Codes

#: Those that end with 97 are of a model that is right 97 times in 100; the others are right less often.
#: Of graded scores "ties" have five levels and are mostly equal, "rare" are near 1 but for failures in full.
Scores = Literal[
    "binary", "graded", "ties", "rare", "pass@5", "f1", "mcc", "bleu", "binary97", "f1-97", "mcc97"
]

N_SAMPLES, N_ANSWERS = 20_000, 6
#: Share of samples of the class that F1 is about.
SHARE_POSITIVE = 0.3
#: Chances of samples that the model finds easy are Beta(30, 1).
_EASY = 30
#: Of rare failures: how many answers fail in full; and of ties, how many answers are the sample's usual one.
_SHARE_FAILED, _SHARE_USUAL = 0.02, 0.8
_N_ATTEMPTS = 10
#: Share of a group's members that are a sample of their own.
_SHARE_OWN = 0.1

_METRICS: dict[Scores, Any] = {
    "binary": "accuracy",
    "graded": "squad_f1",
    "ties": "squad_f1",
    "rare": "squad_f1",
    "pass@5": {"pass_at_k": {"k": 5}},
    "f1": {"f1": {"positive": "1"}},
    "mcc": "mcc",
    "bleu": "bleu",
    "binary97": "accuracy",
    "f1-97": {"f1": {"positive": "1"}},
    "mcc97": "mcc",
}


class Repeats(NamedTuple):
    """Answers to each sample on either side, six at most together."""

    baseline: int = 1
    candidate: int = 1


ONCE = Repeats()


@dataclass(frozen=True)
class Population:
    """Rows of a metric's table, (samples, answers, k); the last answer is the one that lost everything."""

    metric: Metric
    rows: Floats

    def means(self, drop: float = 0.0) -> Floats:
        """(k,) true means of the statistics where a share ``drop`` of samples lost everything."""
        kept, lost = self._means
        return np.asarray((1 - drop) * kept + drop * lost)

    @cached_property
    def is_used(self) -> npt.NDArray[np.bool_]:
        """(k,) which statistics are not zero everywhere."""
        return np.asarray(self.rows.any(axis=(0, 1)))

    @cached_property
    def _means(self) -> tuple[Floats, Floats]:
        """Of the answers that are kept, and of those that lost everything."""
        return self.rows[:, :-1].mean(axis=(0, 1)), self.rows[:, -1].mean(axis=0)

    def value(self, drop: float = 0.0) -> float:
        """The metric's true value."""
        return value_of(self.metric, self.means(drop))

    def draw(
        self,
        shape: tuple[int, int],
        repeats: Repeats,
        drop: float,
        rng: np.random.Generator,
        groups: Codes | None = None,
    ) -> tuple[Floats, Floats]:
        """Baseline and candidate of (gates, n) samples: (gates, n, repeats, k) each.

        Args:
            groups: (n,) codes. Nine members in ten of a group are the same sample, answered and lost alike.
        """
        samples = rng.integers(0, N_SAMPLES, (*shape, 1))
        first = rng.integers(0, N_ANSWERS, (*shape, 1))
        is_lost = rng.random((*shape, 1)) < drop
        if groups is not None:
            is_own = rng.random((*shape, 1)) < _SHARE_OWN
            leaders = np.unique(groups, return_index=True)[1][groups]
            samples, first, is_lost = (
                np.where(is_own, each, each[:, leaders]) for each in (samples, first, is_lost)
            )
        before, after = np.split((first + np.arange(sum(repeats))) % N_ANSWERS, [repeats.baseline], axis=2)
        return self.rows[samples, before], self.rows[samples, np.where(is_lost, N_ANSWERS, after)]


def value_of(metric: Metric, means: Floats) -> float:
    """A metric that is a function of the sums of its statistics, at their means (k,)."""
    return float(metric.aggregate(means[np.newaxis], np.ones((1, 1)))[0])


@cache
def population(scores: Scores) -> Population:
    """The population of a kind of scores, the same each time."""
    rng = np.random.default_rng(crc32(scores.encode()))
    return Population(open_metric(parse_metric(_METRICS[scores])), _ROWS[scores](rng))


def _binary(rng: np.random.Generator, ease: int = 2) -> Floats:
    answers = rng.random((N_SAMPLES, N_ANSWERS)) < rng.beta(ease, 1, (N_SAMPLES, 1))
    return _with_lost(answers.astype(np.float64)[..., np.newaxis])


def _graded(rng: np.random.Generator) -> Floats:
    noise = rng.normal(0, 0.2, (N_SAMPLES, N_ANSWERS))
    return _with_lost(np.clip(rng.beta(2, 1, (N_SAMPLES, 1)) + noise, 0, 1)[..., np.newaxis])


def _ties(rng: np.random.Generator) -> Floats:
    """Levels of a rubric; most answers to a sample have the level that it usually has."""
    usual = rng.choice(5, (N_SAMPLES, 1), p=[0.05, 0.1, 0.15, 0.3, 0.4])
    other = np.clip(usual + rng.choice([-1, 1], (N_SAMPLES, N_ANSWERS)), 0, 4)
    levels = np.where(rng.random(other.shape) < _SHARE_USUAL, usual, other)
    return _with_lost((levels / 4)[..., np.newaxis])


def _rare(rng: np.random.Generator) -> Floats:
    near_one = rng.beta(60, 3, (N_SAMPLES, 1)) + rng.normal(0, 0.01, (N_SAMPLES, N_ANSWERS))
    rows = np.where(rng.random(near_one.shape) < _SHARE_FAILED, 0.0, np.clip(near_one, 0, 1))
    return _with_lost(rows[..., np.newaxis])


def _attempts(rng: np.random.Generator) -> Floats:
    """pass@5 of ten attempts each time, at problems some of which are hard."""
    n_passed = rng.binomial(_N_ATTEMPTS, rng.beta(0.6, 0.6, (N_SAMPLES, 1)), (N_SAMPLES, N_ANSWERS))
    values = np.array([1 - comb(_N_ATTEMPTS - c, 5) / comb(_N_ATTEMPTS, 5) for c in range(_N_ATTEMPTS + 1)])
    return _with_lost(values[n_passed][..., np.newaxis])


def _with_lost(rows: Floats) -> Floats:
    return np.concatenate((rows, np.zeros_like(rows[:, :1])), axis=1)


def _classes(rng: np.random.Generator, ease: int) -> tuple[Floats, Floats]:
    """Target and answer, 0 or 1 each, (samples, answers); the last answer is wrong."""
    targets = np.repeat(rng.random((N_SAMPLES, 1)) < SHARE_POSITIVE, N_ANSWERS + 1, axis=1)
    is_right = rng.random(targets.shape) < rng.beta(ease, 1, (N_SAMPLES, 1))
    is_right[:, -1] = False
    return targets.astype(np.float64), np.where(is_right, targets, ~targets).astype(np.float64)


def _f1(rng: np.random.Generator, ease: int = 4) -> Floats:
    targets, answers = _classes(rng, ease)
    return np.stack((targets * answers, answers, targets), axis=2)


def _mcc(rng: np.random.Generator, ease: int = 4) -> Floats:
    targets, answers = _classes(rng, ease)
    none = np.zeros_like(targets)
    # The third class is that of answers that are not labels.
    columns = (targets == answers, 1 - targets, targets, none, 1 - answers, answers, none)
    return np.stack([column.astype(np.float64) for column in columns], axis=2)


def _bleu(rng: np.random.Generator) -> Floats:
    """Words of output and reference, right runs of one to four words, and all: a word is right with a chance
    that varies with sample and answer, and a run grows by a word with the root of it."""
    shape = (N_SAMPLES, N_ANSWERS)
    reference = np.repeat(4 + rng.poisson(rng.gamma(2, 8, (N_SAMPLES, 1))), N_ANSWERS, axis=1)
    chance = np.clip(rng.beta(4, 3, (N_SAMPLES, 1)) + rng.normal(0, 0.12, shape), 0.02, 0.98)
    output = np.maximum(1, np.rint(reference * rng.lognormal(0, 0.15, shape))).astype(np.intp)
    totals = [np.maximum(0, output - order) for order in range(4)]
    right = [rng.binomial(output, chance)]
    for total in totals[1:]:
        longest = np.clip(right[-1] - 1, 0, total)
        right.append(rng.binomial(longest, np.sqrt(chance)))
    rows = np.stack((output, reference, *right, *totals), axis=2).astype(np.float64)
    lost = rows[:, :1].copy()
    lost[..., 2:6] = 0.0
    return np.concatenate((rows, lost), axis=1)


_ROWS: dict[Scores, Callable[[np.random.Generator], Floats]] = {
    "binary": _binary,
    "graded": _graded,
    "ties": _ties,
    "rare": _rare,
    "pass@5": _attempts,
    "f1": _f1,
    "mcc": _mcc,
    "bleu": _bleu,
    "binary97": partial(_binary, ease=_EASY),
    "f1-97": partial(_f1, ease=_EASY),
    "mcc97": partial(_mcc, ease=_EASY),
}
