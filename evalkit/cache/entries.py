"""Looking into the response cache: what it holds, and why an answer was not found."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evalkit.cache import entry as cache_entry
from evalkit.cache.differences import Key
from evalkit.cache.entry import IDENTITY_BYTES
from evalkit.cache.file import FILE_NAME, open_file
from evalkit.cache.parts import INPUT_BYTES, Parts, split_about
from evalkit.core.response import Response
from evalkit.errors import UsageError

_SELECT = """SELECT responses.key, value, stored_at, sample_id, repeat, input_digest, identities.text, {input}
    FROM responses LEFT JOIN identities ON digest = substr(responses.key, 1, 8) {join} """


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Entries and bytes of the file; entries by what answered, the most first."""

    path: str
    n_entries: int
    n_bytes: int
    identities: Sequence[tuple[dict[str, Any], int]]


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One answer.

    Attributes:
        key: hexadecimal; ``parts`` of it are None where an older evalkit kept it.
        stored_at: seconds since the epoch.
        options: what all requests of its task share (``parts.options_text``), None where that is not known.
        text: the rendered input of an entry that was imported with it, else None: the store has it.
    """

    key: str
    sample_id: str
    repeat: int
    input_digest: str
    identity: dict[str, Any]
    stored_at: float
    response: Response
    parts: Parts | None = None
    options: dict[str, Any] | None = None
    text: str | None = None

    @property
    def model_digest(self) -> str:
        """What its identity is found by, hexadecimal."""
        return self.key[: 2 * IDENTITY_BYTES]

    def taken_apart(self, text: str | None = None) -> Key:
        """What it was found by; ``text`` is its rendered input where that is known."""
        return Key(
            self.sample_id, self.repeat, self.identity, self.key[2 * IDENTITY_BYTES :], self.input_digest,
            self.parts, self.options, self.text if text is None else text,
        )  # fmt: skip


def stats(directory: Path) -> CacheStats:
    path = directory / FILE_NAME
    with _opened(directory) as connection:
        if connection is None:
            return CacheStats(str(path), 0, 0, ())
        rows = connection.execute(
            """SELECT text, count(*) FROM responses LEFT JOIN identities ON digest = substr(key, 1, 8)
               GROUP BY substr(key, 1, 8) ORDER BY 2 DESC, 1"""
        ).fetchall()
    counts = [(_object(text), n) for text, n in rows]
    return CacheStats(str(path), sum(n for _, n in counts), path.stat().st_size, counts)


def entries_of(directory: Path, what: str) -> list[CacheEntry]:
    """The entries of a sample id, or those whose hexadecimal key starts with ``what``, the newest first."""
    key = f"{what.upper()}%" if _is_key(what) else ""
    return _select(directory, "WHERE sample_id = ?1 OR hex(responses.key) LIKE ?2", (what, key))


def entries_near(directory: Path, sample_id: str, digest: bytes) -> list[CacheEntry]:
    """The entries of a sample id, and those of the same rendered input (``parts.input_digest``), the newest
    first."""
    where = f"WHERE sample_id = ?1 OR substr(input_digest, 1, {INPUT_BYTES}) = ?2"
    return _select(directory, where, (sample_id, digest))


def read_all(directory: Path) -> Iterator[tuple[CacheEntry, bytes]]:
    """Every sound entry with its response as it is kept, by sample, repeat and key."""
    for entry, value in _rows(directory, "ORDER BY sample_id, repeat, responses.key", ()):
        if entry.response.error is None:
            yield entry, value


def _select(directory: Path, where: str, values: tuple[Any, ...]) -> list[CacheEntry]:
    return [entry for entry, _ in _rows(directory, f"{where} ORDER BY stored_at DESC", values)]


def _rows(directory: Path, rest: str, values: tuple[Any, ...]) -> Iterator[tuple[CacheEntry, bytes]]:
    with _opened(directory) as connection:
        if connection is None:
            return
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        has_inputs = "inputs" in tables
        select = _SELECT.format(
            input="inputs.text" if has_inputs else "NULL",
            join="LEFT JOIN inputs ON inputs.key = responses.key" if has_inputs else "",
        )
        options = dict(connection.execute("SELECT digest, text FROM options")) if "options" in tables else {}
        try:
            rows = connection.execute(f"{select} {rest}", values)
        except UnicodeEncodeError:  # half a character is in no text that is stored
            return
        for row in rows:
            yield _entry(row, options), bytes(row[1])


def clear(directory: Path, *, older_than_s: float | None = None, text: str | None = None) -> int:
    """Remove entries, all or those that are older and whose identity contains ``text``; returns how many."""
    if not (directory / FILE_NAME).exists():
        return 0
    with _opened(directory, is_read_only=False) as connection:
        assert connection is not None
        before = time.time() - older_than_s if older_than_s is not None else None
        n = connection.execute(
            """DELETE FROM responses WHERE (?1 IS NULL OR stored_at < ?1)
               AND (?2 IS NULL OR substr(key, 1, 8) IN (
                   SELECT digest FROM identities WHERE instr(identities.text, ?2)))""",
            (before, text),
        ).rowcount
        connection.execute("DELETE FROM inputs WHERE key NOT IN (SELECT key FROM responses)")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return n


@contextlib.contextmanager
def _opened(directory: Path, *, is_read_only: bool = True) -> Iterator[sqlite3.Connection | None]:
    connection = open_file(directory / FILE_NAME, is_read_only=is_read_only)
    try:
        yield connection
    except sqlite3.Error as error:
        raise UsageError(
            f"the response cache cannot be used: {error}", where=str(directory / FILE_NAME), hint="try again"
        ) from None
    finally:
        if connection is not None:
            connection.close()


def _is_key(what: str) -> bool:
    return len(what) >= 4 and all(char in "0123456789abcdefABCDEF" for char in what)


def _entry(row: tuple[Any, ...], options: Mapping[bytes, str]) -> CacheEntry:
    key, value, stored_at, sample_id, repeat, about, identity, text = row
    try:
        response = cache_entry.load(value)
    except ValueError as error:
        response = Response(error=f"{error} (it will be asked for again)", is_cached=True)
    digest, parts = split_about(bytes(about or b""))
    known = options.get(parts.options) if parts is not None else None
    return CacheEntry(
        bytes(key).hex(), sample_id, repeat, digest.hex(), _object(identity), stored_at, response, parts,
        None if known is None else _object(known), text,
    )  # fmt: skip


def _object(text: Any) -> dict[str, Any]:
    try:
        found = orjson.loads(text or "{}")
    except (ValueError, TypeError):
        found = None
    return found if isinstance(found, dict) else {"damaged": str(text)}
