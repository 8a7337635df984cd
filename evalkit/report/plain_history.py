"""The history of a number drawn with characters: the same block that the page paints.

All signs are of Windows Glyph List 4, as those of ``plain_forest``.
"""

from __future__ import annotations

from evalkit.core.text import visible
from evalkit.report.drift_picture import Picture
from evalkit.report.history_blocks import History, Strip

#: Columns and lines of the drawing.
WIDTH, HEIGHT = 64, 6
_DOT, _NOW, _LEVEL, _SINCE = "•", "●", "─", "│"


def plain_history(block: History) -> list[str]:
    """The line with its levels, the days of its ends, and a line for each thing that changed under it."""
    drawn = block.picture
    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for (left, y), (right, _) in drawn.levels:
        for at in range(_column(drawn, left), _column(drawn, right) + 1):
            cells[_line(drawn, y)][at] = _LEVEL
    for x, y in drawn.dots or drawn.line:
        cells[_line(drawn, y)][_column(drawn, x)] = _DOT
    for mark in block.marks:
        cells[_line(drawn, mark.y)][_column(drawn, mark.x)] = _NOW
    ticks = {_line(drawn, y): text for y, text in drawn.ticks}
    names = [strip.name for strip in block.strips]
    wide = max(map(len, (*ticks.values(), *names)), default=0)
    lines = [f"{ticks.get(at, ''):>{wide}} ┤{''.join(row)}".rstrip() for at, row in enumerate(cells)]
    gap = max(WIDTH - len(drawn.first) - len(drawn.last), 2)
    lines.append(f"{'':>{wide}}  {drawn.first}{' ' * gap}{drawn.last}")
    lines += [f"{strip.name:>{wide}}  {_versions(drawn, strip)}".rstrip() for strip in block.strips]
    return list(map(visible, lines))


def _column(drawn: Picture, x: float) -> int:
    frame = drawn.frame
    return _place((x - frame.left) / (frame.width - frame.left - frame.right), WIDTH)


def _line(drawn: Picture, y: float) -> int:
    frame = drawn.frame
    return _place((y - frame.top) / (frame.height - frame.top - frame.bottom), HEIGHT)


def _place(share: float, n: int) -> int:
    return round(min(max(share, 0.0), 1.0) * (n - 1))


def _versions(drawn: Picture, strip: Strip) -> str:
    """Each version from where it began, as much of its name as there is room for."""
    cells = [" "] * WIDTH
    for each in strip.stretches:
        start, end = _column(drawn, each.left), _column(drawn, each.left + each.width)
        cells[start] = _SINCE
        shown = each.name[: max(end - start - 1, 0)]
        cells[start + 1 : start + 1 + len(shown)] = shown
    return "".join(cells)
