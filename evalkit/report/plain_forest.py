"""A forest plot drawn with characters: the same block that the page paints, for Markdown and terminals.

All signs are of Windows Glyph List 4, which every monospace font of a browser and a terminal has: a row
keeps its columns where GitHub, GitLab, Bitbucket or Azure shows it as code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.core.frozen import frozen
from evalkit.core.text import visible
from evalkit.report.forest import LEFT, RIGHT, clipped
from evalkit.report.story import ForestPlot, ForestRow, Shape

#: Columns of a line; the axis takes what names and numbers leave.
WIDTH = 96
_AXIS, _LEAST_AXIS, _MOST_NAME = 40, 20, 38

#: How the difference itself is drawn: the verdict is told by shape.
SIGNS: dict[Shape, str] = {
    "fail": "■", "undecided": "◊", "pass": "●", "worse": "▼", "better": "▲", "unclear": "○",
}  # fmt: skip
_ZERO, _MARGIN, _LINE = "│", "║", "─"
_CROSSED = {_ZERO: "┼", _MARGIN: "╫", " ": _LINE}


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
    wide = min(max(map(len, names)), _MOST_NAME, max(room - _LEAST_AXIS, 8))
    axis = _Axis(max(_LEAST_AXIS, min(_AXIS, room - wide)))
    yield PlainLine(visible(plot.title))
    # A heading stands above the first row that is below it.
    headings = list(plot.headings)
    for row, name in zip(plot.rows, names, strict=True):
        while headings and headings[0].y < row.y:
            yield PlainLine(f"  {visible(headings.pop(0).name)}")
        head = f"{SIGNS[row.shape]} {clipped(name, wide):<{wide}}"
        yield PlainLine(f"{head}  {axis.row(plot, row)}  {row.numbers}".rstrip(), row.shape)
    indent = " " * (wide + 4)
    yield PlainLine(f"{indent}{axis.ticks(plot)}".rstrip())
    gap = max(axis.width - len(plot.left_word) - len(plot.right_word), 2)
    yield PlainLine(f"{indent}{plot.left_word}{' ' * gap}{plot.right_word}")
    key = [f"{SIGNS[shape]} {meaning}" for shape, meaning in plot.shapes]
    key += [f"{_MARGIN} margin"] if plot.has_margins else []
    yield PlainLine("  ".join([*key, f"{_ZERO} no change"]))


@frozen(slots=True)
class _Axis:
    width: int

    def column(self, place: float) -> int:
        """Of a place in units of the picture."""
        share = (place - LEFT) / (RIGHT - LEFT)
        return round(min(max(share, 0.0), 1.0) * (self.width - 1))

    def row(self, plot: ForestPlot, row: ForestRow) -> str:
        cells = [" "] * self.width
        cells[self.column(plot.zero)] = _ZERO
        for margin in row.margins:
            cells[self.column(margin)] = _MARGIN
        low, high = self.column(row.low), self.column(row.high)
        for at in range(low, high + 1):
            cells[at] = _CROSSED[cells[at]]
        if low < high:
            cells[low], cells[high] = "├", "┤"
        cells[self.column(row.value)] = SIGNS[row.shape]
        return "".join(cells)

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
