"""Leaderboards as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.report.data import ReportData
from evalkit.report.leaderboards import (
    SIGNS,
    difference_of,
    family_sentence,
    finding_of,
    headline,
    interval_of,
    matrix_row,
    moves_of,
    name_of_board,
    p_of,
    remarks,
    seen_of,
    telling_of,
    tie_sentence,
    value_of,
)
from evalkit.report.markdown_text import escape

#: Subjects whose matrix a comment has room for.
_MAX_MATRIX = 10


def leaderboard_parts(data: ReportData) -> Iterator[str]:
    """Ranks with a win matrix, then every pair behind a summary line; for each leaderboard."""
    for board in data.boards:
        yield f"**Leaderboard: {escape(name_of_board(board))}**"
        yield _standings(board)
        yield " ".join(escape(each, 600) for each in (headline(board), tie_sentence(board)) if each)
        yield from (escape(each, 600) for each in remarks(board))
        yield f"<details><summary>{len(board.pairs):,} pairs</summary>\n\n{_pairs(board)}\n\n</details>"
    if data.boards:
        yield escape(family_sentence(data.boards), 600)


def _standings(board: Leaderboard) -> str:
    places = range(1, len(board.standings) + 1)
    has_matrix = len(board.standings) <= _MAX_MATRIX
    titles = [
        "",
        "rank",
        "ties",
        "subject",
        "value",
        "95 % interval",
        *(map(str, places) if has_matrix else ()),
    ]
    rows = []
    for place, each in zip(places, board.standings, strict=True):
        row = [str(place), each.rank, each.letters, escape(each.label), value_of(board, each)]
        row.append(interval_of(board, each))
        if has_matrix:
            words = matrix_row(board, each.label)
            row += ["" if word is None else escape(SIGNS[word]) for word in words]
        rows.append(row)
    return _table(titles, rows)


def _pairs(board: Leaderboard) -> str:
    titles = [
        "first", "second", "difference", "won/lost/tied", "p (Holm)", "finding", "visible", "samples to tell",
    ]  # fmt: skip
    return _table(
        titles,
        [
            [
                escape(each.first),
                escape(each.second),
                difference_of(board, each),
                moves_of(each),
                p_of(each),
                finding_of(each),
                seen_of(board, each),
                telling_of(each),
            ]
            for each in board.pairs
        ],
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
