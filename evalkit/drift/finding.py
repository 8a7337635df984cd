"""One change of one metric with its cause and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from evalkit.drift.advice import Advice, Case, advise
from evalkit.drift.cause import Attribution, attribute
from evalkit.drift.series import Series
from evalkit.stats.changepoint import ChangePoint
from evalkit.store.store import Store

Direction = Literal["worse", "better", "moved"]


@dataclass(frozen=True)
class Finding:
    """Attributes:
    direction: ``moved`` where neither way is better.
    is_last: no later change of this series was found: it is how things stand.
    advice: what to do, and the commands that do it.
    """

    series: Series
    change: ChangePoint
    attribution: Attribution
    is_last: bool
    advice: Advice

    @property
    def direction(self) -> Direction:
        return _direction(self.series, self.change)

    @property
    def is_worse(self) -> bool:
        """Whether this series stands worse than it did."""
        return self.direction == "worse" and self.is_last

    @property
    def subject(self) -> str:
        return self.series.subject

    @property
    def dates(self) -> tuple[str, str, str]:
        """Day of the change, and the interval's ends, ISO 8601 in UTC."""
        rows = self.series.rows
        places = (self.change.start, self.change.earliest, self.change.latest)
        return tuple(_day(rows[min(at, len(rows) - 1)].started_at) for at in places)  # type: ignore[return-value]

    @property
    def change_text(self) -> str:
        """``fell by 0.0598 [-0.0636, -0.056] on 2026-01-26 (…): 0.8607 -> 0.8009, p 1.4e-19``."""
        change, (day, earliest, latest) = self.change, self.dates
        how, when = "", f"on {day} (between {earliest} and {latest})"
        if change.kind == "trend":
            pace = abs(change.size) / (change.latest - change.earliest)
            goes_on = ", and goes on" if change.latest >= len(self.series.rows) - 1 else ""
            how, when = "slowly ", f"from {earliest} to {latest} (about {pace:.2g} a run{goes_on})"
        verb = "fell" if change.size < 0 else "rose"
        return (
            f"{how}{verb} by {abs(change.size):.3g} [{change.low:+.3g}, {change.high:+.3g}] {when}: "
            f"{change.before:.4g} -> {change.after:.4g}, p {change.p_value:.2g}"
        )

    @property
    def cause_text(self) -> str:
        """``cause: the model (prompt, task and data are the same; …)``."""
        return f"cause: the {self.attribution.cause} ({'; '.join(self.attribution.evidence)})"

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
        found = attribute(store, list(series.rows), change)
        case = _case(store, series, change, found)
        yield Finding(series, change, found, change is changes[-1], advise(case))


def _case(store: Store, series: Series, change: ChangePoint, found: Attribution) -> Case:
    earlier, later = store.run(found.earlier.run_id), store.run(found.later.run_id)
    old = {row.run_id for row in series.rows if row.started_at <= found.earlier.started_at}
    baselines = [each.name for each in store.baselines() if each.run_id in old]
    is_slow = change.kind == "trend"
    metric = series.last.metric
    return Case(metric, _direction(series, change), is_slow, found, earlier, later, baselines)


def _direction(series: Series, change: ChangePoint) -> Direction:
    better = series.last.is_higher_better
    if better is None:
        return "moved"
    return "better" if (change.size > 0) == better else "worse"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
