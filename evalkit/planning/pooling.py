"""From the differences of several pairs of evaluations to one spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evalkit.comparisons.difference import MIN_CHANGED, Difference
from evalkit.comparisons.repeat_noise import RepeatNoise
from evalkit.core.frozen import frozen
from evalkit.metrics.metric import Metric
from evalkit.planning.spread import Source, Spread


@frozen(slots=True)
class SeenPair:
    """One pair's difference of one metric, with the noise of the answers on either side."""

    difference: Difference
    sides: tuple[RepeatNoise, RepeatNoise]

    @property
    def variance(self) -> float:
        return self.difference.sd**2

    @property
    def is_flips(self) -> bool:
        return self.difference.is_flips

    @property
    def own(self) -> float | None:
        """Variance of one answer around its sample's mean, by repeats; None without on a side."""
        known = [side.variance for side in self.sides if side.variance is not None]
        return sum(known) / 2 if len(known) == 2 else None

    def at_once(self) -> float | None:
        """The variance with one answer each; None where repeats were asked that tell nothing."""
        if all(side.n_repeats == 1 for side in self.sides):
            return self.variance
        if self.own is None:
            return None
        return self.variance + sum((side.variance or 0.0) * (1 - 1 / side.n_repeats) for side in self.sides)


def pooled(seen: Sequence[SeenPair], within: float | None, metric: Metric, source: Source) -> Spread | None:
    """All pairs together, each with the weight of its samples; None where none tells anything.

    Args:
        within: variance of one answer around its sample's mean, if known.
    """
    known = [(each, variance) for each in seen if (variance := each.at_once()) is not None]
    if not known:
        return None
    n, total = _sum(known, lambda each, _: each.n), _sum(known, lambda each, variance: each.n * variance)
    total /= n
    n_units = _sum(known, lambda each, _: each.n_units)
    n_changed = _sum(known, lambda each, _: each.n_changed)
    is_flips = all(each.is_flips for each, _ in known)
    scale = span(metric)
    if is_flips or n_changed < MIN_CHANGED:
        # Few changes seen do not mean that few happen: as ``Difference.n_to_see`` has it.
        largest = max(each.difference.scale for each, _ in known)
        of_units = largest**2 * min(1.0, (n_changed + 0.5) / (n_units + 1)) * n / n_units
        total = max(0.0 if is_flips else total, of_units)
    can_repeat = metric.kind in ("binary", "graded")
    kurtosis = 0.0 if is_flips else _kurtosis([each.difference for each, _ in known])
    own = within if can_repeat else None
    return Spread(total, own, scale, is_flips, source, len(known), kurtosis=kurtosis)


def _kurtosis(differences: Sequence[Difference]) -> float:
    """The excess one of all samples together, each around the mean of its pair; 0 where it is less, or where
    the metric is no mean."""
    found = [each.mean.values - each.mean.mean for each in differences if each.mean is not None]
    squares = np.concatenate(found) ** 2 if found else np.zeros(1)
    variance = float(squares.mean())
    return max(0.0, float((squares**2).mean()) / variance**2 - 3) if variance > 0 else 0.0


def _sum(known: Sequence[tuple[SeenPair, float]], value: Callable[[Difference, float], float]) -> float:
    return sum(value(each.difference, variance) for each, variance in known)


def span(metric: Metric) -> float:
    """The largest move of one sample; ``inf`` without bounds."""
    low, high = metric.bounds
    return high - low
