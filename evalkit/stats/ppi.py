"""The mean of what people say from a judge's word on every sample and people's labels of some.

The judge's mean over all N samples is moved by how far its word is from the labels on the n that have one:

    lambda * mean over N of f  +  mean over n of (y - lambda * f)

which is unbiased whatever the judge is worth, as the n were drawn at random. lambda says how far its word is
taken: 0 leaves the labels alone, and the best value is a regression slope, cov(y, f) / var(f). Sources:
Angelopoulos, Duchi and Zrnic 2023, PPI++, arXiv 2311.01453 (power tuning); Cochran, Sampling Techniques, 3rd
ed. 1977, ch. 12 (double sampling), whose variance S_e^2 / n + (S_y^2 - S_e^2) / N is the one here.

``prediction_powered_mean`` is PPI++ as ``ppi-python`` has it: labelled samples and others, disjoint, and a z
interval. ``corrected_mean`` is the same number for labels on a part of the judged samples, with an error that
holds for few labels: what each label tells of the judge's error is taken by the lambda that the other labels
give (leave-one-out), and samples of one group move the mean together. Its intervals and tests are in
``evalkit.stats.ppi_intervals``.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evalkit.core.frozen import frozen
from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.intervals import Interval
from evalkit.stats.normal import normal_quantile

Flags = npt.NDArray[np.bool_]


class PoweredMean(NamedTuple):
    """A mean by PPI++ with its large-sample standard error."""

    value: float
    power: float
    error: float

    def interval(self, alpha: float) -> Interval:
        """The 1 - alpha interval by the normal distribution: too short for a few dozen labels."""
        half = normal_quantile(1 - alpha / 2) * self.error
        return Interval(self.value - half, self.value + half)


def power_tuning(labels: Floats, judged: Floats, others: Floats) -> float:
    """The lambda in 0..1 with the smallest variance.

    Args:
        labels: (n,) what people say; weights, where there are any, are multiplied in.
        judged: (n,) what the judge says of the same.
        others: (M,) what the judge says of samples without a label.
    """
    n, m = len(labels), len(others)
    spread = float(np.concatenate([judged, others]).var(ddof=1)) if n + m > 1 else 0.0
    if not m or not spread > 0:
        return 0.0
    together = float(np.mean((labels - labels.mean()) * (judged - judged.mean())))
    return float(np.clip(together / ((1 + n / m) * spread), 0.0, 1.0))


def prediction_powered_mean(
    labels: Floats,
    judged: Floats,
    others: Floats,
    *,
    power: float | None = None,
    weights: Floats | None = None,
    other_weights: Floats | None = None,
) -> PoweredMean:
    """PPI++ of a mean for labelled samples and others that are independent of them, as ``ppi-python``.

    Args:
        labels, judged, others: as of ``power_tuning``, n >= 1 and M >= 1.
        power: lambda; None tunes it.
        weights, other_weights: (n,) and (M,) what each counts, to any scale.
    """
    w, w_others = _scaled(weights, len(labels)), _scaled(other_weights, len(others))
    if power is None:
        start = float((w_others * others).mean() + (w * (labels - judged)).mean())
        power = power_tuning(w * (labels - start), w * (judged - start), w_others * (others - start))
    value = float((w_others * power * others).mean() + (w * (labels - power * judged)).mean())
    of_others = float((w_others * power * others).std()) / sqrt(len(others))
    of_labels = float((w * (labels - power * judged)).std()) / sqrt(len(labels))
    return PoweredMean(value, power, sqrt(of_others**2 + of_labels**2))


@frozen
class Labelled:
    """What is known of N samples.

    Attributes:
        judged: (N,) what the judge says.
        labels: (N,) what people say, NaN where nobody did.
        is_settled: (N,) samples that were not drawn, as their value is known whatever is drawn, and stands in
            ``labels``. All that were picked for review are, and answers that are alike on both sides, whose
            difference is 0.
        weights: (N,) of the labels that were drawn, the inverse of the chance to be; to any scale.
        groups: (N,) codes 0 .. m - 1 of what varies together; None where each sample does by itself.
    """

    judged: Floats
    labels: Floats
    is_settled: Flags
    weights: Floats
    groups: Codes | None = None

    @property
    def is_drawn(self) -> Flags:
        """(N,) labels that were drawn at random."""
        drawn: Flags = np.isfinite(self.labels) & ~self.is_settled
        return drawn


@frozen
class Corrected:
    """A mean over samples like these N, corrected for the judge's error.

    Attributes:
        value: the estimate.
        power: lambda.
        error: its standard error.
        moves: (k,) by how much each group with drawn labels moves ``value``, times k.
        n_labels: labels that were drawn.
        n_effective: as many independent labels of equal weight as they weigh.
        n_judged, n_open: N, and of them those that labels were drawn from.
        variance, square: of what people say over all N: its variance, and the mean of its square.
        raw: the judge's own mean over the N.
    """

    value: float
    power: float
    error: float
    moves: Floats
    n_labels: int
    n_effective: float
    n_judged: int
    n_open: int
    variance: float
    square: float
    raw: float

    @property
    def share_open(self) -> float:
        """The part of the samples that labels are drawn from, in (0, 1]."""
        return self.n_open / self.n_judged

    @property
    def df(self) -> float:
        """Degrees of freedom of ``error``."""
        return self.n_effective - 1


#: Labels that were drawn, at least: with fewer nothing is corrected.
LEAST_LABELS = 10


def corrected_mean(known: Labelled, power: float | None = None) -> Corrected | None:
    """The mean of what people say over samples like these; None where fewer than ``LEAST_LABELS`` groups have
    a label that was drawn.

    With equal weights and nothing settled the value is ``prediction_powered_mean`` of the samples with a
    label and of those without.

    Args:
        power: lambda; None tunes it.
    """
    drawn, is_open = known.is_drawn, ~known.is_settled
    labels, judged, weights = known.labels[drawn], known.judged[drawn], known.weights[drawn]
    groups = np.arange(len(known.judged)) if known.groups is None else known.groups
    _, codes = np.unique(groups[drawn], return_inverse=True)
    if len(labels) == 0 or (n_groups := int(codes.max()) + 1) < LEAST_LABELS:
        return None
    shares = weights / weights.sum()
    n_open, n_all = int(is_open.sum()), len(known.judged)
    others = known.judged[is_open]
    middle = float(others.mean())
    slopes = _Slopes.of(labels, judged, weights, codes, others)
    tuned, alone = (slopes.all_labels, slopes.without) if power is None else (power, np.full(n_groups, power))
    open_mean = float(shares @ (labels - tuned * (judged - middle)))
    settled = known.labels[known.is_settled]
    value = (n_open * open_mean + float(settled.sum())) / n_all
    errors = labels - alone[codes] * (judged - middle)
    part = n_open / n_all
    of_labels = part * shares * (errors - float(shares @ errors))
    influence = np.where(known.is_settled, known.labels, 0.0) - value
    influence[is_open] = tuned * (others - middle) + open_mean - value
    influence /= n_all
    influence[drawn] += of_labels
    by_group = np.bincount(groups, weights=influence)
    of_groups = np.bincount(codes, weights=shares)
    moves = np.asarray(np.bincount(codes, weights=of_labels) * n_groups, dtype=np.float64)
    variance, square = _spread(labels, shares, settled, part, n_groups)
    return Corrected(
        value=value,
        power=tuned,
        error=sqrt(n_groups / (n_groups - 1) * float(by_group @ by_group)),
        moves=moves,
        n_labels=len(labels),
        n_effective=1 / float(of_groups @ of_groups),
        n_judged=n_all,
        n_open=n_open,
        variance=variance,
        square=square,
        raw=float(known.judged.mean()),
    )


def _spread(labels: Floats, shares: Floats, settled: Floats, part: float, n: int) -> tuple[float, float]:
    """Variance over all samples, as n groups show it, and the mean square."""
    mean = part * float(shares @ labels) + (1 - part) * (float(settled.mean()) if len(settled) else 0.0)
    square = part * float(shares @ labels**2)
    square += (1 - part) * (float((settled**2).mean()) if len(settled) else 0.0)
    return max(0.0, square - mean**2) * n / (n - 1), square


class _Slopes(NamedTuple):
    """Lambda by all labels, and (k,) by those of all groups but one."""

    all_labels: float
    without: Floats

    @classmethod
    def of(cls, labels: Floats, judged: Floats, weights: Floats, codes: Codes, others: Floats) -> _Slopes:
        """Of the labels that were drawn, in ``codes`` of groups; ``others`` is the judge's word on all that
        could have been."""
        n, n_others = len(labels), len(others)
        spread = float(others.var(ddof=1))
        if n == n_others or not spread > 0:
            return cls(0.0, np.zeros(int(codes.max()) + 1))
        # Moments about a point nearby, so that nothing cancels.
        y, f = labels - labels.mean(), judged - judged.mean()
        columns = np.stack([np.ones(n), y, f, y * f]) * weights
        by_group = np.stack([np.bincount(codes, weights=column) for column in columns])
        total = by_group.sum(axis=1)
        most = n_others / (n_others - n)  # lambda is 1 for the samples without a label
        tuned = float(np.clip(_covariance(total) / spread, 0.0, most))
        return cls(tuned, np.clip(_covariance(total[:, np.newaxis] - by_group) / spread, 0.0, most))


def _covariance(moments: Floats) -> Floats:
    """Of (4, …) sums of weights, y, f and y f."""
    weight, y, f, both = moments
    covariance: Floats = both / weight - y / weight * (f / weight)
    return covariance


def _scaled(weights: Floats | None, n: int) -> Floats:
    return np.ones(n) if weights is None else weights / weights.sum() * n
