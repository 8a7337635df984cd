"""Questions that users write themselves: one statement that reads, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from evalkit.errors import StoreError
from evalkit.store.connection import Connection

_READING = {"SELECT", "EXPLAIN"}


@dataclass(frozen=True)
class Answer:
    """Column names, then the rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def ask(connection: Connection, sql: str) -> Answer:
    """Run one reading statement. Raises StoreError for anything else and for what DuckDB cannot run."""
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1:
            raise StoreError(f"{len(statements)} statements were given", mend="write one SELECT")
        kind = statements[0].type.name
        if kind not in _READING:
            raise StoreError(f"a query only reads, {kind} is refused", mend="write one SELECT")
        cursor = connection.execute(statements[0])
        return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())
    except duckdb.Error as error:
        raise StoreError("the query fails: " + " ".join(str(error).split())) from None
