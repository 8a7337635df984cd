"""The estimators of a judge's habits: a mean, a share, and a slope where people say the same."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import sqrt

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.stats.bootstrap import Floats
from evalkit.stats.intervals import clustered_error, clustered_wilson_interval, t_interval, unseen_half_width
from evalkit.stats.student import t_quantile

#: A slope on fewer responses is not shown.
LEAST = 5


@frozen
class Effect:
    """One habit of a judge, measured.

    Attributes:
        name: ``position``, ``length`` …
        value: with the ends of its 95 % interval; None where ``reason`` says why there is none.
        n: responses, or pairs of judgements, that it is measured on.
        estimator: what the number is, one line.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    estimator: str
    reason: str = ""

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def unknown(name: str, estimator: str, reason: str, n: int = 0) -> Effect:
    """What these data cannot tell."""
    return Effect(name, None, None, None, n, estimator, reason)


def mean_effect(name: str, estimator: str, values: Sequence[float], groups: Sequence[Hashable]) -> Effect:
    """A mean with Student's interval on the cluster-robust error."""
    if not values:
        return unknown(name, estimator, "there is nothing to measure it on")
    numbers, codes = np.array(values, dtype=float), _codes(groups)
    mean = float(numbers.mean())
    error, df = clustered_error(numbers, codes)
    if not df > 0:
        return unknown(name, estimator, "one sample alone shows nothing", len(values))
    if not error > 0:  # all the same: how often another may come is all that is known
        half = unseen_half_width(df + 1, 1.0)
        return Effect(name, mean, mean - half, mean + half, len(values), estimator)
    low, high = t_interval(mean, error, df)
    return Effect(name, mean, low, high, len(values), estimator)


def share_effect(name: str, estimator: str, values: Sequence[float], groups: Sequence[Hashable]) -> Effect:
    """A share with Wilson's interval on the effective number of samples."""
    if not values:
        return unknown(name, estimator, "there is nothing to measure it on")
    numbers = np.array(values, dtype=float)
    low, high = clustered_wilson_interval(numbers, _codes(groups))
    return Effect(name, float(numbers.mean()), low, high, len(values), estimator)


def slope_effect(
    name: str,
    estimator: str,
    verdicts: Sequence[float],
    exposures: Sequence[float],
    strata: Sequence[Hashable],
    groups: Sequence[Hashable],
) -> Effect:
    """How the verdict moves with the exposure among responses of one stratum: least squares with an intercept
    for each stratum, cluster-robust interval (CR1: Cameron and Miller 2015, Journal of Human Resources
    50:317-372).

    Args:
        verdicts: (n,) what the judge says, 0..1.
        exposures: (n,) what it should not care about.
        strata: (n,) what people say.
        groups: (n,) the Sample.
    """
    n = len(verdicts)
    if n < LEAST:
        return unknown(name, estimator, f"{_are(n)} too few", n)
    y, x = np.array(verdicts, dtype=float), np.array(exposures, dtype=float)
    codes = _codes(strata)
    y, x = _centred(y, codes), _centred(x, codes)
    spread = float(x @ x)
    if spread <= 1e-12 * n:
        return unknown(name, estimator, "it does not vary between responses of which people say the same", n)
    slope = float(x @ y) / spread
    sums = np.bincount(_codes(groups), weights=x * (y - slope * x))
    m, k = len(sums), len(np.unique(codes)) + 1
    if m < 2 or n <= k:
        return unknown(name, estimator, f"{_are(n)} too few", n)
    error = sqrt(m / (m - 1) * (n - 1) / (n - k) * float(sums @ sums)) / spread
    half = t_quantile(0.975, m - 1) * error
    if not half > 1e-12:  # every sample says just the same, which tells nothing of others
        return Effect(name, slope, None, None, n, estimator)
    return Effect(name, slope, slope - half, slope + half, n, estimator)


def _are(n: int) -> str:
    return f"{plural(n, 'response')} {'is' if n == 1 else 'are'}"


def _centred(values: Floats, codes: np.ndarray) -> Floats:
    """Less the mean of their stratum."""
    means = np.bincount(codes, weights=values) / np.bincount(codes)
    centred: Floats = values - means[codes]
    return centred


def _codes(names: Sequence[Hashable]) -> np.ndarray:
    places: dict[Hashable, int] = {}
    return np.array([places.setdefault(each, len(places)) for each in names], dtype=np.intp)
