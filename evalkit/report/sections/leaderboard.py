"""Who leads, who is tied, and every two Subjects against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evalkit.comparisons.leaderboard.board import Leaderboard, Outcome, PairTest, Standing
from evalkit.core.text import plural
from evalkit.report.blocks import Block, Cell, Column, Group, Interval, Matrix, Note, Row, Square, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.leaderboards import (
    LETTERS,
    WORDS,
    counts_of,
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

TITLE = "Leaderboard"

#: Subjects that are listed at the end of a session.
MOST_IN_BRIEF = 12
#: Icons of the outcomes.
_ICONS: dict[Outcome, str] = {"win": "win", "loss": "loss", "tie": "tie", "untested": "new"}


def blocks(data: ReportData) -> Iterator[Block]:
    for board in data.boards:
        yield from board_blocks(board, is_named=len(data.boards) > 1)
    if data.boards:
        yield Note(family_sentence(data.boards))


def board_blocks(board: Leaderboard, *, is_named: bool = False, is_numbered: bool = False) -> Iterator[Block]:
    """One leaderboard, with every two of its Subjects.

    Args:
        is_named: whether a line over the rows says of what it is.
        is_numbered: whether pairs name their Subjects by number, where two names leave no room.
    """
    yield standings(board, is_named=is_named, is_numbered=is_numbered)
    for sentence in filter(None, (headline(board), tie_sentence(board), *remarks(board))):
        yield Note(sentence)
    if len(board.standings) > 2:
        yield _matrix(board)
    words = f"{plural(len(board.pairs), 'pair')}, each with its test"
    yield Group(words, (_pairs(board, is_numbered=is_numbered),))


def in_brief(boards: Sequence[Leaderboard]) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Name and blocks of each: who leads, for the end of a session. The letters are explained in the last."""
    for place, board in enumerate(boards, 1):
        table = standings(board)
        told: list[Block] = [replace(table, rows=table.rows[:MOST_IN_BRIEF])]
        if n_left_out := len(table.rows[MOST_IN_BRIEF:]):
            told.append(Note(f"{n_left_out:,} more: see the report"))
        told += [Note(headline(board)), *([Note(LETTERS)] if place == len(boards) else [])]
        yield name_of_board(board), tuple(told)


def standings(board: Leaderboard, *, is_named: bool = False, is_numbered: bool = False) -> Table:
    """Ranks with ties, values and intervals."""
    columns = (
        *([Column("", "number")] if is_numbered else []),
        Column("Rank", "narrow"),
        Column("Subject", "lead"),
        Column("Ties"),
        Column("Value", "number"),
        Column("95 % interval"),
        Column("Won/lost/tied", "number"),
        Column("", "wide"),
    )
    ends = _axis(board)
    heading = [Row((), heading=name_of_board(board))] if is_named else []
    rows = [
        Row((*([Text(str(place), "number")] if is_numbered else []), *_standing(board, each, ends)))
        for place, each in enumerate(board.standings, 1)
    ]
    return Table(f"Leaderboard of {name_of_board(board)}", columns, [*heading, *rows])


def _axis(board: Leaderboard) -> tuple[float, float]:
    """From the lowest to the highest end of an interval: what tells Subjects apart fills it."""
    estimates = [each.estimate for each in board.standings]
    ends = [end for e in estimates for end in (e.value, e.low, e.high) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    return low - 0.03 * (high - low), high + 0.03 * (high - low)


def _standing(board: Leaderboard, each: Standing, ends: tuple[float, float]) -> tuple[Cell, ...]:
    estimate = each.estimate
    text = interval_of(board, each)
    bar = (
        Text(estimate.error or "no value", "muted")
        if estimate.value is None
        else Interval(estimate.value, estimate.low, estimate.high, *ends, text)
    )
    return (
        Text(each.rank, "strong"),
        Text(each.label),
        Text(each.letters, "code"),
        Text(value_of(board, each), "number"),
        bar,
        Text(counts_of(each), "number"),
        Text(""),
    )


def _matrix(board: Leaderboard) -> Matrix:
    rows = tuple(
        tuple(
            Square("", "")
            if word is None
            else Square(_ICONS[word], f"{label}: {WORDS[word]} against {other}")
            for other, word in zip(board.labels, matrix_row(board, label), strict=True)
        )
        for label in board.labels
    )
    caption = f"Every two subjects of {name_of_board(board)}: the one of the row against that of the column"
    return Matrix(caption, board.labels, rows)


def _pairs(board: Leaderboard, *, is_numbered: bool) -> Table:
    names = [Column("Pair", "lead")] if is_numbered else [Column("First", "lead"), Column("Second", "lead")]
    columns = (
        *names,
        Column("Difference"),
        Column("n", "number"),
        Column("Won/lost/tied", "number"),
        Column("p (Holm)", "number"),
        Column("Finding"),
        Column("Visible", "number"),
        Column("n to tell", "number"),
        Column("", "wide"),
    )
    reach = _reach(board.pairs)
    places = {label: str(place) for place, label in enumerate(board.labels, 1)}
    rows = []
    for each in board.pairs:
        both = (Text(each.first), Text(each.second))
        number = (Text(f"{places[each.first]} - {places[each.second]}"),)
        cells = _pair(board, each, reach)
        if is_numbered and each.comparison is None:  # a sentence above says why
            cells = (Text(""), *cells[1:])
        rows.append(Row((*(number if is_numbered else both), *cells)))
    return Table(f"Every two subjects of {name_of_board(board)}", columns, rows)


def _pair(board: Leaderboard, pair: PairTest, reach: float) -> tuple[Cell, ...]:
    found = pair.comparison
    sign = 1.0 if board.is_higher_better else -1.0
    tone = {"win": "better", "loss": "worse"}.get(pair.outcome, "unclear")
    bar = (
        Text(pair.obstacle, "muted")
        if found is None
        else Interval(
            sign * found.difference,
            min(sign * found.low, sign * found.high),
            max(sign * found.low, sign * found.high),
            -reach,
            reach,
            difference_of(board, pair),
            (0.0,),
            tone,
        )
    )
    return (
        bar,
        Text("" if found is None else f"{found.n:,}", "number"),
        Text(moves_of(pair), "number"),
        Text(p_of(pair), "number"),
        Text(finding_of(pair)),
        Text(seen_of(board, pair), "number"),
        Text(telling_of(pair), "number"),
        Text(""),
    )


def _reach(pairs: Sequence[PairTest]) -> float:
    ends = [
        abs(end) for p in pairs if p.comparison is not None for end in (p.comparison.low, p.comparison.high)
    ]
    return max(ends, default=0.0) * 1.1 or 1.0
