"""A forest plot drawn with characters: the same block that the page paints, for Markdown and terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.frozen import frozen
from evalkit.core.text import visible
from evalkit.core.text_columns import clipped, columns, padded
from evalkit.report.forest import LEFT, RIGHT
from evalkit.report.plain_bars import MARGIN, ZERO, bar, column_of
from evalkit.report.story import ForestPlot, ForestRow, Shape
from evalkit.report.wrapping import joined, wrapped

#: Columns of a line; the axis takes what names and numbers leave.
WIDTH = 96
_AXIS, _LEAST_AXIS, _MOST_NAME = 40, 20, 38

#: How the difference itself is drawn: the verdict is told by shape.
SIGNS: dict[Shape, str] = {
    "fail": "■", "undecided": "◊", "pass": "●", "worse": "▼", "better": "▲", "unclear": "○",
}  # fmt: skip


@frozen(slots=True)
class PlainLine:
    """A line of the drawing; ``shape`` where it is the row of a difference, for its colour."""

    text: str
    shape: Shape | None = None


def plain_forest(plots: Sequence[ForestPlot], *, width: int = WIDTH) -> list[PlainLine]:
    """The plots below one another, an empty line between them.

    Args:
        width: columns of the longest line, 60 or more; below that lines are longer.
    """
    lines: list[PlainLine] = []
    for plot in plots:
        lines += [PlainLine("")] if lines else []
        lines += _plot(plot, width)
    return lines


def _plot(plot: ForestPlot, width: int) -> Iterator[PlainLine]:
    names = [_name(row) for row in plot.rows]
    numbers = max(len(row.numbers) for row in plot.rows)
    room = max(_LEAST_AXIS, width - numbers - 6)
    needed = min(max(map(columns, names)), _MOST_NAME)
    # A name that there is no room for beside the axis has a line of its own: cut, it would tell rows apart no
    # more.
    is_beside = needed <= room - _LEAST_AXIS and len({clipped(each, needed) for each in names}) == len(
        set(names)
    )
    wide = needed if is_beside else 0
    axis = _Axis(max(_LEAST_AXIS, min(_AXIS, room - wide)))
    yield from map(PlainLine, wrapped(visible(plot.title), "", width))
    # A heading stands above the first row that is below it.
    headings = list(plot.headings)
    for row, name in zip(plot.rows, names, strict=True):
        while headings and headings[0].y < row.y:
            yield PlainLine(f"  {visible(headings.pop(0).name)}")
        head = f"{SIGNS[row.shape]} {padded(clipped(name, wide), wide)}" if is_beside else " " * 2
        if not is_beside:
            yield PlainLine(f"{SIGNS[row.shape]} {clipped(name, width - 2)}", row.shape)
        yield PlainLine(f"{head}  {axis.row(plot, row)}  {row.numbers}".rstrip(), row.shape)
    indent = " " * (wide + 4)
    yield PlainLine(f"{indent}{axis.ticks(plot)}".rstrip())
    gap = max(axis.width - len(plot.left_word) - len(plot.right_word), 2)
    yield PlainLine(f"{indent}{plot.left_word}{' ' * gap}{plot.right_word}")
    key = [f"{SIGNS[shape]} {meaning}" for shape, meaning in plot.shapes]
    key += [f"{MARGIN} margin"] if plot.has_margins else []
    yield from map(PlainLine, joined([*key, f"{ZERO} no change"], "  ", width))


@frozen(slots=True)
class _Axis:
    width: int

    def column(self, place: float) -> int:
        """Of a place in units of the picture."""
        return column_of((place - LEFT) / (RIGHT - LEFT), self.width)

    def row(self, plot: ForestPlot, row: ForestRow) -> str:
        marks = [(self.column(plot.zero), ZERO)]
        marks += [(self.column(margin), MARGIN) for margin in row.margins]
        ends = self.column(row.low), self.column(row.high)
        return bar(self.width, ends, self.column(row.value), SIGNS[row.shape], marks)

    def ticks(self, plot: ForestPlot) -> str:
        """Their texts, each in the middle below its place; one that would touch the one before is left out,
        never that of zero."""
        cells = [" "] * self.width
        texts = sorted(plot.ticks, key=lambda tick: abs(tick[0] - plot.zero))
        for place, text in texts:
            start = min(max(self.column(place) - len(text) // 2, 0), max(self.width - len(text), 0))
            around = cells[max(start - 1, 0) : start + len(text) + 1]
            if len(text) <= self.width and not "".join(around).strip():
                cells[start : start + len(text)] = text
        return "".join(cells)


def _name(row: ForestRow) -> str:
    return visible(f"{row.name} · {row.detail}" if row.detail else row.name)
