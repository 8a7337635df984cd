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
from evalkit.stats.since_first import Distance
from evalkit.store.store import Store

Direction = Literal["worse", "better", "moved"]
#: Further out nobody knows a tail of nights.
_LEAST_P = 1e-6


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
        return direction(self.series, self.change.size)

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
            f"{how}{verb} by {size_text(change)} {when}: "
            f"{change.before:.4g} -> {change.after:.4g}, {p_text(change.p_value)}"
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
    return Case(metric, direction(series, change.size), is_slow, found, earlier, later, baselines)


def direction(series: Series, size: float) -> Direction:
    """Of a number that moved by ``size``: one test says that it did, whichever way."""
    better = series.last.is_higher_better
    if better is None:
        return "moved"
    return "better" if (size > 0) == better else "worse"


def size_text(moved: ChangePoint | Distance) -> str:
    """``0.0598 [-0.0636, -0.056] (interval of 99.4 %)``."""
    level = f"{100 * moved.level:.2f}".rstrip("0").rstrip(".")
    return f"{abs(moved.size):.3g} [{moved.low:+.3g}, {moved.high:+.3g}] (interval of {level} %)"


def p_text(p_value: float) -> str:
    """``p 0.012``; what is smaller than a tail is known is not told to the last digit."""
    return f"p {p_value:.2g}" if p_value >= _LEAST_P else f"p < {_LEAST_P:g}"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
