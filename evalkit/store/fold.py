"""Carrying spools into the store, exactly once, whoever died when.

How far a spool file has been read is kept in the store, in the same transaction as its rows: a process that
is killed between the commit and the removal of the file repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import orjson

from evalkit.errors import StoreError
from evalkit.store.bulk import Table, tables_of
from evalkit.store.connection import Connection
from evalkit.store.lock import LockFile
from evalkit.store.version import SCHEMA_VERSION

CHUNK_BYTES = 8_000_000

#: Tables where a later row replaces the one with the same key.
REPLACED = {
    "runs": ("run_id",),
    "evaluations": ("evaluation_id",),
    "metrics": ("evaluation_id", "metric"),
    "verdicts": ("evaluation_id", "gate"),
}
#: Tables where the first row with a key stays.
KEPT = {"subjects": ("subject_id",), "prompts": ("prompt", "version", "prompt_hash")}


@dataclass
class FoldReport:
    """What a fold did.

    Attributes:
        n_rows: rows carried over.
        crashed: runs that were found dead.
        problems: lines that could not be read, each with file, line and where it was put aside.
    """

    n_rows: int = 0
    crashed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def has_spools(root: Path) -> bool:
    """Whether any run beside the store still has a spool."""
    return root.is_dir() and any(entry.is_dir() for entry in root.iterdir())


def fold_spools(connection: Connection, root: Path) -> FoldReport:
    """Carry over every whole line of every spool under ``root``, and sweep away the spools of ended runs."""
    report = FoldReport()
    folders = sorted(entry for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []
    connection.execute(
        "DELETE FROM spool_offsets WHERE NOT list_contains(?::VARCHAR[], run_id)",
        [[folder.name for folder in folders]],
    )
    tables = tables_of(connection)
    for folder in folders:
        _fold_run(connection, tables, folder, report)
    return report


def _fold_run(connection: Connection, tables: dict[str, Table], folder: Path, report: FoldReport) -> None:
    with ExitStack() as stack:
        # The lock of a dead process is ours until its file is gone: nobody starts to write to it meanwhile.
        ours = set()
        for path in sorted(folder.glob("*.lock")):
            lock = LockFile(path)
            if lock.try_acquire():
                stack.callback(lock.release)
                ours.add(path)
        is_whole = True
        for path in sorted(folder.glob("*.jsonl")):
            is_whole &= _File(connection, tables, path, report).fold()
        # Looked at again: a process that has begun meanwhile made its lock before all else.
        if is_whole and ours.issuperset(folder.glob("*.lock")):
            if _mark_crashed(connection, folder.name):
                report.crashed.append(folder.name)
            _sweep(folder, ours)


def _sweep(folder: Path, ours: set[Path]) -> None:
    """Remove an ended run's folder, but nothing of a process that begins to write in it just now."""
    for path in list(folder.iterdir()):
        lock = path.with_suffix(".lock")
        if lock in ours or not lock.exists():
            with suppress(OSError):
                path.unlink()
    with suppress(OSError):  # somebody is in it
        folder.rmdir()


class _File:
    """One spool file on its way into the store."""

    def __init__(
        self, connection: Connection, tables: dict[str, Table], path: Path, report: FoldReport
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.path = path
        self.report = report
        self.key = [path.parent.name, path.stem]

    def fold(self) -> bool:
        """Carry over whole lines; False when the file must stay because a newer evalkit wrote it."""
        with self.path.open("rb") as file:
            version = _version(file.readline())
            if version > SCHEMA_VERSION:
                self.report.problems.append(
                    f"{self.path}: was written by a newer evalkit and stays where it is "
                    "(pip install --upgrade pytest-evalkit)"
                )
                return False
            offset = self._offset()
            file.seek(offset)
            for chunk in _whole_lines(file):
                try:
                    self._fold_chunk(chunk, offset)
                except duckdb.Error as error:  # no space, no memory: the next fold goes on from here
                    raise StoreError(
                        f"cannot be folded into the store: {str(error).splitlines()[0]}",
                        where=str(self.path),
                        mend="free some space and run any evalkit command; the results are kept until then",
                    ) from None
                offset += len(chunk)
        return True

    def _offset(self) -> int:
        row = self.connection.execute(
            "SELECT n_bytes FROM spool_offsets WHERE run_id = ? AND process = ?", self.key
        ).fetchone()
        return int(row[0]) if row else 0

    def _fold_chunk(self, chunk: bytes, offset: int) -> None:
        try:
            self._insert(chunk, offset, is_checked=False)
        except (duckdb.DataError, duckdb.InvalidInputException):
            self.connection.execute("ROLLBACK")
            self._insert(chunk, offset, is_checked=True)  # some line does not fit its table: without it

    def _insert(self, chunk: bytes, offset: int, *, is_checked: bool) -> None:
        by_table, unread = self._sorted(chunk, offset, is_checked)
        self.connection.execute("BEGIN")
        for name, rows in by_table.items():
            _insert(self.connection, self.tables[name], rows)
        self.connection.execute("DELETE FROM spool_offsets WHERE run_id = ? AND process = ?", self.key)
        self.connection.execute(
            "INSERT INTO spool_offsets VALUES (?, ?, ?)", [*self.key, offset + len(chunk)]
        )
        for line, start in unread:
            self._put_aside(line, start)
        self.connection.execute("COMMIT")
        self.report.n_rows += sum(map(len, by_table.values()))

    def _sorted(
        self, chunk: bytes, offset: int, is_checked: bool
    ) -> tuple[dict[str, list[list[Any]]], list[tuple[bytes, int]]]:
        """Rows by table, then the lines that are no row of any table, each with the byte it starts at."""
        by_table: dict[str, list[list[Any]]] = {}
        unread: list[tuple[bytes, int]] = []
        start = offset
        for line, row in zip(*_parsed(chunk), strict=True):
            name = row[0] if isinstance(row, list) and row and isinstance(row[0], str) else ""
            table = self.tables.get(name)
            is_row = table is not None and len(row) <= len(table.columns) + 1
            if is_row and table is not None and (not is_checked or table.fits(row[1:])):
                del row[0]
                by_table.setdefault(name, []).append(row)
            elif name != "spool":
                unread.append((line, start))
            start += len(line) + 1
        return by_table, unread

    def _put_aside(self, line: bytes, start: int) -> None:
        aside = self.path.parent.with_name(f"{self.path.parent.name}.{self.path.stem}.unread")
        with aside.open("ab") as file:
            file.write(line + b"\n")
        with self.path.open("rb") as file:
            number = file.read(start).count(b"\n") + 1
        self.report.problems.append(f"{self.path}:{number}: cannot be read as a row, kept in {aside}")


def _whole_lines(file: Any) -> Iterator[bytes]:
    """Chunks of some megabytes that end with a line's end; a torn last line is left out."""
    rest = b""
    while block := file.read(CHUNK_BYTES):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:
            rest += block


def _parsed(chunk: bytes) -> tuple[list[bytes], list[Any]]:
    """The lines and what they say, None for a line that is no JSON."""
    lines = chunk.split(b"\n")[:-1]
    try:
        rows = orjson.loads(b"[" + b",".join(lines) + b"]")
        if len(rows) == len(lines):
            return lines, rows
    except orjson.JSONDecodeError:
        pass
    return lines, [_loaded(line) for line in lines]


def _loaded(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _version(header: bytes) -> int:
    row = _loaded(header)
    is_header = isinstance(row, list) and len(row) > 1 and row[0] == "spool" and isinstance(row[1], int)
    return int(row[1]) if is_header else SCHEMA_VERSION


def _insert(connection: Connection, table: Table, rows: list[list[Any]]) -> None:
    if table.name in REPLACED:
        key = REPLACED[table.name]
        rows = list({tuple(row[table.columns.index(name)] for name in key): row for row in rows}.values())
        columns = ", ".join(f"unnest(?::VARCHAR[]) AS {name}" for name in key)
        same = " AND ".join(f"{table.name}.{name} = newer.{name}" for name in key)
        connection.execute(
            f"DELETE FROM {table.name} USING (SELECT {columns}) AS newer WHERE {same}",
            [[row[table.columns.index(name)] for row in rows] for name in key],
        )
    elif table.name in KEPT:
        key = KEPT[table.name]
        known = set(connection.execute(f"SELECT {', '.join(key)} FROM {table.name}").fetchall())
        first: dict[tuple[Any, ...], list[Any]] = {}
        for row in rows:
            first.setdefault(tuple(row[table.columns.index(name)] for name in key), row)
        rows = [row for values, row in first.items() if values not in known]
    if rows:
        table.insert(connection, rows)


def _mark_crashed(connection: Connection, run_id: str) -> bool:
    """Whether a run whose processes are all gone never said how it ended."""
    row = connection.execute(
        "UPDATE runs SET status = 'crashed' WHERE run_id = ? AND status = 'running' RETURNING run_id",
        [run_id],
    ).fetchone()
    connection.execute(
        """UPDATE evaluations SET status = 'interrupted', n_errors = (
               SELECT count(*) FROM (
                   SELECT sample_id, repeat FROM responses
                   WHERE evaluation_id = evaluations.evaluation_id AND error IS NOT NULL
                   UNION
                   SELECT sample_id, repeat FROM scores
                   WHERE evaluation_id = evaluations.evaluation_id AND error IS NOT NULL))
           WHERE run_id = ? AND status = 'running'""",
        [run_id],
    )
    return row is not None
