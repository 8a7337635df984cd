"""How much samples vary by themselves: asked again, nothing else changed, and the answer is another one.

The answers to one sample are taken for independent draws from a distribution of its own, so that the variance
of a mean over n samples with K answers each is (between + own / K) / n: the one-way random model (Searle,
Casella and McCulloch, Variance Components, 1992, ch. 3); for evaluations arXiv 2411.00640, section 3.
"""

from __future__ import annotations

import numpy as np

from evalkit.stats.bootstrap import Codes, Floats


def own_variance_of_mean(values: Floats, samples: Codes) -> float | None:
    """What the answers' own variation adds to the variance of the mean of sample means.

    Args:
        values: (n,) one for each answer.
        samples: (n,) codes 0 .. m - 1.

    Returns the unbiased estimate, the mean of own variance / answers over samples, divided by m. A sample
    with one answer is taken to vary as the others do on the whole (pooled variance). None where no sample
    has two.
    """
    counts = np.bincount(samples)
    n_free = len(values) - len(counts)
    if n_free <= 0:
        return None
    means = np.bincount(samples, weights=values) / counts
    squares = np.bincount(samples, weights=(values - means[samples]) ** 2)
    pooled = float(squares.sum()) / n_free
    own = np.where(counts > 1, squares / np.maximum(counts - 1, 1), pooled)
    return float((own / counts).sum()) / len(counts) ** 2


def chance_of_change(n: int, n_ones: int) -> float:
    """The chance that two answers to one sample are scored differently, seen ``n_ones`` right among n >= 2.

    The share of pairs of answers that differ, 2 k (n - k) / (n (n - 1)): unbiased for 2 p (1 - p), and twice
    the sample's own variance. Halmos 1946 (U-statistics).
    """
    return 2 * n_ones * (n - n_ones) / (n * (n - 1))
