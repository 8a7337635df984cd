"""One spool file on its way into the store: row by row where it must be, and no row stops another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import orjson

from evalkit.core.frozen import frozen
from evalkit.store.bulk import Table
from evalkit.store.connection import Connection
from evalkit.store.old_rows import bring_up_to_date, without_numbers
from evalkit.store.prompts import number_new
from evalkit.store.version import SCHEMA_VERSION

CHUNK_BYTES = 8_000_000

#: Tables where a later row replaces the one with the same key.
REPLACED = {
    "runs": ("run_id",),
    "evaluations": ("evaluation_id",),
    "metrics": ("evaluation_id", "metric"),
    "verdicts": ("evaluation_id", "gate"),
    "reviews": ("review_id", "reviewer"),  # nobody replaces what another said
}
#: Tables where the first row with a key stays.
KEPT = {
    "subjects": ("subject_id",),
    "prompts": ("prompt", "prompt_hash"),
    "samples": ("row_hash",),
    "media": ("sha256",),
    "review_projects": ("project_id",),
}
#: Every table that a spool may add to; what the store keeps for itself is none of them.
SPOOLED = frozenset({*REPLACED, *KEPT, "responses", "scores", "judgements"})

#: What is wrong with the machine and not with a row: the file stays as it is until it is fixed.
_OF_THE_MACHINE = (
    duckdb.OperationalError,
    duckdb.FatalException,
    duckdb.InternalError,
    duckdb.InterruptException,
    OSError,
    MemoryError,
)


@frozen
class Loss:
    """Rows of one spool file that cannot be stored.

    Attributes:
        run_id: the run that they came for.
        text: file and line of the first one, what is wrong with it, how many there are, where they are kept.
    """

    run_id: str
    text: str


@dataclass
class FoldReport:
    """What a fold did.

    Attributes:
        n_rows: rows carried over.
        crashed: runs that were found dead.
        losses: rows that cannot be stored.
        notes: spools that stay where they are, and why.
    """

    n_rows: int = 0
    crashed: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Everything that the user should know."""
        return [loss.text for loss in self.losses] + self.notes


class SpoolFile:
    """Lines of one process of a run. Raises what is wrong with the machine; never for what a line holds."""

    def __init__(
        self, connection: Connection, tables: dict[str, Table], path: Path, report: FoldReport
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.path = path
        self.report = report
        self.key = [path.parent.name, path.stem]
        self._version = SCHEMA_VERSION
        self._n_aside = 0
        self._example = ""

    def fold(self) -> bool:
        """Carry over whole lines; False when the file must stay: nobody may read it, or a newer evalkit wrote
        it."""
        try:
            opened = self.path.open("rb")
        except OSError as error:
            self.report.notes.append(f"{self.path}: cannot be read and stays where it is: {error.strerror}")
            return False
        with opened as file:
            self._version = version = _version(file.readline())
            if version > SCHEMA_VERSION:
                self.report.notes.append(
                    f"{self.path}: was written by a newer version of evalkit and stays where it is "
                    "(pip install --upgrade pytest-evalkit)"
                )
                return False
            offset = self._offset()
            file.seek(offset)
            for chunk in _whole_lines(file):
                self._fold_chunk(chunk, offset)
                offset += len(chunk)
        if self._n_aside:
            more = f" and {self._n_aside - 1:,} more" if self._n_aside > 1 else ""
            text = f"{self._example}{more}, kept in {self._aside}"
            self.report.losses.append(Loss(self.key[0], text))
        return True

    @property
    def _aside(self) -> Path:
        return self.path.parent.with_name(f"{self.path.parent.name}.{self.path.stem}.unread")

    def _offset(self) -> int:
        row = self.connection.execute(
            "SELECT n_bytes FROM spool_offsets WHERE run_id = ? AND process = ?", self.key
        ).fetchone()
        return int(row[0]) if row else 0

    def _fold_chunk(self, chunk: bytes, offset: int) -> None:
        """In one transaction, or in two halves where some line stops it after all, down to that line."""
        try:
            self._insert(chunk, offset)
        except _OF_THE_MACHINE:
            self._roll_back()
            raise
        except Exception as error:
            self._roll_back()
            cut = chunk.rfind(b"\n", 0, len(chunk) // 2) + 1 or chunk.find(b"\n") + 1
            if cut == len(chunk):
                self._insert(chunk, offset, refusal=f"{type(error).__name__}: {error}")
            else:
                self._fold_chunk(chunk[:cut], offset)
                self._fold_chunk(chunk[cut:], offset + cut)

    def _roll_back(self) -> None:
        with suppress(duckdb.Error):
            self.connection.execute("ROLLBACK")

    def _insert(self, chunk: bytes, offset: int, *, refusal: str | None = None) -> None:
        """The rows of a chunk, and how far the file is read now; with a ``refusal`` its line is put aside."""
        by_table, unread = self._sorted(chunk, offset, refusal)
        bring_up_to_date(by_table, self._version)
        without_numbers(by_table)
        self.connection.execute("BEGIN")
        grown = {name for name, rows in by_table.items() if insert(self.connection, self.tables[name], rows)}
        if grown & {"prompts", "subjects"}:
            number_new(self.connection)
        self.connection.execute("DELETE FROM spool_offsets WHERE run_id = ? AND process = ?", self.key)
        self.connection.execute(
            "INSERT INTO spool_offsets VALUES (?, ?, ?)", [*self.key, offset + len(chunk)]
        )
        if unread:
            self._put_aside(unread)
        if unread or "runs" in by_table:
            # For good: whatever asks for whole runs leaves out one that lost rows.
            self.connection.execute(
                "UPDATE runs SET is_partial = true WHERE run_id IN (SELECT run_id FROM unread_rows)"
            )
        self.connection.execute("COMMIT")
        self._n_aside += len(unread)
        self.report.n_rows += sum(map(len, by_table.values()))

    def _sorted(
        self, chunk: bytes, offset: int, refusal: str | None
    ) -> tuple[dict[str, list[list[Any]]], list[_Unread]]:
        """Rows by table, then the lines that are not rows of any table."""
        lines = chunk.split(b"\n")[:-1]
        whole = self._all_good(_parsed(lines)) if refusal is None else None
        if whole is not None:
            return whole, []
        found: dict[str, list[tuple[int, list[Any]]]] = {}
        unread: dict[int, str] = {}
        for place, row in enumerate(_parsed(lines)):
            reason = self._refusal(row) if refusal is None else refusal
            if reason is None:
                found.setdefault(row[0], []).append((place, row[1:]))
            elif not _is_header(row) and lines[place].strip():
                unread[place] = reason
        by_table = {}
        for name, placed in found.items():
            table = self.tables[name]
            if not table.insertable([row for _, row in placed]):
                reasons = {place: table.misfit(row) for place, row in placed}
                placed = [(place, row) for place, row in placed if reasons[place] is None]
                unread |= {place: reason for place, reason in reasons.items() if reason is not None}
            if placed:
                by_table[name] = [row for _, row in placed]
        return by_table, _unread(lines, unread, offset)

    def _all_good(self, rows: list[Any]) -> dict[str, list[list[Any]]] | None:
        """Rows by table, as nearly every chunk is; None where a line is not, and each is to be looked at."""
        by_table: dict[str, list[list[Any]]] = {}
        try:
            for row in rows:
                by_table.setdefault(row[0], []).append(row)
                del row[0]
        except (TypeError, IndexError, KeyError):
            return None
        if not all(_is_header(["spool", *rest]) for rest in by_table.pop("spool", ())):
            return None
        for name, its in by_table.items():
            table = self.tables.get(name)
            if table is None or max(map(len, its)) > len(table.columns) or not table.insertable(its):
                return None
        return by_table

    def _refusal(self, row: Any) -> str | None:
        """Why a line is not a row of any table; its values are looked at later, all together."""
        if not isinstance(row, list) or not row:
            return "is not a row"
        table = self.tables.get(row[0]) if isinstance(row[0], str) else None
        if table is None:
            return "names no table that a run adds to"
        return None if len(row) <= len(table.columns) + 1 else f"has {len(row) - 1} columns"

    def _put_aside(self, unread: list[_Unread]) -> None:
        with self._aside.open("ab") as file:
            file.writelines(each.line + b"\n" for each in unread)
        if not self._example:
            first = unread[0]
            with self.path.open("rb") as file:
                number = file.read(first.start).count(b"\n") + 1
            self._example = f"{self.path}:{number}: cannot be read as a row ({first.reason})"
        values = [*self.key, len(unread), unread[0].reason, str(self._aside)]
        self.connection.execute("INSERT INTO unread_rows VALUES (?, ?, ?, ?, ?)", values)


@frozen
class _Unread:
    """A line that is not a row, with the byte that it starts at."""

    line: bytes
    start: int
    reason: str


def _unread(lines: list[bytes], reasons: dict[int, str], offset: int) -> list[_Unread]:
    found, start = [], offset
    for place, line in enumerate(lines if reasons else ()):
        if place in reasons:
            found.append(_Unread(line, start, reasons[place]))
        start += len(line) + 1
    return found


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


def _parsed(lines: list[bytes]) -> list[Any]:
    """What the lines say, None for a line that is not JSON."""
    try:
        return [orjson.loads(line) for line in lines]
    except orjson.JSONDecodeError:
        return [_loaded(line) for line in lines]


def _loaded(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _is_header(row: Any) -> bool:
    """``["spool", version, evalkit's version]``; in an exported file the number of its rows follows."""
    is_long = isinstance(row, list) and len(row) in (3, 4)
    return is_long and row[0] == "spool" and type(row[1]) is int and row[1] > 0


def _version(header: bytes) -> int:
    row = _loaded(header)
    return int(row[1]) if _is_header(row) else SCHEMA_VERSION


def insert(connection: Connection, table: Table, rows: list[list[Any]]) -> bool:
    """Whether there was anything new in the rows."""
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
        places = list(map(table.columns.index, key))
        first: dict[tuple[Any, ...], list[Any]] = {}
        for row in rows:
            first.setdefault(tuple([row[place] for place in places]), row)
        known = _known(connection, table, key, list(first))
        rows = [row for values, row in first.items() if values not in known]
    if rows:
        table.insert(connection, rows)
    return bool(rows)


def _known(
    connection: Connection, table: Table, key: tuple[str, ...], wanted: list[tuple[Any, ...]]
) -> set[tuple[Any, ...]]:
    """Which of the keys the table has: asked for those alone, as it may have a hundred thousand. One that is
    empty, as in each new store, is not asked for ten thousand."""
    if connection.execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchone() is None:
        return set()
    columns = ", ".join(f"unnest(?::VARCHAR[]) AS {name}" for name in key)
    same = " AND ".join(f"{table.name}.{name} IS NOT DISTINCT FROM wanted.{name}" for name in key)
    names = ", ".join(f"{table.name}.{name}" for name in key)
    found = connection.execute(
        f"SELECT DISTINCT {names} FROM {table.name} JOIN (SELECT {columns}) AS wanted ON {same}",
        list(map(list, zip(*wanted, strict=True))),
    )
    return set(found.fetchall())
