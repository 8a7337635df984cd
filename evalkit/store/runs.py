"""Reading ``runs``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.budget import BudgetRecord
from evalkit.core.run import Run
from evalkit.errors import StoreError, did_you_mean
from evalkit.store.connection import Connection
from evalkit.store.run_content import RunContent

COLUMNS = """run_id, epoch_us(started_at) / 1e6, epoch_us(finished_at) / 1e6, status, is_partial, git_commit,
    git_branch, git_dirty, evalkit_version, argv, host, budget"""


def runs_of(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Run]:
    """Rows of ``COLUMNS`` -> Runs. What could not be read is asked for apart: nearly always it is nothing,
    and as part of each row it would take ten times as long."""
    unread: dict[str, int] = dict(
        connection.execute("SELECT run_id, sum(n_rows)::BIGINT FROM unread_rows GROUP BY run_id").fetchall()
    )
    return [
        Run(*[*row[:9], tuple(row[9] or ()), row[10], unread.get(row[0], 0), _budget(row[11])])
        for row in rows
    ]


def _budget(text: str | None) -> BudgetRecord | None:
    return BudgetRecord.from_dict(orjson.loads(text)) if text else None


def last_runs(connection: Connection, limit: int | None) -> list[Run]:
    bound = "" if limit is None else f"LIMIT {int(limit)}"
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM runs ORDER BY started_at DESC, run_id DESC {bound}"
    ).fetchall()
    return runs_of(connection, rows)


def find_run(connection: Connection, which: str) -> Run:
    """By id, unique prefix or ``latest``. Raises StoreError that names what is near."""
    if which == "latest":
        latest = last_runs(connection, 1)
        if not latest:
            raise StoreError("the store holds no run yet", hint="run pytest with --llm-model first")
        return latest[0]
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM runs WHERE starts_with(run_id, ?) ORDER BY run_id", [which]
    ).fetchall()
    exact = [row for row in rows if row[0] == which] or rows
    if len(exact) == 1:
        return runs_of(connection, exact)[0]
    if exact and which:
        ids = ", ".join(row[0] for row in exact[:4]) + (" …" if len(exact) > 4 else "")
        raise StoreError(
            f"{which!r} is the start of {len(exact)} runs", hint=f"give more characters of one: {ids}"
        )
    known = [row[0] for row in connection.execute("SELECT run_id FROM runs").fetchall()]
    raise StoreError(f"there is no run {which!r}", hint=_near(which, known))


def has_run(connection: Connection, run_id: str) -> bool:
    """Whether the store holds the run of exactly this id."""
    return connection.execute("SELECT 1 FROM runs WHERE run_id = ?", [run_id]).fetchone() is not None


def outcomes(connection: Connection, run_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    rows = connection.execute(
        """SELECT run_id, CASE WHEN verdict = 'undecided' AND is_recorded THEN 'recorded'
                              WHEN verdict = 'undecided' AND is_dropped THEN 'dropped' ELSE verdict END,
                  count(*)
           FROM evaluations JOIN verdicts USING (evaluation_id)
           JOIN (SELECT unnest(?::VARCHAR[]) AS run_id) USING (run_id) GROUP BY ALL ORDER BY ALL""",
        [list(run_ids)],
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for run_id, word, n in rows:
        found.setdefault(run_id, {})[word] = n
    return found


def branches(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT git_branch FROM runs WHERE git_branch IS NOT NULL ORDER BY git_branch"
    ).fetchall()
    return [row[0] for row in rows]


def tasks(connection: Connection, run_ids: Sequence[str]) -> dict[str, list[str]]:
    rows = connection.execute(
        """SELECT run_id, list(DISTINCT task ORDER BY task) FROM evaluations
           JOIN (SELECT unnest(?::VARCHAR[]) AS run_id) USING (run_id) GROUP BY run_id""",
        [list(run_ids)],
    ).fetchall()
    return dict(rows)


def mark_partial(connection: Connection, run_id: str) -> None:
    connection.execute("UPDATE runs SET is_partial = true WHERE run_id = ?", [run_id])


def check_new(connection: Connection, content: RunContent, spools: Path) -> None:
    """Raises StoreError where a run to import would write over another one's evaluations or spool."""
    taken = connection.execute(
        "SELECT evaluation_id, run_id FROM evaluations WHERE list_contains(?::VARCHAR[], evaluation_id)",
        [list(content.evaluation_ids)],
    ).fetchone()
    if taken is not None:
        raise StoreError(
            f"its evaluation {taken[0]} is one of run {taken[1]} in the store", where=str(content.path)
        )
    if (spools / content.run_id).exists():
        raise StoreError(
            f"run {content.run_id} is still running in the store",
            where=str(content.path),
            hint="wait for its end",
        )


def count_rows(connection: Connection, evaluation_ids: Sequence[str]) -> tuple[int, int]:
    """Responses and metrics of these evaluations."""
    counts = [
        connection.execute(
            f"SELECT count(*) FROM {table} WHERE list_contains(?::VARCHAR[], evaluation_id)",
            [list(evaluation_ids)],
        ).fetchone()
        for table in ("responses", "metrics")
    ]
    n_responses, n_metrics = (int(row[0]) if row else 0 for row in counts)
    return n_responses, n_metrics


def delete(connection: Connection, run_id: str, evaluation_ids: Sequence[str]) -> None:
    """Remove a run with all that it evaluated; subjects and prompts, which runs share, stay."""
    connection.execute("BEGIN")
    for table in ("responses", "scores", "judgements", "metrics", "verdicts"):
        connection.execute(
            f"DELETE FROM {table} WHERE list_contains(?::VARCHAR[], evaluation_id)", [list(evaluation_ids)]
        )
    for table in ("evaluations", "runs", "unread_rows"):
        connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])
    connection.execute("COMMIT")


def delete_if_empty(connection: Connection, run_id: str) -> bool:
    deleted = connection.execute(
        "DELETE FROM runs WHERE run_id = ?1 AND NOT EXISTS (FROM evaluations WHERE run_id = ?1) RETURNING 1",
        [run_id],
    ).fetchall()
    return bool(deleted)


def _near(which: str, known: list[str]) -> str:
    if not known:
        return "the store holds no run yet"
    hint = did_you_mean(which, [run_id[: max(len(which), 1)] for run_id in known])
    return hint if hint.startswith("did you mean") else "'evalkit runs' lists them"
