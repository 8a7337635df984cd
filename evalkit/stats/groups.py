"""Values that come in groups of unlike size: questions on one passage rise and fall together.

Groups are drawn, values are not: what counts is how the sums of groups vary. Sources: Cameron and Miller
2015, "A Practitioner's Guide to Cluster-Robust Inference", Journal of Human Resources 50:317-372, section
VI on few and unequal clusters; for evaluations of language models Miller 2024, arXiv 2411.00640.
"""

from __future__ import annotations

from math import nan, sqrt
from typing import NamedTuple

import numpy as np

from evalkit.stats.bootstrap import Codes, Floats


class GroupError(NamedTuple):
    """Standard error of a mean, and the degrees of freedom of Student's interval around it."""

    error: float
    df: float


def group_error(values: Floats, groups: Codes) -> GroupError:
    """Cluster-robust standard error of the mean of ``values`` (n,) that does not shrink with unequal groups.

    Bias-reduced linearisation (CR2) with the degrees of freedom of Bell and McCaffrey 2002, Survey
    Methodology 28:169-181, both in closed form for a mean. Groups of equal size give the m / (m - 1)
    correction (CR1) and m - 1 degrees of freedom; unequal ones a larger error and fewer.

    Args:
        groups: (n,) codes 0 .. m - 1, each at least once. A single group has no error (NaN).
    """
    n = len(values)
    sums = np.bincount(groups, weights=values - values.mean())
    if len(sums) < 2:
        return GroupError(nan, 0.0)
    shares = np.bincount(groups) / n
    error = sqrt(float(np.sum(sums**2 / (1 - shares)))) / n
    leverages = shares**2 / (1 - shares)
    inverse = np.sum(shares**2) + leverages.sum() ** 2 - np.sum(leverages**2)
    return GroupError(error, float(1 / inverse))


def effective_number(groups: Codes) -> float:
    """How many groups of equal size weigh as much as these of (n,) codes 0 .. m - 1: n^2 over the sum of
    squared sizes (Kish 1965, Survey Sampling), m where all are equal."""
    sizes = np.bincount(groups)
    return float(len(groups) ** 2 / np.sum(sizes.astype(np.float64) ** 2))
