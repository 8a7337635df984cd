"""Reading an exported cache: nothing in it is believed before it was looked at, and nothing of it is run.

A file is read line by line, each with a bound on its length, into a table beside the cache; only when every
line is sound does the cache get them, and what it holds already stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import orjson

from evalkit.cache import entry as cache_entry
from evalkit.cache.export import FORM, check_suffix
from evalkit.cache.file import FILE_NAME, close_file, open_file
from evalkit.cache.parts import INPUT_BYTES, Parts, input_digest, options_digest
from evalkit.core.canonical import canonical_json
from evalkit.core.text import encodable, shown
from evalkit.errors import UsageError
from evalkit.files.reading import open_text

#: Characters of a line: one answer with its input. JSON takes some ten times its length in memory.
MOST_CHARS = 16 << 20
_MOST_REPEATS = 2**31
_LATEST_S = 2.2e11
_KEY_BYTES = cache_entry.IDENTITY_BYTES + cache_entry.REQUEST_BYTES

_COMING = """
CREATE TEMP TABLE coming (key BLOB PRIMARY KEY, value BLOB, stored_at REAL, sample_id TEXT, repeat INTEGER,
    input_digest BLOB, input TEXT);
CREATE TEMP TABLE coming_identities (digest BLOB PRIMARY KEY, text TEXT);
CREATE TEMP TABLE coming_options (digest BLOB PRIMARY KEY, text TEXT);
"""
_MERGE = """
INSERT OR IGNORE INTO identities SELECT digest, text FROM coming_identities;
INSERT OR IGNORE INTO options SELECT digest, text FROM coming_options;
INSERT OR IGNORE INTO inputs SELECT key, input FROM coming
    WHERE input IS NOT NULL AND key NOT IN (SELECT key FROM responses);
INSERT OR IGNORE INTO responses
    SELECT key, value, stored_at, sample_id, repeat, input_digest FROM coming ORDER BY rowid;
"""


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import came to.

    Attributes:
        n_new: entries that the cache did not have.
        n_known: entries that it has with the same answer.
        n_other: entries that it has with another answer, which stays.
    """

    n_new: int
    n_known: int
    n_other: int


def read_file(directory: Path, path: Path) -> Merged:
    """Merge an exported file into the cache in ``directory``.

    Raises UsageError at the first line that is not sound; the cache is then as it was.
    """
    check_suffix(path)
    file = directory / FILE_NAME
    connection = open_file(file, is_read_only=False)
    assert connection is not None
    try:
        connection.executescript(_COMING)
        connection.execute("BEGIN")
        _Reader(connection, path).read()
        connection.execute("COMMIT")
        return _merge(connection)
    except sqlite3.Error as error:
        raise UsageError(f"the response cache cannot be written: {error}", where=str(file)) from None
    finally:
        close_file(file, connection)


def _merge(connection: sqlite3.Connection) -> Merged:
    """The lock is held for no longer than the copying takes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        n, n_known, n_other = connection.execute(
            """SELECT count(*), count(responses.key) FILTER (WHERE responses.value = coming.value),
                   count(responses.key) FILTER (WHERE responses.value <> coming.value)
               FROM coming LEFT JOIN responses USING (key)"""
        ).fetchone()
        for statement in filter(str.strip, _MERGE.split(";")):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return Merged(n - n_known - n_other, n_known, n_other)


class _Reader:
    """Reads one file into the temporary tables."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._models: set[bytes] = set()
        self._kinds: Mapping[str, Callable[[dict[str, Any]], None]] = {
            "model": self._model,
            "options": self._options,
            "entry": self._entry,
        }

    def read(self) -> None:
        number = 0
        try:
            for number, line in self._lines():
                self._line(number, line)
        except FileNotFoundError:
            raise UsageError("there is no such file", where=str(self._path)) from None
        except (ValueError, OSError, EOFError) as error:
            where = f"{self._path}:{number}" if number else str(self._path)
            raise UsageError(
                f"not a valid export: {error}", where=where, hint="nothing was imported"
            ) from None
        if number == 0:
            raise UsageError(
                "the file is empty", where=str(self._path), hint="write it with evalkit cache export"
            )

    def _lines(self) -> Iterator[tuple[int, str]]:
        with open_text(self._path, "utf-8", newline="\n") as stream:
            number = 0
            while True:
                number += 1
                try:
                    line = stream.readline(MOST_CHARS + 1)
                except (UnicodeError, OSError, EOFError) as error:
                    raise UsageError(
                        f"not a valid export: {error}",
                        where=f"{self._path}:{number}",
                        hint="nothing was imported",
                    ) from None
                if not line:
                    return
                yield number, line

    def _line(self, number: int, line: str) -> None:
        if len(line) > MOST_CHARS:
            raise ValueError(f"the line has more than {MOST_CHARS:,} characters")
        if not line.endswith("\n"):
            raise ValueError("the line does not end: the file was cut off")
        value = orjson.loads(line)
        if not isinstance(value, dict):
            raise ValueError("the line is not a JSON object")
        if number == 1:
            if value != {"evalkit_cache": FORM}:
                raise ValueError(f'the first line is not {{"evalkit_cache": {FORM}}}, that of this evalkit')
            return
        kind = next((name for name in self._kinds if name in value), None)
        if kind is None:
            raise ValueError(f"the line is of an unknown kind: {shown(value)}")
        self._kinds[kind](value)

    def _model(self, line: dict[str, Any]) -> None:
        _only(line, "model", "identity")
        if not isinstance(line["identity"], dict):
            raise ValueError("the identity is not an object")
        text = cache_entry.identity_text(line["identity"])
        digest = cache_entry.identity_digest(text)
        if digest != _bytes(line["model"], cache_entry.IDENTITY_BYTES):
            raise ValueError("the identity is not the one that its digest names")
        self._models.add(digest)
        self._put("coming_identities", digest, text.decode())

    def _options(self, line: dict[str, Any]) -> None:
        _only(line, "options", "value")
        text = canonical_json(line["value"])
        digest = options_digest(text)
        if digest != _bytes(line["options"], len(digest)):
            raise ValueError("the options are not those that their digest names")
        self._put("coming_options", digest, text.decode())

    def _entry(self, line: dict[str, Any]) -> None:
        _only(line, "entry", "sample_id", "repeat", "stored_at", "input_digest", "response", "parts", "input")
        key = _bytes(line["entry"], _KEY_BYTES)
        if key[: cache_entry.IDENTITY_BYTES] not in self._models:
            raise ValueError("the entry is one of a model that no line above names")
        digest = _bytes(line.get("input_digest"), INPUT_BYTES)
        text = line.get("input")
        if text is not None and (not isinstance(text, str) or input_digest(text) != digest):
            raise ValueError("the input is not the one that its digest names")
        parts = canonical_json(line["parts"]) if "parts" in line else b""
        if parts:
            Parts.load(parts)
        value = cache_entry.of_object(line.get("response"))
        self._put(
            "coming", key, value, _moment(line.get("stored_at")), _name(line.get("sample_id")),
            _repeat(line.get("repeat")), digest + parts, text,
        )  # fmt: skip

    def _put(self, table: str, *values: Any) -> None:
        try:
            self._connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        except sqlite3.IntegrityError:
            raise ValueError(f"{bytes(values[0]).hex()} appears twice") from None


def _only(line: dict[str, Any], *known: str) -> None:
    unknown = next((name for name in line if name not in known), None)
    if unknown is not None:
        raise ValueError(f"unknown field {shown(unknown)}")


def _bytes(value: Any, n: int) -> bytes:
    if not isinstance(value, str) or len(value) != 2 * n:
        raise ValueError(f"{shown(value)} is not {2 * n} hexadecimal digits")
    return bytes.fromhex(value)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"sample_id {shown(value)} is not a text")
    return encodable(value)


def _repeat(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST_REPEATS:
        raise ValueError(f"repeat {shown(value)} is not a whole number >= 0")
    return value


def _moment(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or not 0 <= value <= _LATEST_S:
        raise ValueError(f"stored_at {shown(value)} is not a time in seconds since 1970")
    return float(value)
