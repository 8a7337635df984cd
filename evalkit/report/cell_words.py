"""What cells of a table say, for painters that have no pictures."""

from __future__ import annotations

from evalkit.report.blocks import (
    Badge,
    Cell,
    Column,
    Find,
    Fold,
    Histogram,
    Interval,
    Reading,
    Row,
    Table,
    Text,
)
from evalkit.report.wording import SIGNS

#: Of a win matrix: the row against the column.
MATRIX_SIGNS = {"win": "+", "loss": "\u2212", "tie": "=", "new": "?", "": ""}


def cell_words(cell: Cell) -> str:
    """The words of a cell: of a picture what stands beside it, of what is folded away its name."""
    if isinstance(cell, Text | Find):
        return cell.text
    if isinstance(cell, Badge):
        return cell.word if cell.outcome == "none" else f"{SIGNS[cell.outcome]} {cell.word}"
    if isinstance(cell, Interval):
        return "; ".join(filter(None, (cell.label, cell.beneath)))
    if isinstance(cell, Reading):
        return " ".join(filter(None, (cell.text, cell.ends, cell.word)))
    if isinstance(cell, Histogram):
        return f"{cell.low} to {cell.high}"
    if isinstance(cell, Fold):
        return cell.summary
    return _further(cell)


def _further(cell: Cell) -> str:
    """Of the kinds that few pages have; nothing of a small picture, or of a box to tick."""
    from evalkit.report.ways import Link

    return f"{cell.text} {cell.more}".rstrip() if isinstance(cell, Link) else ""


def is_code(cell: Cell) -> bool:
    """Whether its words are a name of code, to be shown as it is spelt."""
    return (isinstance(cell, Text) and cell.style == "code") or (isinstance(cell, Fold) and cell.is_name)


def told_columns(table: Table) -> list[int]:
    """Places of the columns that say something: those that only take the room that is left do not."""
    rows = [row for row in table.rows if not row.heading]
    return [at for at in range(len(table.columns)) if any(cell_words(row.cells[at]) for row in rows)]


def is_number(column: Column) -> bool:
    """Whether its cells stand at the right."""
    return column.style == "number"


def words_of(row: Row, places: list[int]) -> list[str]:
    """The words of its cells in these places."""
    return [cell_words(row.cells[at]) for at in places]
