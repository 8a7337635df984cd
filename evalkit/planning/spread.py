"""How much the paired differences of a metric vary, in two parts: between samples, and within a sample, whose
answers vary by themselves.

With K answers to a sample on either side its difference has the variance ``between + 2 within / K``: the
one-way random model of ``evalkit.stats.own_variance``.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import Literal

from evalkit.core.frozen import frozen

#: ``history``: pairs of evaluations in which something changed. ``same subject``: nothing but the time did.
#: ``guess``: of the user.
Source = Literal["history", "same subject", "guess"]


@frozen(slots=True)
class Spread:
    """Of one metric of a task.

    Attributes:
        total: variance of a sample's difference with ``n_repeats`` answers on either side, in squared units
            of the metric; of shares of right answers, asked once, that is the share of samples that flip.
        within: variance of one answer around its sample's mean, the mean of both sides; None if unknown.
        scale: the largest move of one sample; ``inf`` where the metric has no bounds.
        is_flips: samples asked once are right or wrong: every change is a whole flip.
        source: where it is from.
        n_pairs: pairs of evaluations behind it; 0 for a guess.
        n_repeats: answers on either side that ``total`` is of.
        kurtosis: excess one of samples' differences that are no whole flips, as it was seen: what few large
            moves have. It is taken for the same at other numbers of repeats, and for 0 where it is unknown.
    """

    total: float
    within: float | None = None
    scale: float = 1.0
    is_flips: bool = True
    source: Source = "guess"
    n_pairs: int = 0
    n_repeats: int = 1
    kurtosis: float = 0.0

    @property
    def between(self) -> float | None:
        """Variance of samples' true differences; None where what is within them is unknown."""
        if self.within is None:
            return None
        return max(0.0, self.total - 2 * self.within / self.n_repeats)

    @property
    def within_share(self) -> float | None:
        """The part, 0..1, of the variance with one answer each that repeats take away; None if unknown."""
        if self.within is None or self.between is None:
            return None
        at_once = self.between + 2 * self.within
        return 2 * self.within / at_once if at_once > 0 else 0.0

    def variance(self, n_repeats: float) -> float | None:
        """Of a sample's difference with so many answers on either side (``inf`` for no end of them); None
        where that is unknown."""
        if n_repeats == self.n_repeats:
            return self.total
        if self.between is None or self.within is None:
            return None
        return self.between + (0.0 if n_repeats == inf else 2 * self.within / n_repeats)

    def sd(self, n_repeats: float, drop: float) -> float | None:
        """The standard deviation to plan with: where changes are flips a drop is made of them, so that the
        variance is at least that of as many flips."""
        found = self.variance(n_repeats)
        if found is None:
            return None
        return sqrt(max(found, drop * self.scale if self.is_flips else 0.0))


def share_of_changes(changed: float, within_share: float | None) -> Spread:
    """Of a metric that is a share of right answers.

    Args:
        changed: share of samples that are right on one side and wrong on the other.
        within_share: part of those that change by themselves, 0..1.
    """
    within = None if within_share is None else changed * within_share / 2
    return Spread(changed, within)


def share_of_values(sd: float, within_share: float | None, scale: float) -> Spread:
    """Of a graded metric: ``sd`` of samples' differences, in units of the metric."""
    within = None if within_share is None else sd**2 * within_share / 2
    return Spread(sd**2, within, scale, is_flips=False)
