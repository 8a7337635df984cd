"""Slow moves: a level that holds, a straight line to another level, and that level from then on.

The least-squares line with two kinks (Hinkley 1971, JASA 66:736, with flat ends), by a search over all places
of the kinks; a line over the whole series is the case whose kinks are its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Places that either kink is looked for at: all of them up to this length, as many evenly spread beyond.
_PLACES = 240


@dataclass(frozen=True, slots=True)
class Ramp:
    """A fitted slow move of n numbers.

    Attributes:
        start, end: indices of the kinks; the level before holds up to ``start``, the one after from ``end``.
        before, after: the two levels.
        spread: sum of squares of the regressor about its mean; sigma / sqrt(spread) is the standard error of
            ``after - before`` with the kinks given.
        rest: sum of squared residuals.
        n_free: fitted numbers: two levels, and each kink that is not an end of the series.
    """

    start: int
    end: int
    before: float
    after: float
    spread: float
    rest: float
    n_free: int


def fit_ramp(values: Floats, min_length: int) -> Ramp | None:
    """The slow move with the best value of Schwarz's criterion; None for ``min_length`` numbers or fewer.

    Args:
        values: (n,) finite.
        min_length: runs that the line takes at least: what is faster is a step.
    """
    n = len(values)
    if n <= min_length:
        return None
    centre = float(values.mean())
    y = values - centre
    start, end = _kinks(n, min_length)
    sums = np.concatenate([[0.0], np.cumsum(y)])
    moments = np.concatenate([[0.0], np.cumsum(np.arange(n) * y)])
    length = end - start
    # The regressor is 0 up to start, (t - start) / length between the kinks, 1 from end on.
    mean = (n - end + (length - 1) / 2) / n
    spread = n - end + (length - 1) * (2 * length - 1) / (6 * length) - n * mean**2
    shared = -sums[end] + (moments[end] - moments[start] - start * (sums[end] - sums[start])) / length
    rest = np.maximum(float(y @ y) - shared**2 / spread, 0.0)
    n_free = 2 + (start > 0) + (end < n - 1)
    best = int(np.argmin(criterion(rest, n_free, n)))
    size = float(shared[best] / spread[best])
    before = centre - size * float(mean[best])
    return Ramp(
        int(start[best]), int(end[best]), before, before + size,
        float(spread[best]), float(rest[best]), int(n_free[best]),
    )  # fmt: skip


def criterion(rest: npt.ArrayLike, n_free: npt.ArrayLike, n: int) -> Floats:
    """Schwarz's criterion of a fit of n numbers, less is better (Schwarz 1978, Ann. Stat. 6:461)."""
    result: Floats = n * np.log(np.maximum(rest, 1e-300)) + np.asarray(n_free) * log(n)
    return result


def _kinks(n: int, min_length: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    places = np.unique(np.linspace(0, n - 1, min(n, _PLACES)).round().astype(np.int64))
    start, end = np.meshgrid(places, places, indexing="ij")
    is_long = end - start >= min_length
    return start[is_long], end[is_long]
