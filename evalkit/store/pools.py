"""Baselines that pool several runs."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.run import Run
from evalkit.errors import StoreError
from evalkit.store import evaluations
from evalkit.store.bulk import utc
from evalkit.store.connection import Connection


def set_pool(connection: Connection, name: str, runs: Sequence[Run]) -> None:
    """Have a baseline pool these runs, the latest first; one run alone is not a pool."""
    clear_pool(connection, name)
    if len(runs) > 1:
        rows = [[name, run.run_id, utc(run.started_at)] for run in runs]
        connection.executemany("INSERT INTO baseline_runs VALUES (?, ?, ?)", rows)


def clear_pool(connection: Connection, name: str) -> None:
    connection.execute("DELETE FROM baseline_runs WHERE name = ?", [name])


def pool_of(connection: Connection, name: str, alike: str | None = None) -> list[str]:
    """Ids of all runs of a baseline, the latest first; that of its one run where it pools none.

    ``alike`` leaves those that have an evaluation of the same question as that run.
    """
    rows = connection.execute(
        """SELECT run_id, started_at FROM baseline_runs WHERE name = ?1
           UNION ALL SELECT run_id, NULL FROM baselines WHERE name = ?1
             AND NOT EXISTS (FROM baseline_runs WHERE name = ?1)
           ORDER BY started_at DESC, run_id DESC""",
        [name],
    ).fetchall()
    found = [row[0] for row in rows]
    if alike is None:
        return found
    questions = _questions(connection, alike)
    return [each for each in found if questions & _questions(connection, each)]


def check_alike(connection: Connection, runs: Sequence[Run]) -> None:
    """Raises StoreError where a run has nothing in common with the first: nothing of it could be pooled."""
    first = _questions(connection, runs[0].run_id)
    for run in runs[1:]:
        if not first & _questions(connection, run.run_id):
            raise StoreError(
                f"run {run.run_id} cannot be pooled with run {runs[0].run_id}: they have no task of the same "
                "hash, data and subject in common",
                hint="pool runs of one suite with one model and prompt",
            )


def _questions(connection: Connection, run_id: str) -> set[tuple[str, ...]]:
    return {each.question for each in evaluations.of_run(connection, run_id)}
