"""The blocks of a page as Markdown: what a comment says is what the page says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from evalkit.report.blocks import Answer, Block, Cell, Facts, Group, Matrix, Note, Table
from evalkit.report.cell_words import MATRIX_SIGNS, cell_words, is_code, is_number, told_columns
from evalkit.report.markdown_text import code, escape, folded
from evalkit.report.place import Place

#: Rows of a table in one piece, so that a piece that does not fit costs only itself.
PIECE_ROWS = 60
_CELL_CHARS, _NOTE_CHARS = 400, 1_000
#: Names that a matrix of a comment has room for.
_MAX_NAMES = 16

_Painter = Callable[[Any, Place], Iterator[str]]


def markdown_of(block: Block, place: Place) -> Iterator[str]:
    """One block in pieces that stand alone; nothing of a kind that is a picture with its numbers in a table
    below, or that a page draws for itself.

    Args:
        place: of the report that links lead into.
    """
    painter = _PAINTERS.get(block.kind) or _of_story(block.kind)
    if painter is not None:
        yield from painter(block, place)


def table_of(titles: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool] = ()) -> str:
    """A table of texts that are Markdown already; ``right`` says of each column whether it holds numbers."""
    rule = ["---:" if is_its else "---" for is_its in right] or ["---"] * len(titles)
    return "\n".join("| " + " | ".join(line) + " |" for line in [titles, rule, *rows])


def _of_story(kind: str) -> _Painter | None:
    if kind not in ("forest", "clusters", "prompt change", "history"):
        return None
    from evalkit.report.markdown_story import PAINTERS  # only a comparison, or a history, has these

    return PAINTERS[kind]


def _note(block: Note, _: Place) -> Iterator[str]:
    text = escape(block.text, _NOTE_CHARS)
    yield f"> **Note** {text}" if block.tone == "warning" else text


def _answer(block: Answer, _: Place) -> Iterator[str]:
    yield " ".join(escape(sentence, 800) for sentence in block.sentences)


def _table(block: Table, _: Place) -> Iterator[str]:
    places = told_columns(block)
    columns = [block.columns[at] for at in places]
    titles, right = [escape(each.title) for each in columns], [is_number(each) for each in columns]
    lines = []
    for row in block.rows:
        if row.heading:
            lines.append([f"**{escape(row.heading)}**", *[""] * (len(places) - 1)])
        else:
            lines.append([_cell(row.cells[at]) for at in places])
    for start in range(0, len(lines), PIECE_ROWS):
        yield table_of(titles, lines[start : start + PIECE_ROWS], right)


def _cell(cell: Cell) -> str:
    words = cell_words(cell)
    return code(words) if is_code(cell) else escape(words, _CELL_CHARS)


def _matrix(block: Matrix, _: Place) -> Iterator[str]:
    if len(block.names) > _MAX_NAMES:
        return
    titles = ["", "", *(str(place) for place in range(1, len(block.names) + 1))]
    rows = [
        [str(place), escape(name), *(MATRIX_SIGNS[each.outcome] for each in squares)]
        for place, (name, squares) in enumerate(zip(block.names, block.rows, strict=True), 1)
    ]
    yield table_of(titles, rows)


def _facts(block: Facts, _: Place) -> Iterator[str]:
    head = [f"**{escape(block.title)}**\n"] if block.title else []
    yield "\n".join([*head, *(f"- {escape(name)}: {_cell(value)}" for name, value in block.items)])


def _group(block: Group, place: Place) -> Iterator[str]:
    yield from folded(block.summary, [piece for inner in block.blocks for piece in markdown_of(inner, place)])


_PAINTERS: Mapping[str, _Painter] = {
    "note": _note, "answer": _answer, "table": _table, "matrix": _matrix, "facts": _facts, "group": _group,
}  # fmt: skip
