"""Forest plots of differences: places, ticks and words of the picture, no markup.

A forest plot has a row for each difference: its interval as a line, the difference as a mark on it, all on
one axis (Lewis and Clarke 2001, BMJ 322:1479). Here each row also has the margin of its gate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Protocol

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.core.text_columns import clipped
from evalkit.metrics.units import is_operation, unit_of
from evalkit.report.deltas import Delta
from evalkit.report.differences import whole_and_part
from evalkit.report.metric_words import metric_words
from evalkit.report.plot import steps, tick_text
from evalkit.report.story import ForestHeading, ForestPlot, ForestRow, Shape

#: The width of the picture, and the edges of its axis, in units of the picture.
WIDTH, LEFT, RIGHT = 720.0, 226.0, 528.0
_TOP, _ROW, _FOOT = 8.0, 24.0, 40.0
#: The height of a row whose name has a second line.
_TALL_ROW = 36.0
#: Letters that fit before the axis: of a name, and of the line under it.
_NAME_CHARS, _DETAIL_CHARS = 30, 36
#: A picture of more rows than this is not a picture: the rest stand in the table.
MAX_ROWS = 40

#: More rows than these of what answers took, that no gate asks about, stand behind a line that opens.
_MOST_ASIDE = 6

MEANINGS: dict[Shape, str] = {
    "fail": "gate failed",
    "undecided": "gate undecided",
    "pass": "gate passed",
    "worse": "worse, no gate",
    "better": "better, no gate",
    "unclear": "cannot be told from chance",
}


#: Shapes of differences that no gate asks about.
_UNASKED: tuple[Shape, ...] = ("worse", "better", "unclear")


class Drawn(Protocol):
    """A difference that a row shows; ``ends`` and ``margins`` in the metric's own direction."""

    @property
    def task(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def metric(self) -> str: ...

    @property
    def change(self) -> Delta: ...

    @property
    def shape(self) -> Shape: ...

    @property
    def ends(self) -> tuple[float, float]: ...

    @property
    def margins(self) -> tuple[float, ...]: ...


def forest(found: Sequence[Drawn]) -> tuple[ForestPlot, ...]:
    """One picture for each unit and direction: first those of how good answers are and of what gates ask
    about, then those of what answers took; the one with the worst row first.

    Args:
        found: the worst first.
    """
    panels: dict[tuple[str, bool], list[Drawn]] = {}
    for each in sorted(found, key=_is_aside):
        panels.setdefault(_scale_of(each), []).append(each)
    return tuple(map(_plot, panels.values()))


def _is_aside(found: Drawn) -> bool:
    """Whether it is of what answers took, and no gate asks."""
    return found.shape in _UNASKED and is_operation(found.metric)


def _scale_of(found: Drawn) -> tuple[str, bool]:
    """What rows have to have in common to stand on one axis: shares do, numbers without a unit only with
    their like."""
    unit = unit_of(found.metric)
    name = whole_and_part(found.metric)[0] if unit == "none" else unit
    return name, found.change.is_higher_better


@frozen(slots=True)
class _Axis:
    low: float
    high: float

    def x(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0), 1)


def _plot(found: Sequence[Drawn]) -> ForestPlot:
    shown = found[:MAX_ROWS]
    axis = _axis(shown)
    several = len({each.label for each in shown}) > 1
    has_tasks = len({each.task for each in shown}) > 1
    headings: list[ForestHeading] = []
    rows: list[ForestRow] = []
    y = _TOP
    for task, its in _by_task(shown):
        is_headed = has_tasks and len(its) > 1
        if is_headed:
            headings.append(ForestHeading(y + _ROW / 2, clipped(task, 90)))
            y += _ROW
        told = [_name(each, shown, several=several, headed=is_headed) for each in its]
        for each, names in zip(its, told, strict=True):
            height = _TALL_ROW if names[1] else _ROW
            rows.append(_row(each, axis, y + height / 2, names))
            y += height
    first = shown[0]
    words = ("worse", "better") if first.change.is_higher_better else ("better", "worse")
    shapes = dict.fromkeys(row.shape for row in rows)
    return ForestPlot(
        title=_title(found, len(shown)),
        height=y + _FOOT,
        zero=axis.x(0.0),
        left_word=f"← {words[0]}",
        right_word=f"{words[1]} →",
        ticks=tuple((axis.x(v), signed_tick(first.metric, v)) for v in steps(axis.low, axis.high, 3)),
        headings=tuple(headings),
        rows=tuple(rows),
        shapes=tuple((shape, MEANINGS[shape]) for shape in MEANINGS if shape in shapes),
        has_margins=any(row.margins for row in rows),
        is_aside=len(rows) > _MOST_ASIDE and all(map(_is_aside, shown)),
        label=in_words(shown),
    )


def _by_task(found: Sequence[Drawn]) -> Iterator[tuple[str, list[Drawn]]]:
    for task in dict.fromkeys(each.task for each in found):
        yield task, [each for each in found if each.task == task]


def _axis(found: Sequence[Drawn]) -> _Axis:
    """Over all intervals, zero and the margins, with some room; an end that is not finite lies beyond it."""
    values = [v for each in found for v in (*each.ends, *each.margins, each.change.difference) if isfinite(v)]
    low, high = min(0.0, *values), max(0.0, *values)
    room = (high - low or 1.0) * 0.05
    return _Axis(low - room, high + room)


def _row(found: Drawn, axis: _Axis, y: float, names: tuple[str, str]) -> ForestRow:
    low, high = found.ends
    return ForestRow(
        y=y,
        name=names[0],
        detail=names[1],
        value=axis.x(found.change.difference),
        low=axis.x(low),
        high=axis.x(high),
        margins=tuple(map(axis.x, found.margins)),
        shape=found.shape,
        numbers=found.change.text,
        label=row_in_words(found),
    )


def _name(found: Drawn, shown: Sequence[Drawn], *, several: bool, headed: bool) -> tuple[str, str]:
    """What tells the row from the others: in bold, and under that."""
    has_tasks = len({each.task for each in shown}) > 1
    metrics = {each.metric for each in shown}
    whole, part = whole_and_part(found.metric)
    parts = [found.task] if has_tasks and not headed else []
    if len({whole_and_part(each)[0] for each in metrics}) == 1 < len(metrics):
        parts.append(part or "all samples")  # which metric it is stands above the picture
    elif len(metrics) > 1 or not (parts or several):
        word = metric_words(whole_and_part(each)[0] for each in metrics)[whole]
        parts += [word, *([part] if part else [])]
    parts += [found.label] if several else []
    return clipped(parts[0], _NAME_CHARS), clipped(" · ".join(parts[1:]), _DETAIL_CHARS)


def _title(found: Sequence[Drawn], n_shown: int) -> str:
    metrics = list(metric_words(whole_and_part(each.metric)[0] for each in found).values())
    named = ", ".join(metrics[:3]) + (f" and {len(metrics) - 3} more" if len(metrics) > 3 else "")
    left_out = f"; the {n_shown} worst of {len(found)}" if n_shown < len(found) else ""
    return f"Change in {named}: this minus the baseline{left_out}"


def signed_tick(metric: str, value: float) -> str:
    """As values are written, with the sign of a difference."""
    return f"+{tick_text(metric, value)}" if value > 0 else tick_text(metric, value)


def row_in_words(found: Drawn) -> str:
    """``primes, accuracy, gpt-4: −0.329 [−0.366, −0.292], gate failed, margin −0.020``."""
    where = ", ".join((found.task, found.metric, found.label))
    margins = " and ".join(signed_tick(found.metric, each) for each in found.margins)
    ending = f", margin {margins}" if margins else ""
    return f"{where}: {found.change.text}, {MEANINGS[found.shape]}{ending}"


def in_words(found: Sequence[Drawn]) -> str:
    """What the picture shows, for who does not see it: how many there are of each kind, then the worst."""
    shapes = [each.shape for each in found]
    counts = ", ".join(f"{shapes.count(shape)} {MEANINGS[shape]}" for shape in MEANINGS if shape in shapes)
    return f"Forest plot of {plural(len(found), 'difference')}: {counts}. First: {row_in_words(found[0])}."
