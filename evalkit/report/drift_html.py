"""What moved over time as one self-contained page, with a picture of each series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evalkit.drift.finding import Finding
from evalkit.drift.series import Series
from evalkit.drift.watched import Watched
from evalkit.report.drift_picture import LARGE, SMALL, Picture, day, picture
from evalkit.report.html import environment, policy, scripts, stylesheet
from evalkit.report.numbers import value_text
from evalkit.report.ways import Door
from evalkit.report.wording import SIGNS

_STYLE = Path(__file__).parent / "templates/drift.css"
#: Of a series that nothing can be said of; more than so many are folded though there is nothing else.
_TOO_SHORT, _MOST_SHORT = "too short", 24
#: How a direction is shown: as an outcome of a gate is.
_OUTCOMES = {"worse": "fail", "better": "pass", "moved": "undecided"}


@dataclass(frozen=True, slots=True)
class Moved:
    """A series that moved: its changes, the latest first."""

    series: Series
    findings: Sequence[Finding]
    picture: Picture

    @property
    def outcome(self) -> str:
        """Of the latest change: how things stand."""
        return _OUTCOMES[self.findings[0].direction]

    @property
    def word(self) -> str:
        return self.findings[0].direction

    @property
    def title(self) -> str:
        return f"{self.series.last.task} · {self.findings[0].subject} · {self.series.last.metric}"


@dataclass(frozen=True, slots=True)
class Line:
    """A series in the table of all."""

    task: str
    subject: str
    metric: str
    n: int
    lowest: str
    median: str
    highest: str
    latest: str
    state: str
    outcome: str
    picture: Picture

    @property
    def is_short(self) -> bool:
        return self.state == _TOO_SHORT


def render_drift(watched: Watched, door: Door | None = None) -> str:
    """The page as text, with ``door`` as one of many; encode it as reports are."""
    style = stylesheet(with_ways=door is not None) + drift_style()
    script = scripts() if door else ""
    template = environment().get_template("drift.html.j2")
    lines = [_line(each, watched) for each in watched.series]
    return template.render(
        watched=watched,
        outcome=_outcome(watched),
        moved=_moved(watched),
        lines=[each for each in lines if not each.is_short],
        short=[each for each in lines if each.is_short],
        most_short=_MOST_SHORT,
        style=style,
        script=script,
        policy=policy(style, script),
        door=door,
        signs=SIGNS,
        day=day,
        value_text=value_text,
        departures=[(each, _OUTCOMES[each.direction]) for each in watched.ordered_departures],
        worse_word=lambda finding: "" if finding.is_last else ", and changed again later",
    )


@cache
def drift_style() -> str:
    """What only this page needs."""
    return _STYLE.read_text("utf-8")


def _outcome(watched: Watched) -> str:
    if watched.names_of_worse:
        return "fail"
    return "pass" if len(watched.short) < len(watched.series) else "undecided"


def _moved(watched: Watched) -> list[Moved]:
    """What stands worse first."""
    found = []
    for name in dict.fromkeys(each.series.name for each in watched.ordered):
        its = [each for each in watched.findings if each.series.name == name]
        found.append(Moved(its[0].series, its[::-1], picture(its[0].series, its, LARGE)))
    return found


def _line(series: Series, watched: Watched) -> Line:
    its = [each for each in watched.findings if each.series.name == series.name]
    values = sorted(row.value for row in series.rows)
    metric = series.last.metric
    state = _TOO_SHORT if series.too_short else its[-1].direction if its else "still"
    lowest, median, highest = (
        value_text(metric, v) for v in (values[0], values[len(values) // 2], values[-1])
    )
    return Line(
        task=series.last.task, subject=series.subject, metric=metric, n=len(values), lowest=lowest,
        median=median, highest=highest, latest=value_text(metric, series.last.value), state=state,
        outcome=_OUTCOMES.get(state, "none"), picture=picture(series, its, SMALL),
    )  # fmt: skip
