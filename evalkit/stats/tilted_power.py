"""What n values show of their mean where a gate takes Student's test and the tilted interval together.

The interval (``evalkit.stats.tilted``) is wider than Student's in two cases, and what it takes beyond the
usual formula is this.

Where a few large moves make most of the variance. The interval's end m is z standard errors from the mean
that was seen, by the variance of the sample tilted to m, which is to first order

    s^2 (1 + g1 z / sqrt(n) + g2 z^2 / 2n)

with g1 and g2 the skewness and excess kurtosis of the sample. g1 is none on average. But as the third central
moment and the mean of n values have the covariance g2 s^4 / n, it is g2 y / sqrt(n) in samples whose mean
lies y standard errors off, which those do, by y = z(power), that just show what is to be shown. Together:

    s^2 (1 + g2 z (z + 2 z(power)) / 2n)

Where one value at the bound, which was not seen, would move the mean by more than some three standard errors:
then the pseudo-observation counts, and the end is computed on values as good as normal.
"""

from __future__ import annotations

from math import ceil, inf, sqrt

import numpy as np

from evalkit.stats.normal import normal_quantile
from evalkit.stats.power import POWER
from evalkit.stats.tilted import BoundedMean, n_to_allow

#: Standard errors by which one value at the bound may move the mean before the pseudo-observation matters.
_FAR = 2.0
_MOST = 2**40
#: Values as good as normal, each as often as it takes.
_NORMAL = np.array([normal_quantile((at + 0.5) / 64) for at in range(64)])


def shown_by(
    n: int, sd: float, kurtosis: float = 0.0, scale: float = inf, alpha: float = 0.05, power: float = POWER
) -> float:
    """The smallest distance of the mean that n values show, one-sided at ``alpha``, with this power.

    Args:
        sd, kurtosis: standard deviation and excess kurtosis of a value.
        scale: how far a value may lie from the mean.
    """
    z, z_power = normal_quantile(1 - alpha), normal_quantile(power)
    error = sd / sqrt(n)
    wider = max(0.0, kurtosis * z * (z + 2 * z_power) / (2 * n))
    found = (z * sqrt(1 + wider) + z_power) * error
    if n > 1 and 0 < sd * sqrt(n) < scale / _FAR < inf:
        values = sd * _NORMAL[np.arange(n) * len(_NORMAL) // n]
        end = BoundedMean(values - values.mean(), error, n - 1.0, -scale, scale).interval(2 * alpha).high
        found = max(found, end + z_power * error)
    return found


def n_to_show(
    distance: float, sd: float, kurtosis: float = 0.0, scale: float = inf, alpha: float = 0.05,
    power: float = POWER,
) -> int:  # fmt: skip
    """How many values show a ``distance`` > 0 of the mean; other arguments as of ``shown_by``.

    With Student's quantile in place of the normal one (Guenther 1981, The American Statistician 35:243-244).
    """
    low, high = 1, 2
    while high < _MOST and shown_by(high, sd, kurtosis, scale, alpha, power) > distance:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if shown_by(middle, sd, kurtosis, scale, alpha, power) > distance:
            low = middle
        else:
            high = middle
    n = high + ceil(normal_quantile(1 - alpha) ** 2 / 2)
    return n if scale == inf else max(n, n_to_allow(distance, sd, scale, alpha))
