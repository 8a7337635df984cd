"""How often intervals hold the truth, and tests of grouped samples alarm for nothing.

    python -m tests.calibration.coverage [--sessions N]

One response a sample: exact, over all counts that n samples can give and 99 true shares. Repeats and groups:
simulated, each rate with its 95 % interval (Wilson).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy import stats

from evalkit.gates.difference import paired_difference
from evalkit.gates.pairing import Pair
from evalkit.metrics.metric import Floats
from evalkit.stats.bootstrap import Codes, SampleRows
from evalkit.stats.groups import effective_number, group_error
from evalkit.stats.intervals import (
    clustered_wilson_interval,
    effective_wilson_interval,
    t_interval,
    wilson_interval,
)
from tests.unit.gates.metric_doubles import ACCURACY, CORPUS, GRADED, Mean

ALPHA = 0.05
SIZES = (5, 10, 20, 50, 100)
SHARES = np.linspace(0.01, 0.99, 99)

#: Mean share right, and how alike samples are in difficulty (Beta's a + b; large: all the same).
DIFFICULTIES = [(mean, alike) for mean in (0.5, 0.8, 0.95) for alike in (0.5, 2.0, 1e6)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=2_000)
    n_sessions = parser.parse_args().sessions
    _print_once()
    _print_repeats(n_sessions)
    _print_groups(n_sessions)


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


def _print_once() -> None:
    print("Coverage of 95 % intervals of a share, one response a sample, exact: mean over shares (lowest)\n")
    print(f"{'n':>5}  {'Wilson':<14} {'Beta-Binomial':<14} normal")
    for n in SIZES:
        found = [coverage_once(interval, n) for interval in (wilson, beta_binomial, normal)]
        cells = [f"{each.mean():.3f} ({each.min():.3f})" for each in found]
        print(f"{n:>5}  {cells[0]:<14} {cells[1]:<14} {cells[2]}")


def _print_repeats(n_sessions: int) -> None:
    print(f"\nThe same with repeats, {n_sessions:,} sessions each: mean over 9 difficulties (lowest)\n")
    print(f"{'n':>5}  " + " ".join(f"{f'{k} repeats':<15}" for k in (2, 3, 10)))
    for n in SIZES:
        cells = []
        for n_repeats in (2, 3, 10):
            rates = [coverage_repeated(*each, n, n_repeats, n_sessions) / n_sessions for each in DIFFICULTIES]
            cells.append(f"{np.mean(rates):.3f} ({min(rates):.3f})")
        print(f"{n:>5}  " + " ".join(f"{cell:<15}" for cell in cells), flush=True)


def _print_groups(n_sessions: int) -> None:
    print("\nGroups of 2 to 13 samples that are right or wrong together, no true difference, alpha 5 %\n")
    head = f"{'p <= alpha by sample':<24} {'by group':<24} {'interval of d holds 0':<24} of the value"
    print(f"{'scores':<8} {'groups':>6} {'sessions':>8}  {head}")
    for metric in (ACCURACY, GRADED, CORPUS):
        n = n_sessions if metric.kind == "binary" else n_sessions // 4
        for n_groups in (10, 30, 100):
            cells = [_rate(count, n) for count in _grouped(metric, n_groups, n)]
            print(
                f"{metric.kind:<8} {n_groups:>6} {n:>8}  " + " ".join(f"{c:<24}" for c in cells), flush=True
            )


def _grouped(metric: Mean, n_groups: int, n_sessions: int) -> tuple[int, int, int, int]:
    rng = np.random.default_rng(n_groups)
    truth = float(metric.aggregate(draw(metric, rng, np.arange(400_000))[:1].T)[0])
    by_sample = by_group = held = held_value = 0
    for _ in range(n_sessions):
        groups = passages(rng, n_groups)
        rows, ids = np.arange(len(groups)), tuple(map(str, range(len(groups))))
        before, after = (SampleRows(side[:, np.newaxis], rows) for side in draw(metric, rng, groups))
        by_sample += paired_difference(metric, Pair(ids, before, after)).tests.two_sided <= ALPHA
        difference = paired_difference(metric, Pair(ids, before, after, groups))
        by_group += difference.tests.two_sided <= ALPHA
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


def _rate(count: int, n: int) -> str:
    low, high = wilson_interval(count / n, n)
    return f"{count / n:.1%} [{low:.1%}, {high:.1%}]"


if __name__ == "__main__":
    main()
