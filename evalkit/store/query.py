"""Questions that users write themselves: one statement that reads, and nothing else."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Set
from pathlib import Path
from typing import Any, Literal

import duckdb

from evalkit.core.frozen import frozen
from evalkit.errors import StoreError
from evalkit.store.connection import Connection

_READING = {"SELECT", "EXPLAIN"}


@frozen
class Answer:
    """Column names, then the rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def ask(connection: Connection, sql: str) -> Answer:
    """Run one reading statement. Raises StoreError for anything else and for what DuckDB cannot run."""
    try:
        cursor = connection.execute(_reading(connection, sql))
        return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())
    except duckdb.Error as error:
        raise StoreError("the query fails: " + " ".join(str(error).split())) from None


def write(connection: Connection, sql: str, path: Path, form: Literal["csv", "parquet"]) -> int:
    """Write the answer of one reading statement into a file, whole or not at all; the number of rows.

    From then on the connection reaches no other file. Raises StoreError as ``ask`` does, and where the file
    cannot be written.
    """
    try:
        query = _reading(connection, sql, {"SELECT"}).query.strip().rstrip(";")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".answer-") as folder:
            draft = Path(folder) / "answer"
            quoted = str(draft).replace("'", "''")
            connection.execute(f"SET allowed_paths = ['{quoted}']")
            connection.execute("SET enable_external_access = false")
            header = ", HEADER" if form == "csv" else ""
            copied = connection.execute(
                f"COPY (\n{query}\n) TO '{quoted}' (FORMAT {form}{header}, USE_TMP_FILE false)"
            )
            row = copied.fetchone()
            draft.replace(path)
    except duckdb.CatalogException as error:
        if "allowed_paths" not in str(error):
            raise StoreError("the query fails: " + " ".join(str(error).split())) from None
        raise StoreError("writing a result needs DuckDB 1.2", hint="pip install --upgrade duckdb") from None
    except duckdb.IOException as error:
        raise StoreError(
            f"the result cannot be written: {str(error).splitlines()[0]}", where=str(path)
        ) from None
    except duckdb.Error as error:
        raise StoreError("the query fails: " + " ".join(str(error).split())) from None
    except OSError as error:
        raise StoreError(f"the result cannot be written: {error.strerror}", where=str(path)) from None
    return int(row[0]) if row else 0


def _reading(connection: Connection, sql: str, kinds: Set[str] = frozenset(_READING)) -> duckdb.Statement:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise StoreError(f"{len(statements)} statements were given", hint="write one SELECT")
    kind = statements[0].type.name
    if kind not in kinds:
        raise StoreError(f"a query may only read; {kind} is refused", hint="write one SELECT")
    return statements[0]


@frozen
class PartOfAnswer:
    """The beginning of an answer. ``is_cut``: there are more rows."""

    answer: Answer
    is_cut: bool


def ask_in_time(connection: Connection, sql: str, *, most_rows: int, most_s: float) -> PartOfAnswer:
    """As ``ask``, with the first ``most_rows`` rows; what takes longer than ``most_s`` seconds is ended."""
    alarm = threading.Timer(most_s, connection.interrupt)
    alarm.start()
    try:
        cursor = connection.execute(_reading(connection, sql))
        columns = tuple(column[0] for column in cursor.description or ())
        rows = cursor.fetchmany(most_rows + 1)
    except duckdb.InterruptException:
        raise StoreError(
            f"the query took more than {most_s:g} s and was ended", hint="ask less, or use 'evalkit sql'"
        ) from None
    except duckdb.Error as error:
        raise StoreError("the query fails: " + " ".join(str(error).split())) from None
    finally:
        alarm.cancel()
    return PartOfAnswer(Answer(columns, rows[:most_rows]), len(rows) > most_rows)


def tables_of_store(connection: Connection) -> dict[str, list[tuple[str, str, str]]]:
    """Table -> name, type and meaning of its columns; what the store keeps for itself is left out."""
    rows = connection.execute(
        """SELECT c.table_name, c.column_name, c.data_type, coalesce(c.comment, '')
           FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_oid)
           WHERE NOT c.internal AND NOT starts_with(coalesce(t.comment, ''), 'Internal')
           ORDER BY c.table_name, c.column_index"""
    ).fetchall()
    found: dict[str, list[tuple[str, str, str]]] = {}
    for table, *column in rows:
        found.setdefault(table, []).append((column[0], column[1], column[2]))
    return found
