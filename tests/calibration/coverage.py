"""How often intervals hold the truth, and tests of grouped samples alarm for nothing.

One response a sample: exact, over all counts that n samples can give and 99 true shares. Repeats and groups:
simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy import stats

from evalkit.comparisons.difference import paired_difference
from evalkit.comparisons.pairing import Pair
from evalkit.metrics.metric import Floats
from evalkit.stats.bootstrap import Codes, SampleRows
from evalkit.stats.groups import effective_number, group_error
from evalkit.stats.intervals import (
    clustered_wilson_interval,
    effective_wilson_interval,
    t_interval,
    wilson_interval,
)
from tests.calibration.lines import Computed, Line, rate
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, GRADED, Mean

ALPHA = 0.05
SIZES = (5, 10, 20, 50, 100)
SHARES = np.linspace(0.01, 0.99, 99)

#: Mean share right, and how alike samples are in difficulty (Beta's a + b; large: all the same).
DIFFICULTIES = [(mean, alike) for mean in (0.5, 0.8, 0.95) for alike in (0.5, 2.0, 1e6)]


def lines(n_sessions: int) -> Iterator[Line]:
    """All rows, in the order of the tables."""
    head = f"{'n':>5}  {'Wilson':<14} {'Beta-Binomial':<14} normal"
    for n in SIZES:
        yield Line(f"{_ONCE}\n\n{head}", f"once {n}", partial(_once, n))
    head = f"{'n':>5}  " + " ".join(f"{f'{k} repeats':<15}" for k in (2, 3, 10))
    for n in SIZES:
        yield Line(f"{_REPEATED}\n\n{head}", f"repeats {n}", partial(_repeated, n, n_sessions // 4))
    head = f"{'scores':<8} {'groups':>6} {'sessions':>8}  " + " ".join(f"{name:<24}" for name in _OF_GROUPS)
    for metric in (ACCURACY, GRADED, CORPUS):
        n = n_sessions if metric.kind == "binary" else n_sessions // 4
        for n_groups in (10, 30, 100):
            compute = partial(_of_groups, metric, n_groups, n)
            yield Line(f"{_GROUPED}\n\n{head}", f"groups {metric.kind} {n_groups}", compute)


_ONCE = "95 % intervals of a share, one response a sample, exact: mean over shares that hold (lowest)"
_REPEATED = "the same with repeats, a quarter of the sessions: mean over 9 difficulties (lowest)"
_GROUPED = "groups of 2 to 13 samples that are right or wrong together, no true difference, alpha 5 %"
_OF_GROUPS = ("worse, by sample", "by group", "interval of d holds 0", "of the value")


def wilson(k: int, n: int) -> tuple[float, float]:
    return wilson_interval(k / n, n)


def beta_binomial(k: int, n: int) -> tuple[float, float]:
    """The middle of the posterior of a share under a uniform prior, as arXiv 2503.01747 proposes."""
    low, high = stats.beta.ppf((ALPHA / 2, 1 - ALPHA / 2), k + 1, n - k + 1)
    return float(low), float(high)


def normal(k: int, n: int) -> tuple[float, float]:
    share = k / n
    half = stats.norm.ppf(1 - ALPHA / 2) * (share * (1 - share) / n) ** 0.5
    return share - half, share + half


def coverage_once(interval: Callable[[int, int], tuple[float, float]], n: int) -> Floats:
    """(99,) coverage at each of ``SHARES``, by enumeration."""
    ends = np.array([interval(k, n) for k in range(n + 1)])
    holds = (ends[:, :1] <= SHARES) & (ends[:, 1:] >= SHARES)
    chances = stats.binom.pmf(np.arange(n + 1)[:, np.newaxis], n, SHARES)
    return np.asarray((holds * chances).sum(axis=0))


def coverage_repeated(mean: float, alike: float, n: int, n_repeats: int, n_sessions: int) -> int:
    """In how many sessions the interval of a share held ``mean``: n samples, ``n_repeats`` answers each."""
    rng = np.random.default_rng(n * n_repeats)
    samples = np.repeat(np.arange(n), n_repeats)
    n_held = 0
    for _ in range(n_sessions):
        difficulty = rng.beta(mean * alike, (1 - mean) * alike, n)
        values = (rng.random(len(samples)) < difficulty[samples]).astype(float)
        low, high = clustered_wilson_interval(values, samples)
        n_held += low <= mean <= high
    return n_held


def passages(rng: np.random.Generator, n_groups: int) -> Codes:
    """Groups of 2 to 13 samples."""
    return np.repeat(np.arange(n_groups), rng.integers(2, 14, n_groups))


def draw(metric: Mean, rng: np.random.Generator, groups: Codes) -> Floats:
    """(2, n) scores of both sides, mean 0.6, nothing changed; a passage is understood as a whole or not."""
    n_groups, n = int(groups.max()) + 1, len(groups)
    if metric.kind == "binary":
        is_understood = rng.random((2, n_groups))[:, groups] < 0.6
        return np.where(rng.random((2, n)) < 0.1, rng.random((2, n)) < 0.6, is_understood).astype(float)
    return np.clip(rng.beta(3, 2, (2, n_groups))[:, groups] + rng.normal(0, 0.05, (2, n)), 0, 1)


def _once(n: int) -> Computed:
    found = [coverage_once(interval, n) for interval in (wilson, beta_binomial, normal)]
    cells = [f"{each.mean():.3f} ({each.min():.3f})" for each in found]
    return Computed(f"{n:>5}  {cells[0]:<14} {cells[1]:<14} {cells[2]}")


def _repeated(n: int, n_sessions: int) -> Computed:
    cells = []
    for n_repeats in (2, 3, 10):
        rates = [coverage_repeated(*each, n, n_repeats, n_sessions) / n_sessions for each in DIFFICULTIES]
        cells.append(f"{np.mean(rates):.3f} ({min(rates):.3f})")
    return Computed(f"{n:>5}  " + " ".join(f"{cell:<15}" for cell in cells))


def _of_groups(metric: Mean, n_groups: int, n: int) -> Computed:
    counts = _grouped(metric, n_groups, n)
    cells = " ".join(f"{rate(count, n):<24}" for count in counts)
    is_off = wilson_interval(counts[1] / n, n).low > ALPHA
    return Computed(f"{metric.kind:<8} {n_groups:>6} {n:>8}  {cells}", is_off)


def _grouped(metric: Mean, n_groups: int, n_sessions: int) -> tuple[int, int, int, int]:
    rng = np.random.default_rng(n_groups)
    truth = float(metric.aggregate(draw(metric, rng, np.arange(400_000))[:1].T)[0])
    by_sample = by_group = held = held_value = 0
    for _ in range(n_sessions):
        groups = passages(rng, n_groups)
        rows, ids = np.arange(len(groups)), tuple(map(str, range(len(groups))))
        before, after = (SampleRows(side[:, np.newaxis], rows) for side in draw(metric, rng, groups))
        by_sample += paired_difference(metric, Pair(ids, before, after)).tests.worse <= ALPHA
        difference = paired_difference(metric, Pair(ids, before, after, groups))
        by_group += difference.tests.worse <= ALPHA
        low, high = difference.interval(ALPHA)
        held += low <= 0 <= high
        low, high = _interval(metric, before.rows[:, 0], groups)
        held_value += low <= truth <= high
    return by_sample, by_group, held, held_value


def _interval(metric: Mean, values: Floats, groups: Codes) -> tuple[float, float]:
    """Of a mean; for the corpus metric, the root of a mean of squares, its monotone image."""
    if metric.kind == "binary":
        return effective_wilson_interval(values, *group_error(values, groups), effective_number(groups))
    used = values**2 if metric.kind == "corpus" else values
    low, high = t_interval(float(used.mean()), *group_error(used, groups))
    return (max(low, 0) ** 0.5, max(high, 0) ** 0.5) if metric.kind == "corpus" else (low, high)
