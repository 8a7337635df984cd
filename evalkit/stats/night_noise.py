"""How far nights stray when nothing moves: each night's own spread, and how heavy its tails are, both read
from the history itself in ways that a step leaves alone.

Sources: a variance with a part that follows 1 / n is that of random-effects models (DerSimonian and Laird
1986, Control. Clin. Trials 7:177); Student's t as a model of heavy tails is Lange, Little and Taylor 1989
(JASA 84:881), its deviate as a normal one Wallace 1959 (Ann. Math. Stat. 30:1121).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lgamma, log, pi, sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Nights on either side whose median a night is held against.
_REACH = 3
_OTHERS = [at for at in range(2 * _REACH + 1) if at != _REACH]
#: Squares beyond this many variances count as this many; what a normal square keeps of its mean then.
_CUT, _KEPT = 6.25, 0.9776
#: Degrees of freedom that tails are tried with, from three, where the variance is barely finite, to normal.
_NORMAL = 1000.0
_DEGREES = np.array([3.0, 4.0, 5.0, 7.0, 10.0, 20.0, _NORMAL])
#: By how much the log-likelihood of heavier tails may fall behind: half the 90 % point of chi-squared with
#: one degree of freedom.
_BEHIND = 1.353


@dataclass(frozen=True, slots=True)
class Nights:
    """A stretch of nights.

    Attributes:
        values: (n,) their numbers.
        deviations: (n,) standard deviation of each around a level, up to a common factor.
        floor: (n,) least standard deviation.
        tails: degrees of freedom of Student's t that the numbers stray as.
    """

    values: Floats
    deviations: Floats
    floor: Floats
    tails: float = _NORMAL

    @classmethod
    def of(cls, values: Floats, counts: Floats | None, floor: Floats | float) -> Nights:
        """Arguments as those of ``night_deviations``."""
        least = np.broadcast_to(np.asarray(floor, dtype=np.float64), values.shape)
        return cls(values, night_deviations(values, counts, least), least)

    def with_tails(self) -> Nights:
        return replace(self, tails=tail_degrees(self.values, self.deviations))

    def part(self, first: int, last: int) -> Nights:
        each = slice(first, last)
        return Nights(self.values[each], self.deviations[each], self.floor[each], self.tails)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def least_scale(self) -> float:
        """What the deviations have to be multiplied by at least to lie at their floor."""
        return float(np.median(self.floor / self.deviations))

    @property
    def robust(self) -> Floats:
        """(n,) the numbers, those far out drawn in to where normal ones with the same tail would lie."""
        middle = float(np.median(self.values))
        scores = normal_scores((self.values - middle) / self.deviations, self.tails)
        drawn_in: Floats = middle + self.deviations * scores
        return drawn_in


def night_deviations(values: Floats, counts: Floats | None, floor: Floats | float) -> Floats:
    """(n,) standard deviation of each night's number around the level, without what nights have in common.

    It is a share that every night has and a share that goes with 1 / n. Where the history does not tell the
    two apart, small nights are taken for as noisy, and large ones for as noisy, as either could make them.

    Args:
        values: (n,) one number for each night.
        counts: (n,) samples behind each; None where all are alike.
        floor: (n,) or one number: no night is trusted beyond it.
    """
    strays = np.abs(_strays(values))
    variance = np.full(len(values), (float(np.median(strays)) / 0.6745) ** 2)
    if counts is not None and np.ptp(counts) > 0 and variance[0] > 0:
        squares, inverse = np.square(strays), 1 / np.maximum(counts, 1.0)
        for _ in range(5):
            variance = _refitted(squares, variance, inverse)
    deviations: Floats = np.maximum(np.sqrt(variance), np.maximum(floor, 1e-300))
    return deviations


def tail_degrees(values: Floats, deviations: Floats) -> float:
    """The heaviest tails that the history speaks for nearly as well as for the likeliest, as degrees of
    freedom of Student's t."""
    strays = _strays(values) / deviations
    if not np.any(strays):
        return float(_DEGREES[0])
    df = _DEGREES[:, np.newaxis]
    scale = np.ones_like(df)
    squares = np.square(strays)[np.newaxis, :]
    for _ in range(8):
        weights = (df + 1) / (df + squares / scale)
        scale = np.maximum((weights * squares).mean(axis=1, keepdims=True), 1e-12)
    fits = (_log_constant(df) - 0.5 * np.log(scale) - 0.5 * (df + 1) * np.log1p(squares / (df * scale))).sum(
        axis=1
    )
    return float(_DEGREES[np.flatnonzero(fits >= fits.max() - _BEHIND)[0]])


def normal_scores(strays: Floats, degrees: float) -> Floats:
    """Student's deviates as the normal ones with the same tails, within 0.07: a night far out counts for what
    its tail is worth."""
    size = np.sqrt(degrees * np.log1p(np.square(strays) / degrees))
    scores: Floats = np.sign(strays) * size * (8 * degrees + 1) / (8 * degrees + 3)
    return scores


def _strays(values: Floats) -> Floats:
    """Distance of each night from the median of its neighbours."""
    around = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([values[_REACH:0:-1], values, values[-2 : -_REACH - 2 : -1]]), 2 * _REACH + 1
    )
    neighbours = np.sort(around[:, _OTHERS], axis=1)
    strays: Floats = values - (neighbours[:, _REACH - 1] + neighbours[:, _REACH]) / 2
    return strays


def _refitted(squares: Floats, variance: Floats, inverse: Floats) -> Floats:
    """One round of iteratively reweighted least squares of squares on 1 / n."""
    cut = np.minimum(squares, _CUT * variance) / _KEPT
    weights = 1 / np.square(variance)
    middle = float(weights @ inverse / weights.sum())
    level = float(weights @ cut / weights.sum())
    spread = float(weights @ np.square(inverse - middle))
    steepest = level / middle
    if spread * steepest**2 < 1e-6 or level <= 0:
        return np.full(len(squares), level)
    slope, error = float(weights @ ((inverse - middle) * cut)) / spread, sqrt(2 / spread)
    up, down = min(max(slope, 0) + 2 * error, steepest), min(max(slope - 2 * error, 0.0), steepest)
    return np.maximum(level + np.where(inverse > middle, up, down) * (inverse - middle), 0.01 * level)


def _log_constant(df: Floats) -> Floats:
    found = [lgamma((v + 1) / 2) - lgamma(v / 2) - 0.5 * log(v * pi) for v in df.ravel()]
    return np.array(found)[:, np.newaxis]
