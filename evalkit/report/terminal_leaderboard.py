"""Leaderboards at the end of a session, for tasks with more than two Subjects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.core.text import visible
from evalkit.report.leaderboards import headline, interval_of, name_of_board, value_of
from evalkit.report.terminal import wrapped

#: Subjects that are listed; the report has all.
MAX_SUBJECTS = 12


def leaderboard_lines(boards: Sequence[Leaderboard]) -> Iterator[str]:
    """Ranks, letters of ties, values with intervals, then who leads; for each leaderboard."""
    for board in boards:
        yield visible(f"leaderboard · {name_of_board(board)}")
        shown = board.standings[:MAX_SUBJECTS]
        cells = [
            (each.rank, each.letters, visible(each.label), value_of(board, each), interval_of(board, each))
            for each in shown
        ]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            yield "  " + "  ".join(map(str.ljust, row, widths)).rstrip()
        if len(board.standings) > len(shown):
            yield f"  {len(board.standings) - len(shown):,} more: see the report"
        yield from wrapped(visible(headline(board)), indent="  ")
    if boards:
        yield "  subjects that share a letter are not told apart"
