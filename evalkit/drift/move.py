"""One change of one metric: when, how far, and whether for the better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from evalkit.drift.series import Series
from evalkit.stats.changepoint import ChangePoint
from evalkit.stats.since_first import Distance

Direction = Literal["worse", "better", "moved"]
#: Further out nobody knows a tail of nights.
_LEAST_P = 1e-6


@dataclass(frozen=True)
class Move:
    """A change of a series; ``direction`` is ``moved`` where neither way is better."""

    series: Series
    change: ChangePoint

    @property
    def direction(self) -> Direction:
        return direction(self.series, self.change.size)

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
