"""All that ``evalkit drift`` found, for every way of telling it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.core.text import plural
from evalkit.drift.departure import Departure
from evalkit.drift.finding import Finding
from evalkit.drift.seams import Seam
from evalkit.drift.series import Series
from evalkit.stats.changepoint import HORIZON, MIN_RUNS


@dataclass(frozen=True)
class Watched:
    """Attributes:
    series: those that are still run, the too short ones too.
    over: those that are no longer run.
    findings: changes of ``series``.
    departures: those of ``series`` that stand apart from their first baseline.
    """

    alpha: float
    series: Sequence[Series]
    over: Sequence[Series]
    findings: Sequence[Finding]
    departures: Sequence[Departure] = ()

    @property
    def short(self) -> list[Series]:
        """Series about which nothing can be said yet."""
        return [each for each in self.series if each.too_short]

    @property
    def ordered(self) -> list[Finding]:
        """What stands worse first."""
        return sorted(self.findings, key=lambda each: not each.is_worse)

    @property
    def worse(self) -> list[Finding]:
        """What stands worse than it did."""
        return [each for each in self.findings if each.is_worse]

    @property
    def departed(self) -> list[Departure]:
        """What stands worse than its first baseline."""
        return [each for each in self.departures if each.is_worse]

    @property
    def ordered_departures(self) -> list[Departure]:
        """What stands worse first."""
        return sorted(self.departures, key=lambda each: not each.is_worse)

    @property
    def seams(self) -> list[tuple[Series, Seam]]:
        """Where a series goes on from something that was retired."""
        return [(each, seam) for each in self.series for seam in each.seams]

    @property
    def names_of_worse(self) -> set[tuple[str, str, str, str]]:
        """Series that stand worse than they did, or than their first baseline."""
        return {each.series.name for each in self.worse} | {each.series.name for each in self.departed}

    @property
    def headline(self) -> str:
        """``2 of 9 series stand worse``, ``nothing moved``."""
        n_watched = len(self.series) - len(self.short)
        if not n_watched:
            return f"nothing can be said yet: every history is shorter than {MIN_RUNS} runs"
        n_worse = len(self.names_of_worse)
        if not n_worse:
            told = plural(len(self.findings), "change")
            return f"nothing stands worse ({told} found)" if self.findings else "nothing moved"
        return f"{n_worse:,} of {n_watched:,} series {'stands' if n_worse == 1 else 'stand'} worse"

    @property
    def scope(self) -> str:
        """What was looked at, and how sure it is."""
        n_watched = len(self.series) - len(self.short)
        parts = [
            f"{n_watched:,} series watched, chance of any false alarm in {HORIZON} runs {self.alpha:g}",
            f"{len(self.short):,} too short: fewer than {MIN_RUNS} runs" if self.short else "",
            f"{len(self.over):,} no longer run" if self.over else "",
        ]
        return "; ".join(filter(None, parts))
