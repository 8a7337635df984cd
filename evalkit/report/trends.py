"""The main number of each task over its last runs, as the index of reports draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.report.listed import Line, Listed, Value

#: A line has so many runs at most.
LAST = 40
#: The picture, in its own units, and the room that a dot at its edge needs.
WIDTH, HEIGHT, EDGE = 180.0, 32.0, 4.0

_BAD = ("fail", "error")

#: Start, id and file of a run, and its value.
_Run = tuple[float, str, str, Value]


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
        change: ``better``, ``worse`` or ``moved`` since the run before; empty where it stands as it did.
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


def trends(reports: Sequence[Listed]) -> list[Trend]:
    """Lines of whole finished runs; what was run last stands first, a task's Subjects together.

    Args:
        reports: the newest first.
    """
    runs: dict[Line, dict[str, _Run]] = {}
    for report in sorted(reports, key=lambda each: each.baseline_run_id is not None):
        if report.status == "finished" and not report.is_partial and report.started_at is not None:
            for value in report.values:
                # A comparison shows the same run once more.
                runs.setdefault(value.line, {}).setdefault(
                    report.run_id, (report.started_at, report.run_id, report.file, value)
                )
    found = {line: sorted(its.values(), key=itemgetter(0, 1)) for line, its in runs.items()}
    latest: dict[str, float] = {}
    for line, its in found.items():
        latest[line.task] = max(its[-1][0], latest.get(line.task, 0.0))
    ordered = sorted(found, key=lambda line: (-latest[line.task], *line[:3]))
    return [_trend(line, found[line]) for line in ordered]


def _trend(line: Line, its: Sequence[_Run]) -> Trend:
    shown = its[-LAST:]
    values = [value for *_, value in shown]
    ordered = sorted(values, key=lambda value: value.number)
    spots = [
        Spot(x, y, file, run_id, value.text, value.outcome)
        for (_, run_id, file, value), (x, y) in zip(shown, _places([v.number for v in values]), strict=True)
    ]
    change = _change(line, values[-2].number, values[-1].number) if len(values) > 1 else ""
    low, high = ordered[0].text, ordered[-1].text
    return Trend(line.task, line.subject, line.metric, spots, len(its), change, low, high)


def _change(line: Line, before: float, after: float) -> str:
    if before == after:
        return ""
    if line.is_higher_better is None:
        return "moved"
    return "better" if (after > before) == line.is_higher_better else "worse"


def _places(values: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Evenly from left to right, ending at the right edge."""
    low, high = min(values), max(values)
    step = (WIDTH - 2 * EDGE) / (LAST - 1)
    start = WIDTH - EDGE - step * (len(values) - 1)
    for at, value in enumerate(values):
        share = (value - low) / (high - low) if high > low else 0.5
        yield round(start + at * step, 1), round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)
