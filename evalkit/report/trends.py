"""The main number of each task over its last runs, as the index of reports draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.report.listed import Line, Listed, Value
from evalkit.report.numbers import difference_text

#: A line has so many runs at most.
LAST = 40
#: The picture, in its own units, and the room that a dot at its edge needs.
WIDTH, HEIGHT, EDGE = 180.0, 32.0, 4.0

_BAD = ("fail", "error")

#: A report and the fields of one of its values.
_Run = tuple[Listed, list[Any]]


@frozen(slots=True)
class Spot:
    """One run: its place in the picture, its report and how its gates came out."""

    x: float
    y: float
    file: str
    run_id: str
    text: str
    outcome: str


@frozen(slots=True)
class Trend:
    """One task with one Subject.

    Attributes:
        spots: the oldest first, at least one.
        n: runs in all, those before the line too.
        change: since the run before, as text: it may be chance. Empty for a first run.
        low, high: texts of the lowest and the highest number of the line.
    """

    task: str
    subject: str
    metric: str
    spots: Sequence[Spot]
    n: int
    change: str
    low: str
    high: str

    @property
    def last(self) -> Spot:
        return self.spots[-1]

    @property
    def path(self) -> str:
        """The line in the language of SVG; empty for a lone run."""
        return "M" + "L".join(f"{spot.x:g} {spot.y:g}" for spot in self.spots) if len(self.spots) > 1 else ""

    @property
    def bad(self) -> list[Spot]:
        """Runs where a gate failed."""
        return [spot for spot in self.spots if spot.outcome in _BAD]

    @property
    def label(self) -> str:
        """What the picture shows, in words."""
        shown, n_bad = plural(len(self.spots), "run"), len(self.bad)
        span = f"from {self.low} to {self.high}, {self.spots[0].text} at first and {self.last.text} at last"
        failed = f"; gates failed in {n_bad}" if n_bad else ""
        return f"{self.metric} of {self.task}, {self.subject}, in {shown}: {span}{failed}"


def trends(reports: Sequence[Listed], lines: Sequence[Line]) -> list[Trend]:
    """Lines of whole finished runs; what was run last stands first, a task's Subjects together.

    Args:
        reports: the newest first.
        lines: those that the values of the reports are of.
    """
    runs: list[list[_Run]] = [[] for _ in lines]
    for report in _whole(reports):
        for value in report.values:
            runs[value[0]].append((report, value))
    latest: dict[str, float] = {}
    for line, its in zip(lines, runs, strict=True):
        if its:
            latest[line.task] = max(its[0][0].started_at or 0.0, latest.get(line.task, 0.0))
    found = [(line, its) for line, its in zip(lines, runs, strict=True) if its]
    found.sort(key=lambda each: (-latest[each[0].task], *each[0][:3]))
    return [_trend(line, its) for line, its in found]


def _whole(reports: Sequence[Listed]) -> Iterator[Listed]:
    """One report of each run that can be a point of a line: a comparison shows a run once more."""
    alone = {report.run_id for report in reports if report.baseline_run_id is None}
    seen = set()
    for report in reports:
        is_again = report.run_id in seen or (report.baseline_run_id is not None and report.run_id in alone)
        if report.status == "finished" and not report.is_partial and not is_again:
            seen.add(report.run_id)
            yield report


def _trend(line: Line, its: Sequence[_Run]) -> Trend:
    shown = [(report, Value(*value)) for report, value in reversed(its[:LAST])]
    values = [value for _, value in shown]
    ordered = sorted(values, key=lambda value: value.number)
    spots = [
        Spot(x, y, report.file, report.run_id, value.text, value.outcome)
        for (report, value), (x, y) in zip(shown, _places([v.number for v in values]), strict=True)
    ]
    change = difference_text(line.metric, values[-1].number - values[-2].number) if len(values) > 1 else ""
    low, high = ordered[0].text, ordered[-1].text
    return Trend(line.task, line.subject, line.metric, spots, len(its), change, low, high)


def _places(values: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Evenly from left to right, ending at the right edge."""
    low, high = min(values), max(values)
    step = (WIDTH - 2 * EDGE) / (LAST - 1)
    start = WIDTH - EDGE - step * (len(values) - 1)
    for at, value in enumerate(values):
        share = (value - low) / (high - low) if high > low else 0.5
        yield round(start + at * step, 1), round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)
