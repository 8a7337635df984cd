"""Intervals and tests of means that were corrected for a judge's error, for few labels too.

Where people say yes or no, a normal interval is far too short: with 30 labels and a true share of 0.05 the
95 % interval of PPI++ holds the truth in 74 to 79 % of simulated sessions. Score intervals do not fail there,
as their variance is that at the end and not that at the estimate. So a share has Wilson's interval, and the
difference of two shares Tango's, each on the number of independent labels that would have the same standard
error (Korn and Graubard 1998, Survey Methodology 24:193-201), times the square of the ratio of the normal
quantile to Student's. Values on a scale have the tilted interval (``evalkit.stats.tilted``).

A good judge makes few errors, and 30 labels may show none of them. The error of a share therefore counts two
labels that were not seen, one that says yes where the judge says no, one the other way round, with a weight
that is small and was chosen by simulation (``tests.calibration`` part ``ppi``).
"""

from __future__ import annotations

from math import hypot, isfinite, sqrt

from evalkit.core.frozen import frozen
from evalkit.stats.intervals import Interval, unseen_half_width, wilson_interval
from evalkit.stats.normal import normal_quantile
from evalkit.stats.paired import mcnemar, tango_interval
from evalkit.stats.ppi import Corrected
from evalkit.stats.sides import NOTHING, Sides
from evalkit.stats.student import t_quantile, t_tail
from evalkit.stats.tilted import BoundedMean

#: Variances that are rounding alone.
_ROUNDING = 1e-12
#: What each of the two labels counts that contradict the judge and were not seen.
UNSEEN = 0.03


@frozen
class CorrectedShare:
    """The share of samples, 0..1, of which people say yes."""

    found: Corrected

    @property
    def error(self) -> float:
        """The standard error, with the contradictions that were not seen."""
        found = self.found
        n, middle = found.n_effective, found.raw
        taken = found.power * (1 - min(1.0, found.n_labels / found.n_open))
        unseen = (1 + taken * middle - found.value) ** 2 + (taken * (1 - middle) + found.value) ** 2
        return hypot(found.error, found.share_open * sqrt(UNSEEN * unseen / (n * (n - 1))))

    def interval(self, alpha: float) -> Interval:
        """The 1 - alpha interval."""
        found, share = self.found, min(max(self.found.value, 0.0), 1.0)
        spread = min(found.variance, share * (1 - share))
        n = _labels_worth(spread, self.error, found)
        return wilson_interval(share, n * _fewer(alpha, found.df), alpha)


@frozen
class CorrectedChange:
    """The difference of two such shares, -1..1, on the same samples."""

    found: Corrected

    @property
    def error(self) -> float:
        """The standard error."""
        return self.found.error

    @property
    def _flips(self) -> tuple[float, float, float]:
        """Wins and losses among so many samples as have this standard error."""
        found = self.found
        changed = min(1.0, max(found.square, abs(found.value)))
        n = _labels_worth(changed - found.value**2, found.error, found)
        return n * (changed + found.value) / 2, n * (changed - found.value) / 2, n

    def interval(self, alpha: float) -> Interval:
        """The 1 - alpha interval."""
        fewer = _fewer(alpha, self.found.df)
        wins, losses, n = (each * fewer for each in self._flips)
        return tango_interval(wins, losses, n, alpha)

    @property
    def tests(self) -> Sides:
        """The score test of no difference, by Student's t, and never below McNemar's exact one."""
        wins, losses, _ = self._flips
        if not wins + losses > 0:
            return NOTHING
        t, df = (wins - losses) / sqrt(wins + losses), self.found.df
        return Sides(t_tail(-t, df), t_tail(t, df)).at_least(mcnemar(round(wins), round(losses)))


@frozen
class CorrectedLevel:
    """The mean of values on a scale, or of their differences.

    Attributes:
        low, high: bounds of a value, by people and by the judge.
    """

    found: Corrected
    low: float
    high: float

    @property
    def error(self) -> float:
        """The standard error."""
        return self.found.error

    @property
    def mean(self) -> BoundedMean:
        """What the labels of each group make of the mean."""
        found, low, high = self.found, self.low, self.high
        # A label may be as low as can be where the judge's word is as high, and the other way round.
        if isfinite(low) and isfinite(high):
            low, high = low - found.power * (high - found.raw), high + found.power * (found.raw - low)
        return BoundedMean(found.value + found.moves, found.error, found.df, low, high)

    def interval(self, alpha: float) -> Interval:
        """The 1 - alpha interval."""
        found = self.found
        if float(found.moves.var()) > 1e-18:
            return self.mean.interval(alpha)
        # Labels and judge agree throughout: what may have been missed, and what the samples vary.
        varied = t_quantile(1 - alpha / 2, found.df) * found.error
        below, above = (
            hypot(varied, unseen_half_width(found.n_effective, way, alpha) if isfinite(way) else 0.0)
            for way in (found.value - self.low, self.high - found.value)
        )
        return Interval(found.value - below, found.value + above)

    @property
    def tests(self) -> Sides:
        """Student's t-test of no difference."""
        found = self.found
        if not found.error > 0:
            return NOTHING
        t = found.value / found.error
        return Sides(t_tail(-t, found.df), t_tail(t, found.df))


def _labels_worth(spread: float, error: float, found: Corrected) -> float:
    """Independent labels alone that would have this standard error; where nothing varied, as many as there
    are."""
    if spread > _ROUNDING and error**2 > _ROUNDING * spread:
        return spread / error**2
    return found.n_effective / found.share_open


def _fewer(alpha: float, df: float) -> float:
    """What a number of labels counts less as their standard error is itself uncertain."""
    return (normal_quantile(1 - alpha / 2) / t_quantile(1 - alpha / 2, df)) ** 2
