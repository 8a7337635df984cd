"""``evalkit compare RUN RUN RUN …``: the leaderboard of their Subjects, in the terminal and as JSON."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from evalkit.cli.printing import print_json, print_notes
from evalkit.cli.printing_blocks import print_sections
from evalkit.cli.runs import run_object
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.report.blocks import Facts, Note, Text
from evalkit.report.leaderboards import family_sentence, name_of_board
from evalkit.report.leaderboards_json import board_object
from evalkit.report.sections import Section
from evalkit.report.sections.leaderboard import board_blocks
from evalkit.session.stored.leaderboards import (
    Ranking,
    StoredLeaderboards,
    leaderboards_data,
    rank_runs,
)
from evalkit.store.store import Store

UNDECIDED = 2


def run(arguments: argparse.Namespace) -> int:
    """Status 0; 2 where a leaderboard has no sole winner and ``--strict``."""
    if arguments.fail_on_regression or arguments.margin is not None:
        option = "--fail-on-regression" if arguments.fail_on_regression else "--margin"
        raise UsageError(f"{option} is about two runs", hint="a leaderboard has no baseline: name two runs")
    ranking = Ranking(tuple(arguments.metric), arguments.by or "", arguments.alpha, arguments.max_error_rate)
    with Store.open(arguments.store) as store:
        ranked = rank_runs(store, arguments.runs, ranking)
        print_notes(store.notes)
        _write(arguments, store, ranked)
    if arguments.json:
        print_json(_object(ranked))
    else:
        print_sections(_sections(ranked))
    return UNDECIDED if arguments.strict and any(each.winner is None for each in ranked.boards) else 0


def _write(arguments: argparse.Namespace, store: Store, ranked: StoredLeaderboards) -> None:
    if arguments.html is None and arguments.markdown is None:
        return
    from evalkit.report.comment import write_comment
    from evalkit.report.write import write_data

    data = leaderboards_data(store, ranked)
    if arguments.html is not None:
        write_data(data, arguments.html)
    if arguments.markdown is not None:
        write_comment(data, arguments.markdown, arguments.html)


def _sections(ranked: StoredLeaderboards) -> Iterator[Section]:
    yield Section("runs", "", (Facts(tuple(("run", Text(run.run_id)) for run in ranked.runs)),))
    for board in ranked.boards:
        title = f"{name_of_board(board)}: {plural(len(board.standings), 'subject')}"
        yield Section("leaderboard", title, tuple(board_blocks(board, is_numbered=True)))
    yield Section("family", "", (Note(family_sentence(ranked.boards)),))


def _object(ranked: StoredLeaderboards) -> dict[str, Any]:
    return {
        "runs": [run_object(each) for each in ranked.runs],
        "by": ranked.ranking.by or None,
        "alpha": ranked.ranking.alpha,
        "leaderboards": [board_object(each) for each in ranked.boards],
    }
