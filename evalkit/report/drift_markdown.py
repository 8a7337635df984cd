"""What moved over time as Markdown, for the summary of a step or an issue."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape as html_escape

from evalkit.core.text import plural
from evalkit.drift.departure import Departure
from evalkit.drift.finding import Finding
from evalkit.drift.seams import Seam
from evalkit.drift.series import Series
from evalkit.drift.watched import Watched
from evalkit.report.markdown import MAX_BYTES, escape
from evalkit.report.wording import SIGNS, one_line

_SIGNS = {"worse": SIGNS["fail"], "better": SIGNS["pass"], "moved": SIGNS["undecided"]}


def drift_markdown(watched: Watched, *, max_bytes: int = MAX_BYTES) -> str:
    """The headline, then each change with its cause and the commands that fix it, what stands worse first;
    what does not fit is counted."""
    sign = SIGNS["fail" if watched.names_of_worse else "pass"]
    parts = [f"### evalkit drift: {sign} {escape(watched.headline)}", f"<sub>{escape(watched.scope)}</sub>"]
    size, left_out = sum(len(part.encode()) + 2 for part in parts) + 200, 0
    told: list[Iterator[str]] = [_seam(*each) for each in watched.seams]
    told += [*map(_finding, watched.ordered), *map(_departure, watched.ordered_departures)]
    for part in map("\n\n".join, told):
        size += len(part.encode("utf-8", "replace")) + 2
        if size <= max_bytes:
            parts.append(part)
        else:
            left_out += 1
    if left_out:
        parts.append(f"*{plural(left_out, 'change')} left out for length: see `evalkit drift --html`.*")
    return "\n\n".join(parts) + "\n"


def _finding(finding: Finding) -> Iterator[str]:
    later = "" if finding.is_last else ", and changed again later"
    yield f"{_SIGNS[finding.direction]} **{_name(finding.series)}: {finding.direction}{later}**"
    yield f"{escape(finding.change_text, 400)}  \n{escape(finding.cause_text, 400)}"
    yield f"**{escape(finding.advice.text, 400)}**"
    if finding.advice.commands:
        lines = (html_escape(one_line(line, 2_000), quote=False) for line in finding.advice.commands)
        yield "<pre>" + "\n".join(lines) + "</pre>"


def _departure(departure: Departure) -> Iterator[str]:
    name, direction = _name(departure.series), departure.direction
    yield f"{_SIGNS[direction]} **{name}: {direction} than its first baseline**"
    yield escape(departure.text, 400)


def _seam(series: Series, seam: Seam) -> Iterator[str]:
    yield f"**{_name(series)}** {escape(seam.text, 400)}"


def _name(series: Series) -> str:
    task, _, _, metric = series.name
    return " · ".join(escape(each) for each in (task, series.subject, metric))
