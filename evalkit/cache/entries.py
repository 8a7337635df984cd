"""Looking into the response cache: what it holds, and why an answer was not found."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from evalkit.cache import entry as cache_entry
from evalkit.cache.file import FILE_NAME, open_file
from evalkit.core.response import Response
from evalkit.errors import UsageError

_SELECT = """SELECT key, value, stored_at, sample_id, repeat, input_digest, text
    FROM responses LEFT JOIN identities ON digest = substr(key, 1, 8) """


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Entries and bytes of the file; entries by what answered, the most first."""

    path: str
    n_entries: int
    n_bytes: int
    identities: Sequence[tuple[dict[str, Any], int]]


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One answer: ``key`` is hexadecimal, ``stored_at`` seconds since the epoch."""

    key: str
    sample_id: str
    repeat: int
    input_digest: str
    identity: dict[str, Any]
    stored_at: float
    response: Response


def stats(directory: Path) -> CacheStats:
    path = directory / FILE_NAME
    with _opened(directory) as connection:
        if connection is None:
            return CacheStats(str(path), 0, 0, ())
        rows = connection.execute(
            """SELECT text, count(*) FROM responses LEFT JOIN identities ON digest = substr(key, 1, 8)
               GROUP BY substr(key, 1, 8) ORDER BY 2 DESC, 1"""
        ).fetchall()
    counts = [(_identity(text), n) for text, n in rows]
    return CacheStats(str(path), sum(n for _, n in counts), path.stat().st_size, counts)


def explain(directory: Path, what: str) -> list[CacheEntry]:
    """The entries of a sample id, or those whose hexadecimal key starts with ``what``, the newest first."""
    with _opened(directory) as connection:
        if connection is None:
            return []
        rows = connection.execute(
            _SELECT + "WHERE sample_id = ?1 OR hex(key) LIKE ?2 ORDER BY stored_at DESC",
            (what, f"{what.upper()}%" if _is_key(what) else ""),
        ).fetchall()
    return [_entry(row) for row in rows]


def differences(newer: CacheEntry, older: CacheEntry) -> list[str]:
    """Why the two are not one: the identity, the repeat, the input, or other parts of the request."""
    found = [
        f"{name}: {older.identity.get(name)!r} -> {newer.identity.get(name)!r}"
        for name in sorted({*newer.identity, *older.identity})
        if newer.identity.get(name) != older.identity.get(name)
    ]
    if newer.repeat != older.repeat:
        found.append(f"repeat: {older.repeat} -> {newer.repeat}")
    if newer.input_digest != older.input_digest:
        found.append("the rendered input (the sample or the prompt changed)")
    is_request_other = newer.key[16:] != older.key[16:]
    rest = "the choices, the generation parameters, tools or the response format"
    return found or ([rest] if is_request_other else [])


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


def _entry(row: tuple[Any, ...]) -> CacheEntry:
    key, value, stored_at, sample_id, repeat, digest, text = row
    try:
        response = cache_entry.load(value)
    except ValueError as error:
        response = Response(error=f"{error} (it will be asked for again)", is_cached=True)
    return CacheEntry(
        bytes(key).hex(), sample_id, repeat, bytes(digest or b"").hex(), _identity(text), stored_at, response
    )


def _identity(text: Any) -> dict[str, Any]:
    try:
        found = orjson.loads(text or "{}")
    except (ValueError, TypeError):
        found = None
    return found if isinstance(found, dict) else {"damaged": str(text)}
