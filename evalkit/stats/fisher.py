"""Fisher's exact test for two shares."""

from __future__ import annotations

from math import exp, lgamma


def fisher_greater(n_hits: int, n: int, n_hits_before: int, n_before: int) -> float:
    """One-sided p-value that hits have not become more frequent: ``n_hits`` of ``n`` now or more, given how
    many there are in all. 1 where either side is empty.

    Source: Fisher 1935; the same as ``scipy.stats.fisher_exact`` with ``alternative="greater"``.
    """
    n_all, hits_all = n + n_before, n_hits + n_hits_before
    most = min(n, hits_all)
    tail = sum(_chance(k, n, hits_all, n_all) for k in range(n_hits, most + 1))
    return min(1.0, tail)


def _chance(k: int, n: int, hits_all: int, n_all: int) -> float:
    """Hypergeometric: k of the hits among the n drawn."""
    if not 0 <= hits_all - k <= n_all - n:
        return 0.0
    ways = _log_choose(hits_all, k) + _log_choose(n_all - hits_all, n - k) - _log_choose(n_all, n)
    return exp(ways)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
