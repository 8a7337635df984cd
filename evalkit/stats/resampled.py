"""Interval and p-value of a number from its bootstrap draws, for few samples as for many.

Two intervals, and the ends that lie further out. Student's, at the bootstrap standard error, knows how
uncertain that error is and nothing of skewness. Percentiles follow the skewness, but of n samples they are
too narrow by sqrt((n - 1) / n), and have the normal's tails; both are fixed by taking them further out. At
30 samples either alone misses the truth too often where the metric is a ratio of small counts; with many
samples they are the same. Sources: Efron and Tibshirani 1993, chapters 12 and 13; Hesterberg 2015, The
American Statistician 69:371-386, section 5.3, for the expanded percentiles.

``df`` is the number of samples (of groups, where whole groups are drawn) less one, at least 1.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from evalkit.stats.bootstrap import Floats
from evalkit.stats.intervals import NO_INTERVAL, Interval, percentile_interval, t_interval
from evalkit.stats.normal import normal_quantile, normal_tail
from evalkit.stats.sides import NOTHING, Sides
from evalkit.stats.student import t_quantile, t_tail

#: Fewer bootstrap draws than this beyond a limit say too little about it.
MIN_TAIL_DRAWS = 10
#: The smallest p-value that is read from draws. Two thousand of them tell 0.0005; Student's curve leads on
#: from there for sessions with many gates, and beyond this it would be arithmetic and no longer evidence.
LEAST_P_VALUE = 1e-6


def bootstrap_interval(draws: Floats, value: float, df: float, alpha: float = 0.05) -> Interval:
    """The 1 - alpha interval around ``value`` from draws of it (b,), NaN among them left out.

    Percentiles are taken no further out than the draws can tell; beyond that Student's interval widens alone.
    """
    finite = draws[np.isfinite(draws)]
    if len(finite) < 2:
        return NO_INTERVAL
    tail = normal_tail(_expansion(df) * t_quantile(1 - alpha / 2, df))
    low, high = percentile_interval(finite, min(1.0, 2 * max(tail, MIN_TAIL_DRAWS / len(finite))))
    student = t_interval(value, _error(finite, df), df, alpha)
    return Interval(min(low, student.low), max(high, student.high))


def bootstrap_p_values(draws: Floats, value: float, df: float) -> Sides:
    """p-values of a true value of zero, from draws of the value (b,), NaN among them left out.

    In either direction half of the smallest alpha at which ``bootstrap_interval`` lies beyond zero. Where
    fewer than ten draws lie on the other side of zero it is Student's: a share of 2,000 draws cannot tell
    0.001 from 0.00001, and a session with many gates needs to; down to ``LEAST_P_VALUE``. Draws that never
    move prove nothing (1).
    """
    finite = draws[np.isfinite(draws)]
    error = _error(finite, df) if len(finite) > 1 else 0.0
    if error == 0:
        return NOTHING
    n, n_above, n_below = len(finite), int(np.count_nonzero(finite >= 0)), int(np.count_nonzero(finite <= 0))
    return Sides(_p_value(-value / error, n_above, n, df), _p_value(value / error, n_below, n, df))


def _p_value(t: float, n_beyond: int, n: int, df: float) -> float:
    """Of a value ``t`` standard errors from zero, ``n_beyond`` of n draws on the other side of it."""
    student = max(t_tail(t, df), LEAST_P_VALUE)
    if n_beyond < MIN_TAIL_DRAWS:
        return student
    share = min(1 - 0.5 / n, (n_beyond + 1) / (n + 1))
    return max(student, t_tail(-normal_quantile(share) / _expansion(df), df))


def _error(draws: Floats, df: float) -> float:
    # The spread of equal draws is rounding.
    return 0.0 if draws.min() == draws.max() else float(draws.std(ddof=1)) * _expansion(df)


def _expansion(df: float) -> float:
    """How much wider n = df + 1 samples vary than a bootstrap of them."""
    return sqrt((df + 1) / df)
