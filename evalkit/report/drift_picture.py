"""The history of one metric as lines of a picture: places only, no markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isclose

from evalkit.core.text import plural
from evalkit.drift.move import Move
from evalkit.drift.series import Series
from evalkit.report.numbers import value_text

#: More dots than this are a line alone, and a line has no more corners than this.
MAX_DOTS, MAX_CORNERS = 150, 600
#: Values that differ by less, as a share, do so by rounding: sums in another order are no movement.
_SAME = 1e-9

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The rectangle that the numbers are drawn in, in units of the picture."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


LARGE = Frame(720, 190, 64, 12, 12, 24)
SMALL = Frame(140, 30, 3, 3, 4, 4)


@dataclass(frozen=True, slots=True)
class Picture:
    """Attributes:
    line: corners of the history, oldest first; ``dots`` the same runs, none where they are too many.
    levels: lines of the mean before and after each change.
    seams: places from left to right where it goes on from something that was retired.
    bands: left edge and width of the interval of each change's date.
    ticks: places and texts at the left edge; ``first`` and ``last`` are days.
    label: what it shows, in words.
    """

    frame: Frame
    line: Sequence[Place]
    dots: Sequence[Place]
    levels: Sequence[tuple[Place, Place]]
    bands: Sequence[tuple[float, float]]
    seams: Sequence[float]
    ticks: Sequence[tuple[float, str]]
    first: str
    last: str
    label: str

    @property
    def path(self) -> str:
        """The line in the language of SVG."""
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in self.line)


def picture(
    series: Series, findings: Sequence[Move], frame: Frame = LARGE, ends: Place | None = None
) -> Picture:
    """The whole history of a series with its changes. ``ends`` are numbers that the upright axis takes in."""
    rows, metric = series.rows, series.last.metric
    scale = Scale(series, findings, frame, ends)
    places = [(scale.x(at), scale.y(row.value)) for at, row in enumerate(rows)]
    low, high = scale.low, scale.high
    days = [day(row.started_at) for row in (rows[0], rows[-1])]
    moves = "; ".join(each.change_text for each in findings) or "nothing moved"
    seams = "".join(f"; {each.text}" for each in series.seams)
    return Picture(
        frame=frame,
        line=thinned(places, min(MAX_CORNERS, int(frame.width))),
        dots=places if len(places) <= MAX_DOTS else (),
        levels=[line for at in range(len(findings)) for line in _levels(findings, at, scale)],
        bands=[_band(each, scale) for each in findings],
        seams=[scale.x(each.at) for each in series.seams],
        ticks=[(scale.y(v), value_text(metric, v)) for v in dict.fromkeys((low, high))],
        first=days[0],
        last=days[1],
        label=f"{metric} in {plural(len(rows), 'run')} from {days[0]} to {days[1]}: {moves}{seams}",
    )


def thinned(places: Sequence[Place], n: int = MAX_CORNERS) -> Sequence[Place]:
    """At most ``n`` corners: of each stretch the lowest and the highest, so that no spike is lost."""
    if len(places) <= n:
        return places
    size = -(-2 * len(places) // n)
    kept: list[Place] = []
    for start in range(0, len(places), size):
        stretch = places[start : start + size]
        ends = {min(stretch, key=lambda place: place[1]), max(stretch, key=lambda place: place[1])}
        kept += sorted(ends)
    return kept


def day(seconds: float) -> str:
    """ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


class Scale:
    """Runs and values to places: time runs evenly from left to right."""

    def __init__(
        self, series: Series, findings: Sequence[Move], frame: Frame, ends: Place | None = None
    ) -> None:
        self._frame = frame
        self._times = [row.started_at for row in series.rows]
        values = [row.value for row in series.rows]
        values += [level for each in findings for level in (each.change.before, each.change.after)]
        values += ends or ()
        self.low, self.high = min(values), max(values)
        if isclose(self.low, self.high, rel_tol=_SAME):
            self.high = self.low

    def x(self, at: int) -> float:
        frame, times = self._frame, self._times
        span = times[-1] - times[0]
        share = (times[min(at, len(times) - 1)] - times[0]) / span if span > 0 else 0.5
        return round(frame.left + share * (frame.width - frame.left - frame.right), 2)

    def y(self, value: float) -> float:
        frame, span = self._frame, self.high - self.low
        share = (min(value, self.high) - self.low) / span if span > 0 else 0.5
        return round(frame.height - frame.bottom - share * (frame.height - frame.top - frame.bottom), 2)


def _levels(findings: Sequence[Move], at: int, scale: Scale) -> list[tuple[Place, Place]]:
    """The mean before a change, from the change before it on, and after the last one to the end; between
    the ends of a slow move its line."""
    change = findings[at].change
    n = len(findings[at].series.rows)
    start = findings[at - 1].change.start if at else 0
    end = findings[at + 1].change.start - 1 if at + 1 < len(findings) else n - 1
    left, right = (change.earliest, change.latest) if change.kind == "trend" else (change.start, change.start)
    before = (scale.x(start), scale.y(change.before)), (scale.x(left), scale.y(change.before))
    after = (scale.x(right), scale.y(change.after)), (scale.x(end), scale.y(change.after))
    slope = [(before[1], after[0])] if change.kind == "trend" else []
    return [before, *slope, after]


def _band(finding: Move, scale: Scale) -> tuple[float, float]:
    left, right = scale.x(finding.change.earliest), scale.x(finding.change.latest)
    return left - 1.5, right - left + 3
