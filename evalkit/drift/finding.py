"""One change of one metric with its cause and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.drift.advice import Advice, Case, advise
from evalkit.drift.cause import Attribution, attribute
from evalkit.drift.move import Move, direction
from evalkit.drift.series import Series
from evalkit.stats.changepoint import ChangePoint
from evalkit.store.store import Store


@dataclass(frozen=True)
class Finding(Move):
    """Attributes:
    is_last: no later change of this series was found: it is how things stand.
    advice: what to do, and the commands that do it.
    """

    attribution: Attribution
    is_last: bool
    advice: Advice

    @property
    def is_worse(self) -> bool:
        """Whether this series stands worse than it did."""
        return self.direction == "worse" and self.is_last

    @property
    def cause_text(self) -> str:
        """``cause: the model (prompt, task and data are the same; …)``."""
        return self.attribution.text

    @property
    def recommendation(self) -> str:
        """What to do, naming the evidence."""
        metric, size = self.series.last.metric, self.change.size
        verb = "fell" if size < 0 else "rose"
        return f"{self.advice.text}: {metric} {verb} by {abs(size):.3g} since {self.dates[0]}"


def find_drift(store: Store, series: Sequence[Series], alpha: float) -> list[Finding]:
    """Every change of every series; ``alpha`` is shared over the series that are long enough (Bonferroni), so
    that it is the rate of false alarms of all of them together."""
    long_enough = [each for each in series if each.too_short is None]
    return [finding for each in long_enough for finding in _findings(store, each, alpha / len(long_enough))]


def _findings(store: Store, series: Series, alpha: float) -> Iterator[Finding]:
    changes = series.changes(alpha)
    for change in changes:
        found = attribute(store, series.rows, change)
        case = _case(store, series, change, found)
        yield Finding(series, change, found, change is changes[-1], advise(case))


def _case(store: Store, series: Series, change: ChangePoint, found: Attribution) -> Case:
    earlier, later = store.run(found.earlier.run_id), store.run(found.later.run_id)
    old = {row.run_id for row in series.rows if row.started_at <= found.earlier.started_at}
    baselines = [each.name for each in store.baselines() if each.run_id in old]
    is_slow = change.kind == "trend"
    metric = series.last.metric
    return Case(metric, direction(series, change.size), is_slow, found, earlier, later, baselines)
