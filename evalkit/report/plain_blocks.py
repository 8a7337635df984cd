"""Blocks of a page as lines of a terminal: what a command prints is what the page says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from evalkit.core.text_columns import columns
from evalkit.report.blocks import Answer, Block, Facts, Group, Matrix, Note, Table
from evalkit.report.cell_words import MATRIX_SIGNS, cell_words
from evalkit.report.look import Look
from evalkit.report.plain_table import COLORS, plain_table
from evalkit.report.sections import Section
from evalkit.report.wording import SIGNS
from evalkit.report.wrapping import lines_for

#: Rows of a table that a terminal shows; the report has all.
MOST_ROWS = 60
#: Names whose matrix fits: each number is one digit, as wide as a sign.
_MOST_NAMES = 9
#: Sections of a summary that an empty line stands before.
APART = ("forest", "tournament", "leaderboard", "flaky", "answer")
_SHAPE_COLORS = {
    "fail": "red", "worse": "red", "undecided": "yellow", "pass": "green", "better": "green",
}  # fmt: skip

_Painter = Callable[[Any, Look, str], Iterator[str]]


def plain_section(section: Section, look: Look) -> Iterator[str]:
    """Its title, and below that its blocks."""
    if section.title:
        yield look.painted(section.title, "bold")
    for block in section.blocks:
        yield from plain_of(block, look, "  " if section.title else "")


def plain_sections(
    told: Iterable[Section | str], look: Look, *, apart: Collection[str] | None = APART
) -> Iterator[str]:
    """Sections below one another, and lines as they are; nothing of a section that has nothing for this
    reader.

    Args:
        apart: names of the sections with an empty line before them; None stands for all.
    """
    is_first = True
    for each in told:
        lines = [look.painted(each)] if isinstance(each, str) else list(plain_section(each, look))
        is_apart = not isinstance(each, str) and (apart is None or each.name in apart)
        if lines and is_apart and not is_first:
            yield ""
        yield from lines
        is_first &= not lines


def plain_of(block: Block, look: Look, indent: str = "") -> Iterator[str]:
    """One block; nothing of a kind that only a page draws, or of a picture that this reader does not want:
    its numbers stand in a table, too."""
    painter = _PAINTERS.get(block.kind)
    if painter is not None:
        yield from painter(block, look, indent)


def _table(block: Table, look: Look, indent: str) -> Iterator[str]:
    return plain_table(block, look, indent=indent, most_rows=MOST_ROWS)


def _note(block: Note, look: Look, indent: str) -> Iterator[str]:
    yield from lines_for(look, block.text, indent)


def _answer(block: Answer, look: Look, indent: str) -> Iterator[str]:
    sign, color = SIGNS[block.outcome], COLORS.get(block.outcome, "")
    first, *rest = lines_for(look, f"{sign} {' '.join(block.sentences)}", indent)
    yield indent + look.painted(sign, color) + first.removeprefix(indent + look.shown(sign))
    yield from rest


def _facts(block: Facts, look: Look, indent: str) -> Iterator[str]:
    if block.title:
        yield indent + look.painted(block.title, "bold")
    width = max((columns(name) for name, _ in block.items), default=0)
    for name, cell in block.items:
        line = look.shown(f"{indent}{name:<{width}}  {cell_words(cell)}").rstrip()
        if columns(line) <= look.width or not look.has_edge:
            yield line
        else:
            start = indent + " " * (width + 2)
            first, *rest = lines_for(look, cell_words(cell), start)
            yield look.shown(f"{indent}{name:<{width}}  {first.removeprefix(start)}")
            yield from rest


def _group(block: Group, look: Look, indent: str) -> Iterator[str]:
    yield indent + look.shown(block.summary)
    for inner in block.blocks:
        yield from plain_of(inner, look, indent + "  ")


def _matrix(block: Matrix, look: Look, indent: str) -> Iterator[str]:
    if len(block.names) > _MOST_NAMES:
        return
    width = max(map(columns, block.names))
    numbers = " ".join(str(place) for place in range(1, len(block.names) + 1))
    yield f"{indent}{' ' * (width + 5)}{numbers}"
    for place, (name, squares) in enumerate(zip(block.names, block.rows, strict=True), 1):
        signs = " ".join(MATRIX_SIGNS[each.outcome] or "·" for each in squares)
        yield look.shown(f"{indent}{place}  {name}{' ' * (width - columns(name))}  {signs}")


def _forest(block: Any, look: Look, indent: str) -> Iterator[str]:
    if not look.has_pictures:
        return
    from evalkit.report.plain_forest import plain_forest  # only a comparison has one

    for line in plain_forest(block.plots, width=look.width - len(indent)):
        yield f"{indent}{look.painted(line.text, _SHAPE_COLORS.get(line.shape or '', ''))}".rstrip()


_PAINTERS: Mapping[str, _Painter] = {
    "table": _table, "note": _note, "answer": _answer, "facts": _facts, "group": _group, "matrix": _matrix,
    "forest": _forest,
}  # fmt: skip
