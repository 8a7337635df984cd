"""Blocks of a page as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.core.text import visible
from evalkit.report.blocks import Table
from evalkit.report.cell_words import is_number, told_columns, words_of

_GAP = "  "


def plain_table(table: Table, *, most_rows: int, indent: str = "") -> Iterator[str]:
    """Aligned columns under their titles, the first rows of it; then how many there are more."""
    places = told_columns(table)
    rows = [row for row in table.rows if not row.heading]
    titles = [table.columns[at].title.lower() for at in places]
    texts = [titles, *(list(map(visible, words_of(row, places))) for row in rows[:most_rows])]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    is_right = [is_number(table.columns[at]) for at in places]
    for line in texts:
        cells = [
            f"{text:>{width}}" if right else f"{text:<{width}}"
            for text, width, right in zip(line, widths, is_right, strict=True)
        ]
        yield f"{indent}{_GAP.join(cells)}".rstrip()
    if len(rows) > most_rows:
        yield f"{indent}{len(rows) - most_rows:,} more: see the report"
