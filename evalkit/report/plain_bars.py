"""An interval drawn with characters.

All signs are of Windows Glyph List 4, which every monospace font of a browser and a terminal has: a line
keeps its columns where GitHub, GitLab, Bitbucket or Azure shows it as code.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.report.blocks import Interval

#: What stands on an axis: no change, and the value up to which a gate accepts.
ZERO, MARGIN = "│", "║"
_LINE = "─"
_CROSSED = {ZERO: "┼", MARGIN: "╫", " ": _LINE}
#: The value, by its tone.
_SIGNS = {"": "•", "better": "▲", "worse": "▼", "unclear": "○"}


def column_of(share: float, width: int) -> int:
    """Of a place on the axis, 0..1, kept inside it."""
    return round(min(max(share, 0.0), 1.0) * (width - 1))


def bar(width: int, ends: tuple[int, int], at: int, sign: str, marks: Sequence[tuple[int, str]]) -> str:
    """``width`` characters: the ends of the interval and the value in it by column, over what stands on the
    axis."""
    cells = [" "] * width
    for place, mark in marks:
        cells[place] = mark
    low, high = ends
    for place in range(low, high + 1):
        cells[place] = _CROSSED[cells[place]]
    if low < high:
        cells[low], cells[high] = "├", "┤"
    cells[at] = sign
    return "".join(cells)


def interval_bar(cell: Interval, width: int) -> str:
    """The small picture that a page draws beside the words of a cell."""

    def place(value: float) -> int:
        return column_of(cell.x(value) / 100, width)

    low = cell.value if cell.low is None else cell.low
    high = cell.value if cell.high is None else cell.high
    marks = [(place(each), MARGIN if each else ZERO) for each in cell.marks]
    return bar(width, (place(low), place(high)), place(cell.value), _SIGNS[cell.tone], marks)
