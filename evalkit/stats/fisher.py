"""Fisher's exact test for two shares."""

from __future__ import annotations

from functools import lru_cache
from math import comb


def fisher_greater(n_hits: int, n: int, n_hits_before: int, n_before: int) -> float:
    """One-sided p-value that hits have not become more frequent: ``n_hits`` of ``n`` now or more, given how
    many there are in all. 1 where either side is empty.

    Source: Fisher 1935; the same as ``scipy.stats.fisher_exact`` with ``alternative="greater"``. Counted in
    whole numbers, so that a p-value of 1/20 is 0.05.
    """
    n_all, hits_all = n + n_before, n_hits + n_hits_before
    misses_all = n_all - hits_all
    # Each term is made of the one before, by whole factors: large binomials are dear.
    term = ways = comb(hits_all, n_hits) * comb(misses_all, n - n_hits)
    for k in range(n_hits, min(n, hits_all)):
        term = term * ((hits_all - k) * (n - k)) // ((k + 1) * (misses_all - n + k + 1))
        ways += term
    return ways / _all_ways(n_all, n)


#: Many words are tested over the same samples.
_all_ways = lru_cache(maxsize=8)(comb)
