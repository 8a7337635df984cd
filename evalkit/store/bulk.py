"""Many rows into one table, fast: the appender of DuckDB 2, a JSON file before it."""

from __future__ import annotations

import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.frozen import frozen
from evalkit.store.connection import Connection
from evalkit.store.fitting import all_fit, misfit

_EPOCH = datetime(1970, 1, 1)


@frozen
class Table:
    """A table with its columns: names and DuckDB types in order."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    def misfit(self, row: Sequence[Any]) -> str | None:
        """Which value cannot stand in its column, in words (times still as seconds since the epoch)."""
        return misfit(self.name, self.columns, self.types, row)

    def insertable(self, rows: Sequence[list[Any]]) -> bool:
        """Whether all of these rows can be inserted. Short ones (written before a column existed) are filled
        up with NULL in place."""
        n_columns = len(self.columns)
        is_short = min(map(len, rows), default=n_columns) < n_columns
        for row in rows if is_short else ():
            if len(row) < n_columns:
                row.extend([None] * (n_columns - len(row)))
        return all_fit(self.name, self.columns, self.types, rows)

    def insert(self, connection: Connection, rows: list[list[Any]]) -> None:
        """Append ``rows``, which are ``insertable``, in the running transaction. They are changed in place:
        times become datetimes in UTC, base64 becomes bytes."""
        self._convert(rows, "TIMESTAMP", utc)
        if _has_appender(connection):
            self._convert(rows, "BLOB", b64decode)
            appender = connection.appender(self.name)
            appender.append_rows(rows)
            appender.flush()
        else:
            self._insert_by_file(connection, rows)

    def _convert(self, rows: list[list[Any]], kind: str, convert: Callable[[Any], Any]) -> None:
        """What JSON cannot carry, in place."""
        places = [i for i, each in enumerate(self.types) if each == kind]
        for row in rows if places else ():
            for i in places:
                if row[i] is not None:
                    row[i] = convert(row[i])

    def _insert_by_file(self, connection: Connection, rows: list[list[Any]]) -> None:
        # JSON columns hold text in a row: read as JSON it would become the JSON of that text.
        kinds = ["VARCHAR" if kind in ("JSON", "BLOB") else kind for kind in self.types]
        values = [
            f"from_base64({name})" if kind == "BLOB" else name
            for name, kind in zip(self.columns, self.types, strict=True)
        ]
        columns = ", ".join(f"{name}: '{kind}'" for name, kind in zip(self.columns, kinds, strict=True))
        with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
            path = Path(folder) / "rows.jsonl"
            lines = [orjson.dumps(dict(zip(self.columns, row, strict=True))) for row in rows]
            path.write_bytes(b"\n".join(lines))
            longest = max(16_777_216, 2 * max(map(len, lines)))
            connection.execute(
                f"INSERT INTO {self.name} SELECT {', '.join(values)} FROM read_json(?, "
                f"format = 'newline_delimited', maximum_object_size = {longest}, columns = {{{columns}}})",
                [str(path)],
            )


def tables_of(connection: Connection, names: Iterable[str]) -> dict[str, Table]:
    """These tables of the store. Each is asked for its columns: DuckDB's own list of all columns takes as
    long as thirty such questions, the first time."""
    return {name: _table_of(connection, name) for name in names}


def _table_of(connection: Connection, name: str) -> Table:
    found = connection.table(name)
    return Table(name, tuple(found.columns), tuple(map(str, found.types)))


def utc(seconds: float) -> datetime:
    """Seconds since the epoch -> the naive UTC datetime that TIMESTAMP columns hold."""
    return _EPOCH + timedelta(seconds=seconds)


def _has_appender(connection: Connection) -> bool:
    return hasattr(connection, "appender")  # since DuckDB 2.0
