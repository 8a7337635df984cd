"""Tables as lines of a terminal: aligned columns where they fit, else each row as a card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.core.text_columns import clipped, columns
from evalkit.report.blocks import Badge, Cell, Column, Interval, Row, Table, Text
from evalkit.report.cell_words import cell_words, is_number, told_columns
from evalkit.report.look import Look
from evalkit.report.plain_bars import interval_bar
from evalkit.report.wrapping import joined, lines_for

#: Of outcomes and of tones.
COLORS = {
    "fail": "red", "error": "red", "undecided": "yellow", "dropped": "yellow", "pass": "green",
    "worse": "red", "better": "green",
}  # fmt: skip
_GAP = "  "
#: Columns that a name keeps, and between which a bar is drawn.
_LEAST_NAME, _LEAST_BAR, _MOST_BAR = 16, 12, 24
_HEAD = 6
#: Columns of a name with its numbers beside it where it stands on a card.
_SHORT = 12
#: Columns of a verdict, so that the gates of several tables stand below one another.
_BADGE = len("○ recorded")
#: Columns that speak for themselves, as on a narrow page.
_UNTITLED = ("narrow", "lead", "wide")


@frozen(slots=True)
class _Grid:
    """How the columns of a table stand.

    Attributes:
        places: of the columns side by side.
        widths: of each; ``fits`` says whether a line has room for all.
        bar: width of the small picture behind each interval, 0 without.
        heads: of columns with names that begin alike: how much of the beginning is left where they give way.
        wide: place of the column whose texts stand behind the row or below it.
    """

    look: Look
    indent: str
    columns: Sequence[Column]
    places: Sequence[int]
    widths: Sequence[int]
    fits: bool
    bar: int
    drawn: Sequence[int]
    heads: Mapping[int, int]
    wide: int | None

    def line(self, pieces: Sequence[tuple[str, str]], cells: Sequence[Cell] = ()) -> str:
        """Texts with their colours, aligned and filled up; behind an interval its picture."""
        found = []
        for i, ((text, color), width) in enumerate(zip(pieces, self.widths, strict=True)):
            plain = clipped(text, width, head=self.heads.get(i))
            space, painted = " " * (width - columns(plain)), self.look.painted(plain, color)
            found.append(space + painted if is_number(self.columns[self.places[i]]) else painted + space)
            if self.bar and i in self.drawn:
                found.append(self._bar(cells[i] if cells else None, color))
        return self.indent + _GAP.join(found)

    def _bar(self, cell: Cell | None, color: str) -> str:
        if isinstance(cell, Interval):
            return self.look.painted(interval_bar(cell, self.bar), color)
        return " " * self.bar

    def start_of(self, i: int) -> int:
        """The column in which the ``i``-th begins."""
        bars = sum(self.bar + len(_GAP) for each in self.drawn if each < i) if self.bar else 0
        return len(self.indent) + sum(self.widths[:i]) + len(_GAP) * i + bars

    @property
    def start_of_aside(self) -> int:
        """Where the texts below a row begin: behind its verdict, if it begins with one."""
        is_narrow = len(self.places) > 1 and self.columns[self.places[0]].style == "narrow"
        return self.start_of(1) if is_narrow and self.fits else len(self.indent) + 4

    @property
    def width(self) -> int:
        return self.start_of(len(self.widths)) - len(_GAP)


def plain_table(table: Table, look: Look, *, indent: str = "", most_rows: int) -> Iterator[str]:
    """Its columns under their titles, the first rows of it; then how many there are more.

    Texts of a ``wide`` column stand behind their row where they fit, else below it, once for neighbours that
    have the same.
    """
    rows = _first(table.rows, most_rows)
    if not rows:
        return
    grid = _grid(table, [row for row in rows if not row.heading], look, indent)
    shown = [table.columns[at] for at in grid.places]
    if grid.fits and any(each.title and each.style not in _UNTITLED for each in shown):
        yield grid.line([(look.shown(_title(each)), "bold") for each in shown]).rstrip()
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if row.heading:
            yield indent + look.painted(row.heading, "bold")
        else:
            yield from _row(grid, row, following)
    n_left_out = sum(not row.heading for row in table.rows) - sum(not row.heading for row in rows)
    if n_left_out:
        yield f"{indent}{plural(n_left_out, 'more row')}: see the report"


def _first(rows: Sequence[Row], most: int) -> list[Row]:
    """The first ``most`` rows, with the headings over them."""
    found: list[Row] = []
    n = 0
    for row in rows:
        n += not row.heading
        if n > most:
            break
        found.append(row)
    while found and found[-1].heading:
        found.pop()
    return found


def _grid(table: Table, rows: Sequence[Row], look: Look, indent: str) -> _Grid:
    """Names give way first, then bars are left out, then the table gives way to cards."""
    told = told_columns(Table(table.caption, table.columns, rows))
    wide = next((at for at in told if table.columns[at].style == "wide"), None)
    places = [at for at in told if at != wide]
    indent += "  " if any(row.heading for row in table.rows) else ""
    drawn = [i for i, at in enumerate(places) if any(isinstance(row.cells[at], Interval) for row in rows)]
    needed = [_needed(table, rows, at, look) for at in places]
    room = look.width - len(indent) - len(_GAP) * (len(needed) - 1)
    least, heads = {}, {}
    for i, at in enumerate(places):
        if look.has_edge and _is_name(table.columns[at], rows, at):
            names = [_text(row.cells[at], look) for row in rows]
            least[i] = _least(names, None)
            if (tighter := _least(names, _HEAD)) < least[i]:
                least[i], heads[i] = tighter, _HEAD
    while sum(needed) > room and (left := [i for i, width in least.items() if needed[i] > width]):
        needed[max(left, key=needed.__getitem__)] -= 1
    bar = 0
    if drawn and look.has_pictures:
        bar = min((room - sum(needed)) // len(drawn) - len(_GAP), _MOST_BAR)
    fits = sum(needed) <= room or not look.has_edge
    bar = bar if bar >= _LEAST_BAR else 0
    return _Grid(look, indent, table.columns, places, needed, fits, bar, drawn, heads, wide)


def _needed(table: Table, rows: Sequence[Row], at: int, look: Look) -> int:
    least = _BADGE if isinstance(rows[0].cells[at], Badge) else columns(_title(table.columns[at]))
    return max(least, *(columns(_text(row.cells[at], look)) for row in rows))


def _least(names: Sequence[str], head: int | None) -> int:
    """Columns that names keep, so that they still tell rows apart."""
    n_names, longest = len(set(names)), max(map(columns, names))
    for width in range(longest - 1, _LEAST_NAME - 1, -1):
        if len({clipped(name, width, head=head) for name in names}) < n_names:
            return width + 1
    return _LEAST_NAME


def _is_name(column: Column, rows: Sequence[Row], at: int) -> bool:
    """Whether what stands in it may be clipped: no number, and nothing that is a word of ours."""
    is_text = all(isinstance(row.cells[at], Text) or column.style == "lead" for row in rows)
    return column.style in ("", "lead") and is_text


def _row(grid: _Grid, row: Row, following: Row | None) -> Iterator[str]:
    look, cells = grid.look, [row.cells[at] for at in grid.places]
    aside = _aside(grid, row)
    if not grid.fits:
        yield from _card(grid, cells)
    else:
        line = grid.line([(_text(cell, look), _color(cell)) for cell in cells], cells)
        if aside and grid.width + len(_GAP) + columns(aside) <= look.width:
            yield f"{line}{_GAP}{aside}"
            return
        yield line.rstrip()
        for i, cell in enumerate(cells):
            if isinstance(cell, Interval) and cell.beneath:
                start = min(grid.start_of(i), look.width // 2)
                yield from lines_for(look, cell.beneath, " " * start)
    if following is None or following.heading or _aside(grid, following) != aside:
        yield from lines_for(look, aside, " " * grid.start_of_aside)


def _card(grid: _Grid, cells: Sequence[Cell]) -> Iterator[str]:
    """What the row is about, and what came of it; then its numbers with their titles."""
    look, heads, rest = grid.look, [], []
    for i, (at, cell) in enumerate(zip(grid.places, cells, strict=True)):
        column, text = grid.columns[at], look.shown(" ".join(cell_words(cell).split()))
        if i == 0 or column.style in _UNTITLED or isinstance(cell, Badge):
            heads.append(look.painted(text, _color(cell)))
        elif text:
            rest.append(f"{look.shown(_title(column))} {text}".strip())
    head, indent = _GAP.join(filter(None, heads)), grid.indent + " " * 4
    lines = list(joined(rest, " · ", look.width - len(indent)))
    if len(cells) > 1 and columns(words := _text(cells[0], look)) <= _SHORT and heads == [words]:
        start = grid.indent + words + _GAP
        lines = list(joined(rest, " · ", look.width - columns(start)))
        head, indent = words + _GAP + (lines.pop(0) if lines else ""), " " * columns(start)
    yield f"{grid.indent}{head}".rstrip()
    for line in lines:
        yield from lines_for(look, line, indent)


def _aside(grid: _Grid, row: Row) -> str:
    return "" if grid.wide is None else grid.look.shown(" ".join(cell_words(row.cells[grid.wide]).split()))


def _text(cell: Cell, look: Look) -> str:
    """The words in the row itself: what stands under an interval has a line of its own."""
    words = cell.label if isinstance(cell, Interval) else cell_words(cell)
    return look.shown(" ".join(words.split()))


def _color(cell: Cell) -> str:
    if isinstance(cell, Badge):
        return COLORS.get(cell.outcome, "")
    return COLORS.get(cell.tone, "") if isinstance(cell, Interval) else ""


def _title(column: Column) -> str:
    return column.title[:1].lower() + column.title[1:]
