"""Fisher's exact test for two shares."""

from __future__ import annotations

from math import comb


def fisher_greater(n_hits: int, n: int, n_hits_before: int, n_before: int) -> float:
    """One-sided p-value that hits have not become more frequent: ``n_hits`` of ``n`` now or more, given how
    many there are in all. 1 where either side is empty.

    Source: Fisher 1935; the same as ``scipy.stats.fisher_exact`` with ``alternative="greater"``. Counted in
    whole numbers, so that a p-value of 1/20 is 0.05.
    """
    n_all, hits_all = n + n_before, n_hits + n_hits_before
    ways = sum(comb(hits_all, k) * comb(n_all - hits_all, n - k) for k in range(n_hits, min(n, hits_all) + 1))
    return ways / comb(n_all, n)
