"""Subjects ranked, for Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any

from evalkit.api import pictures
from evalkit.api.tables import ResultTable
from evalkit.comparisons.leaderboard.board import Leaderboard, Standing
from evalkit.errors import MissingExtraError
from evalkit.report.leaderboards import headline, interval_of, name_of_board, tie_sentence, value_of
from evalkit.report.leaderboards_json import pair_object, standing_object
from evalkit.session.stored.leaderboards import Ranking, StoredLeaderboards, leaderboards_data, rank_runs
from evalkit.store.store import Store


class LeaderboardResults:
    """Leaderboards of the Subjects of one run or several, one for each task, group and metric.

    Attributes:
        store: the DuckDB file that holds the runs.
        boards: the leaderboards themselves (``evalkit.comparisons.leaderboard.board.Leaderboard``).
    """

    def __init__(self, store: Path, ranked: StoredLeaderboards) -> None:
        self.store = store
        self._ranked = ranked
        self.boards = tuple(ranked.boards)

    @classmethod
    def of(cls, store: Path, runs: Sequence[str], ranking: Ranking) -> LeaderboardResults:
        """Rank the Subjects of runs by their names. Raises EvalkitError if there is nothing to rank."""
        with Store.open(store) as opened:
            return cls(store, rank_runs(opened, runs, ranking))

    @property
    def winner(self) -> str | None:
        """The Subject that is shown to be better than every other, if there is one leaderboard; else None."""
        return self.boards[0].winner if len(self.boards) == 1 else None

    @cached_property
    def standings(self) -> ResultTable:
        """One row for each Subject: its range of ranks, its groups of ties, its value with its interval, and
        how many others it beats."""
        return self._table(lambda board: [standing_object(each) for each in board.standings])

    @cached_property
    def pairs(self) -> ResultTable:
        """One row for each pair of Subjects: the paired test (Holm-adjusted), and what would break a tie."""
        return self._table(lambda board: [_flat(pair_object(each)) for each in board.pairs])

    def report(self, path: str | Path) -> Path:
        """Write the HTML report of all Subjects. Raises UsageError if ``path`` cannot be written."""
        from evalkit.report.write import write_data

        with Store.open(self.store) as store:
            return write_data(leaderboards_data(store, self._ranked), path)

    def __repr__(self) -> str:
        return f"<evalkit leaderboard: {' '.join(map(headline, self.boards))}>"

    def _repr_html_(self) -> str:
        names = ("rank", "ties", "subject", "value", "95 % interval", "")
        parts = []
        for board in self.boards:
            rows = [
                [
                    pictures.text(each.rank),
                    pictures.text(each.letters),
                    pictures.text(each.label),
                    pictures.number(value_of(board, each)),
                    pictures.text(interval_of(board, each)),
                    pictures.markup(_bar(board, each)),
                ]
                for each in board.standings
            ]
            told = " ".join(filter(None, (headline(board), tie_sentence(board))))
            parts += [pictures.table(name_of_board(board), names, rows), pictures.paragraph(told)]
        return "".join(parts)

    def _table(self, rows: Callable[[Leaderboard], list[dict[str, Any]]]) -> ResultTable:
        try:
            import pyarrow as pa
        except ImportError:
            hint = "pip install 'pytest-evalkit[notebook]'"
            raise MissingExtraError("tables need pyarrow", hint=hint) from None
        found = [
            {"task": board.task, "group": board.group, "metric": board.metric, **row}
            for board in self.boards
            for row in rows(board)
        ]
        return ResultTable(pa.Table.from_pylist(found))


def _bar(board: Leaderboard, standing: Standing) -> str:
    """The value with its interval, on one axis for all of the board; empty where it has none."""
    ends = [
        (each.estimate.low, each.estimate.high)
        for each in board.standings
        if each.estimate.low is not None and each.estimate.high is not None
    ]
    found = standing.estimate
    if found.value is None or found.low is None or found.high is None or not all(map(isfinite, chain(*ends))):
        return ""
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    room = (high - low) * 0.05 or 1.0
    return pictures.bar_svg(pictures.Bar(found.value, found.low, found.high, low - room, high + room))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """The comparison's numbers beside the rest."""
    found = row.pop("comparison") or {}
    kept = ("difference", "low", "high", "n", "n_wins", "n_losses", "n_ties", "visible_drop")
    return {**row, **{name: found.get(name) for name in kept}}
