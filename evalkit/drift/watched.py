"""All that ``evalkit drift`` found, for every way of telling it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.core.text import plural
from evalkit.drift.finding import Finding
from evalkit.drift.series import Series
from evalkit.stats.changepoint import HORIZON, MIN_RUNS


@dataclass(frozen=True)
class Watched:
    """Attributes:
    series: those that are still run, the too short ones too.
    over: those that are no longer run.
    findings: changes of ``series``.
    """

    alpha: float
    series: Sequence[Series]
    over: Sequence[Series]
    findings: Sequence[Finding]

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
    def headline(self) -> str:
        """``2 of 9 series stand worse``, ``nothing moved``."""
        n_watched = len(self.series) - len(self.short)
        if not n_watched:
            return f"nothing can be said yet: every history is shorter than {MIN_RUNS} runs"
        if not self.worse:
            told = plural(len(self.findings), "change")
            return f"nothing stands worse ({told} found)" if self.findings else "nothing moved"
        n_worse = len({each.series.name for each in self.worse})
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
