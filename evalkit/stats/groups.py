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
from evalkit.stats.intervals import NO_INTERVAL, Interval, percentile_interval, t_interval
from evalkit.stats.normal import normal_quantile, normal_tail
from evalkit.stats.paired import MIN_TAIL_DRAWS
from evalkit.stats.student import t_quantile, t_tail


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


def group_bootstrap_interval(draws: Floats, value: float, n_groups: int, alpha: float = 0.05) -> Interval:
    """The 1 - alpha interval from bootstrap draws over ``n_groups`` groups, NaN draws left out.

    Percentiles, further out than for many samples: a bootstrap of m groups has a spread smaller by the square
    root of (m - 1) / m, and the normal's tails where Student's are due. Where too few draws lie beyond them,
    Student's interval at the bootstrap standard error. NaN with a single group. Sources: Field and Welsh
    2007, JRSS B 69:369-390, for drawing whole groups; Hesterberg 2015, The American Statistician 69:371-386,
    section 5.3, for the expanded percentiles.
    """
    finite = draws[np.isfinite(draws)]
    if n_groups < 2 or len(finite) < 2:
        return NO_INTERVAL
    tail = normal_tail(t_quantile(1 - alpha / 2, n_groups - 1) * _expansion(n_groups))
    if tail * len(finite) < MIN_TAIL_DRAWS:
        error = float(finite.std(ddof=1)) * _expansion(n_groups)
        return t_interval(value, error, n_groups - 1, alpha)
    low, high = percentile_interval(finite, 2 * tail)
    return Interval(min(low, value), max(high, value))


def group_bootstrap_p_value(draws: Floats, difference: float, n_groups: int) -> float:
    """Two-sided p-value of no difference, at most alpha where zero lies outside the interval of
    ``group_bootstrap_interval`` at alpha; 1 with a single group."""
    finite = draws[np.isfinite(draws)]
    error = float(finite.std(ddof=1)) if len(finite) > 1 else 0.0
    if n_groups < 2 or error == 0:
        return 1.0
    n_beyond = min(int(np.count_nonzero(finite <= 0)), int(np.count_nonzero(finite >= 0)))
    share = (n_beyond + 1) / (len(finite) + 1)
    is_seen = n_beyond >= MIN_TAIL_DRAWS
    z = -normal_quantile(min(share, 0.5)) if is_seen else abs(difference) / error
    return min(1.0, 2 * t_tail(z / _expansion(n_groups), n_groups - 1))


def _expansion(n_groups: int) -> float:
    return sqrt(n_groups / (n_groups - 1))
