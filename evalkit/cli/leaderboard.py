"""``evalkit compare RUN RUN RUN …``: the leaderboard of their Subjects, in the terminal and as JSON."""

from __future__ import annotations

import argparse
from typing import Any

from evalkit.cli.printing import cell_text, print_json, print_notes, print_table, say
from evalkit.cli.runs import run_object
from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.core.text import plural
from evalkit.errors import UsageError
from evalkit.report.leaderboards import (
    SIGNS,
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
from evalkit.report.leaderboards_json import board_object
from evalkit.report.terminal import wrapped
from evalkit.session.stored.leaderboards import (
    Ranking,
    StoredLeaderboards,
    leaderboards_data,
    rank_runs,
)
from evalkit.store.store import Store

UNDECIDED = 2
#: Subjects whose win matrix fits the terminal: each number is one digit, as wide as a sign.
_MAX_MATRIX = 9


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
        _print(ranked)
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


def _print(ranked: StoredLeaderboards) -> None:
    for run in ranked.runs:
        say(f"run  {run.run_id}")
    for board in ranked.boards:
        say("", f"{name_of_board(board)}: {plural(len(board.standings), 'subject')}", "")
        _print_standings(board)
        say("")
        _print_pairs(board)
        say("")
        for sentence in filter(None, (headline(board), tie_sentence(board), *remarks(board))):
            _say_wrapped(sentence)
    say("")
    _say_wrapped(family_sentence(ranked.boards))


def _print_standings(board: Leaderboard) -> None:
    """Ranks, with the win matrix where it fits, else with counts of Subjects won, lost and tied against."""
    numbers = [str(i) for i in range(1, len(board.standings) + 1)]
    last = " ".join(numbers) if len(numbers) <= _MAX_MATRIX else "won/lost/tied"
    headers = ["", "rank", "ties", "subject", "value", "95 % interval", last]
    rows = [
        [
            number,
            each.rank,
            each.letters,
            each.label,
            value_of(board, each),
            interval_of(board, each),
            _signs(board, each.label) if len(numbers) <= _MAX_MATRIX else counts_of(each),
        ]
        for number, each in zip(numbers, board.standings, strict=True)
    ]
    print_table(headers, rows, right=["", "value"], whole=[each for each in headers if each != "subject"])


def _signs(board: Leaderboard, label: str) -> str:
    """One row of the win matrix, each sign under the number of its column."""
    return " ".join("·" if word is None else SIGNS[word] for word in matrix_row(board, label))


def _print_pairs(board: Leaderboard) -> None:
    places = {label: str(i) for i, label in enumerate(board.labels, 1)}
    headers = ["pair", "difference", "n", "won/lost/tied", "p (Holm)", "finding"]
    has_ties = any(board.ties())
    if has_ties:  # what else could have been seen
        headers += ["visible", "n to tell"]
    rows = []
    for each in board.pairs:
        n = "" if each.comparison is None else f"{each.comparison.n:,}"
        row = [f"{places[each.first]} - {places[each.second]}", difference_of(board, each), n, moves_of(each)]
        row += [p_of(each), finding_of(each)]
        rows.append([*row, seen_of(board, each), telling_of(each)] if has_ties else row)
    print_table(headers, rows, right=["n", "p (Holm)", "visible", "n to tell"], whole=headers)


def _say_wrapped(sentence: str) -> None:
    say("\n".join(wrapped(cell_text(sentence), indent="")))


def _object(ranked: StoredLeaderboards) -> dict[str, Any]:
    return {
        "runs": [run_object(each) for each in ranked.runs],
        "by": ranked.ranking.by or None,
        "alpha": ranked.ranking.alpha,
        "leaderboards": [board_object(each) for each in ranked.boards],
    }
