"""The mean of a whole dataset from a random part of it, with known values of all samples as control variates.

Earlier scores ``x`` are known of all N samples, today's ``y`` of n that were drawn at random. A regression
``f`` predicts y from x, and what the draw says of its errors corrects the prediction:

    mean over all N of f(x)  +  mean over the n drawn of y - f(x)

which is unbiased whatever f is, and varies as the errors y - f(x) do and no longer as y. f is a ridge
regression. It is fitted to samples of the draw itself, so that it learns what earlier scores are worth today;
cross-fitting keeps it unbiased: each tenth of the draw is predicted by a fit to the other nine, and stands
for all samples that this fit has not seen, which are drawn at random from the dataset without those nine.

Sources: Cochran, Sampling Techniques, 3rd ed. 1977, ch. 7 (regression estimator, finite populations);
Chaganty, Mussmann and Liang 2018, ACL (control variates for evaluation); Angelopoulos et al. 2023, Science
382:669-674 (prediction-powered inference); Zrnic and Candes 2024, PNAS 121 (cross-fitting).
"""

from __future__ import annotations

from functools import cached_property
from math import ceil, sqrt

import numpy as np

from evalkit.core.frozen import frozen
from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.intervals import Interval, wilson_interval
from evalkit.stats.normal import normal_quantile
from evalkit.stats.student import t_quantile
from evalkit.stats.tilted import BoundedMean

#: Parts of the draw, each predicted by a fit to the others.
N_FOLDS = 10
#: Ridge penalties that are tried, as shares of the largest eigenvalue of the covariates; the last one leaves
#: nothing of the regression.
_PENALTIES = np.array([1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0, 1e9])


@frozen
class Corrected:
    """What a draw of n of N samples says of the mean over all N.

    Attributes:
        value: the estimate, unbiased.
        residuals: (n,) errors of the prediction, each by a fit that had not seen its sample.
        plain_variance: of what the prediction is held against: values, less their offset, over samples.
        n_total: N.
        low, high: bounds of an error of the prediction.
    """

    value: float
    residuals: Floats
    plain_variance: float
    n_total: int
    low: float
    high: float

    @property
    def n(self) -> int:
        """Samples that were drawn."""
        return len(self.residuals)

    @cached_property
    def variance(self) -> float:
        """Of the errors of the prediction over samples."""
        return float(self.residuals.var(ddof=1))

    @property
    def n_effective(self) -> float:
        """Samples of a plain random draw whose mean would have the same standard error, at most N."""
        if not self.plain_variance > 0:
            return float(self.n)
        left = (1 / self.n - 1 / self.n_total) * self.variance / self.plain_variance
        return 1 / (1 / self.n_total + left)

    def error(self, *, of_dataset: bool = True) -> float:
        """The standard error of ``value``, for the mean of these N samples: that all are asked leaves none.

        Without ``of_dataset``, for what holds of samples like these N: never less than all of them would
        leave.
        """
        own = (1 / self.n - 1 / self.n_total) * self.variance
        return sqrt(own if of_dataset else own + self.plain_variance / self.n_total)

    def wilson(self, alpha: float) -> Interval:
        """The 1 - alpha interval of a share, of values in 0..1, by Wilson's on as many trials as have this
        standard error (Korn and Graubard 1998, Survey Methodology 24:193-201)."""
        share, error = min(max(self.value, 0.0), 1.0), self.error()
        ratio = normal_quantile(1 - alpha / 2) / t_quantile(1 - alpha / 2, self.n - 1.0)
        # Both variances are of the same draw: where it shows fewer errors than there are, both are smaller.
        is_known = error > 0 and self.plain_variance > 0
        trials = self.plain_variance / error**2 * ratio**2 if is_known else float(self.n)
        return wilson_interval(share, trials, alpha)

    def mean(self, *, of_dataset: bool = True) -> BoundedMean:
        """The estimate with its interval at any level: the tilted score interval of the errors, which is
        Student's where they are as good as normal."""
        move = self.value - float(self.residuals.mean())
        error = self.error(of_dataset=of_dataset)
        return BoundedMean(self.residuals + move, error, self.n - 1.0, self.low + move, self.high + move)


def control_variate(
    past: Floats, drawn: Codes, values: Floats, low: float, high: float, offset: Floats | None = None
) -> Corrected:
    """The mean over all N samples of what was asked of n of them.

    Args:
        past: (N, k) earlier scores of every sample, k >= 1.
        drawn: (n,) which samples were asked, n >= 2, in the random order in which they were drawn.
        values: (n,) what they got, within ``low`` .. ``high``.
        offset: (N,) known of every sample, taken from ``values`` before the regression, which is then about
            the rest: a baseline's scores, so that without any use of ``past`` the paired difference is left.
            The estimate is of ``values`` all the same.
    """
    n, n_total = len(drawn), len(past)
    known = np.zeros(n_total) if offset is None else offset
    rest = values - known[drawn]
    n_folds = min(N_FOLDS, n)
    folds = np.arange(n) % n_folds
    residuals, adjustment = np.empty(n), 0.0
    least, most = np.inf, -np.inf
    is_left = np.empty(n_total, dtype=np.bool_)
    for fold in range(n_folds):
        mine, others = folds == fold, drawn[folds != fold]
        fitted = fit_ridge(past[others], rest[folds != fold])
        predicted = np.clip(fitted.of(past) + known, low, high)
        residuals[mine] = values[mine] - predicted[drawn[mine]]
        is_left[:] = True
        is_left[others] = False
        of_left = float(predicted[is_left].mean()) - float(predicted[drawn[mine]].mean())
        adjustment += int(mine.sum()) / n * (n_total - len(others)) / n_total * of_left
        least, most = min(least, float(predicted.min())), max(most, float(predicted.max()))
    value = float(values.mean() + adjustment)
    return Corrected(value, residuals, float(rest.var(ddof=1)), n_total, low - most, high - least)


@frozen
class Ridge:
    """A linear prediction: ``level`` + (x - ``centre``) @ ``weights``."""

    level: float
    centre: Floats
    weights: Floats

    def of(self, rows: Floats) -> Floats:
        """(m, k) covariates to (m,) predictions."""
        return self.level + (rows - self.centre) @ self.weights


def fit_ridge(rows: Floats, values: Floats) -> Ridge:
    """The ridge regression of ``values`` (m,) on ``rows`` (m, k) whose penalty predicts best what is left out
    one by one (Hoerl and Kennard 1970, Technometrics 12:55-67; Allen 1974, Technometrics 16:125-127)."""
    centre, level = rows.mean(axis=0), float(values.mean())
    moved, rest = rows - centre, values - level
    sizes, axes = np.linalg.eigh(moved.T @ moved)
    sizes = np.maximum(sizes, 0.0)
    if not sizes[-1] > 0:
        return Ridge(level, centre, np.zeros(rows.shape[1]))
    shrunk = 1 / (sizes[:, np.newaxis] + _PENALTIES * sizes[-1])  # (k, penalties)
    turned = moved @ axes
    along = rest @ turned
    leverage = turned**2 @ shrunk + 1 / len(rows)
    errors = (rest[:, np.newaxis] - turned @ (along[:, np.newaxis] * shrunk)) / np.maximum(1e-9, 1 - leverage)
    best = int(np.argmin((errors**2).sum(axis=0)))
    return Ridge(level, centre, axes @ (along * shrunk[:, best]))


def out_of_sample_variance(past: Floats, values: Floats, low: float, high: float) -> float:
    """The variance of the errors with which ``past`` (N, k) predicts ``values`` (N,), for planning a draw."""
    order = np.random.default_rng(0).permutation(len(values))
    return control_variate(past, order, values[order], low, high).variance


def n_for_error(error: float, variance: float, n_total: int, floor: float = 0.0) -> int | None:
    """How many of ``n_total`` samples have to be drawn for a standard error of at most ``error``; None where
    not even all of them do.

    Args:
        variance: of the errors of the prediction.
        floor: the variance of the estimate that is left where all samples are drawn.
    """
    allowed = error**2 - floor
    if not allowed > 0:
        return None
    return min(n_total, max(2, ceil(variance / (allowed + variance / n_total))))
