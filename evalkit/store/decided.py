"""Numbers and verdicts of a stored run that were found later, in place of those that its session left."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.estimate import Estimate
from evalkit.core.verdict import Verdict
from evalkit.store.bulk import Table, tables_of
from evalkit.store.connection import Connection
from evalkit.store.rows import Row, metric_row, verdict_row

#: Evaluation id, and what was found of it.
FoundEstimate = tuple[str, Estimate]
#: With the evaluation that it was compared with, if any.
FoundVerdict = tuple[str, Verdict, str | None]


def write_decided(
    connection: Connection, estimates: Sequence[FoundEstimate], verdicts: Sequence[FoundVerdict]
) -> None:
    """All or none (needs ``mode="write"``). Rows keep their places: the first metric of a task leads it."""
    tables = tables_of(connection, ("metrics", "verdicts"))
    connection.execute("BEGIN")
    for each in estimates:
        _replace(connection, tables["metrics"], ("evaluation_id", "metric"), metric_row(*each))
    for found in verdicts:
        _replace(connection, tables["verdicts"], ("evaluation_id", "gate"), verdict_row(*found))
    connection.execute("COMMIT")


def _replace(connection: Connection, table: Table, key: Sequence[str], row: Row) -> None:
    values = dict(zip(table.columns, row, strict=True))
    settings = ", ".join(f"{name} = ?" for name in values if name not in key)
    same = " AND ".join(f"{name} = ?" for name in key)
    found = connection.execute(
        f"UPDATE {table.name} SET {settings} WHERE {same} RETURNING 1",
        [*(value for name, value in values.items() if name not in key), *(values[name] for name in key)],
    ).fetchone()
    if found is None:
        places = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {table.name} ({', '.join(values)}) VALUES ({places})", row)
