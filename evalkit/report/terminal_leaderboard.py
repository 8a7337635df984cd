"""Leaderboards at the end of a session, for tasks with more than two Subjects: the page's, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.core.text import visible
from evalkit.report.leaderboards import headline, name_of_board
from evalkit.report.plain_blocks import plain_table
from evalkit.report.sections.leaderboard import standings
from evalkit.report.terminal import wrapped

#: Subjects that are listed; the report has all.
MAX_SUBJECTS = 12


def leaderboard_lines(boards: Sequence[Leaderboard]) -> Iterator[str]:
    """Ranks, letters of ties, values with intervals, then who leads; for each leaderboard."""
    for board in boards:
        yield visible(f"leaderboard · {name_of_board(board)}")
        yield from plain_table(standings(board), most_rows=MAX_SUBJECTS, indent="  ")
        yield from wrapped(visible(headline(board)), indent="  ")
    if boards:
        yield "  subjects that share a letter are not told apart"
