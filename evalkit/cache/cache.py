"""Answers that need not be paid for twice: an SQLite file, shared by processes, that lives across them.

An entry is found by everything that can change the answer: the model's ``cache_identity`` and the full
request. What is put is committed when the event loop comes round, before it waits for anything: a kill
repeats at most what was in flight.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.cache import entry as cache_entry
from evalkit.cache.file import FILE_NAME, begin_anew, close_file, file_id, open_file, set_aside
from evalkit.cache.keys import KnownKeys
from evalkit.cache.options import KnownOptions
from evalkit.cache.parts import input_digest, parts_text
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.text import encodable, inert
from evalkit.errors import UsageError, did_you_mean
from evalkit.models.model import READS_SAMPLE

MODES = ("readwrite", "read", "refresh", "off")
COMMIT_EVERY = 32

_GET = "SELECT value FROM responses WHERE key = ?"
_PUT = "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?)"
_SHARED = "INSERT OR IGNORE INTO {} VALUES (?, ?)"


class ResponseCache:
    """Use ``ResponseCache.open``. Safe from several threads; many processes may share a folder."""

    def __init__(self, path: Path, mode: str) -> None:
        self.path = path
        self._is_reading = mode in ("readwrite", "read")
        self._is_writing = mode in ("readwrite", "refresh")
        self._lock = threading.RLock()
        self._pending: dict[bytes, tuple[Any, ...]] = {}
        self._identities: dict[int, tuple[Mapping[str, Any], bytes]] = {}
        self._new_identities: dict[bytes, str] = {}
        self._reading_sample: set[bytes] = set()
        self._options = KnownOptions()
        self._has_warned = False
        self._keys = KnownKeys()
        self._connection: sqlite3.Connection | None = None
        self._file = file_id(path)
        if mode != "off":
            self._connection = open_file(path, is_read_only=not self._is_writing)
            self._file = file_id(path)

    @classmethod
    def open(cls, directory: Path | str, mode: str = "readwrite") -> ResponseCache:
        """Open the cache in ``directory``; ``off`` touches nothing, ``refresh`` asks anew and replaces.

        Raises UsageError on an unknown mode or an unusable folder. A broken file is moved aside with a
        warning.
        """
        if mode not in MODES:
            raise UsageError(f"unknown cache mode {mode!r}", hint=did_you_mean(mode, MODES))
        return cls(Path(directory) / FILE_NAME, mode)

    def key(self, identity: Mapping[str, Any], request: Request) -> bytes:
        """What an answer is found by: 24 bytes. ``identity`` is hashed once and must not change.

        With a true ``reads_sample`` in it, the Sample is part of the key too.
        """
        known = self._identities.get(id(identity))
        if known is None or known[0] is not identity:
            known = self._remember(identity)
        return known[1] + cache_entry.request_digest(request, reads_sample=bool(identity.get(READS_SAMPLE)))

    def get(self, key: bytes) -> Response | None:
        """The answer with ``is_cached`` set and its original latency and cost, or None.

        A damaged entry is none: the answer is asked for, and put in its place.
        """
        value = self._read(key) if self._is_reading else None
        try:
            return None if value is None else cache_entry.load(value)
        except ValueError:
            return None

    def put(self, key: bytes, response: Response, request: Request | None = None) -> None:
        """Keep an answer; errors are never kept.

        Args:
            request: what it answers, so that the parts of the key can be told later.
        """
        if not self._is_writing or response.error is not None or response.output is None:
            return
        with self._lock:
            digest = input_digest(response.input)
            if request is not None:
                digest += self._parts(key, request)
            about = (encodable(response.sample_id), response.repeat, digest)
            self._pending[key] = (key, cache_entry.dump(response), time.time(), *about)
            n_pending = len(self._pending)
        if n_pending == 1:
            self._commit_soon()
        elif n_pending >= COMMIT_EVERY:
            self.commit()

    def commit(self) -> None:
        """Hand what was put to the operating system. Never raises: an answer that cannot be kept is not."""
        with self._lock:
            if not self._pending or self._connection is None:
                return
            rows, self._pending = list(self._pending.values()), {}
            try:
                self._insert(self._connection, rows)
            except sqlite3.OperationalError as error:
                self._warn(f"answers cannot be cached in {self.path}: {error}")
            except sqlite3.DatabaseError as error:
                self._begin_anew(error)
                if self._connection is not None:
                    self._insert(self._connection, rows)

    def close(self) -> None:
        """Commit and let go of the file; safe to call twice."""
        self.commit()
        with self._lock:
            if self._connection is not None and self._is_writing:
                close_file(self.path, self._connection)
            elif self._connection is not None:
                self._connection.close()
            self._connection = None
            self._is_reading = self._is_writing = False

    def _remember(self, identity: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
        text = cache_entry.identity_text(identity)
        digest = cache_entry.identity_digest(text)
        with self._lock:
            if len(self._identities) >= 256:  # somebody makes a new mapping for every call
                self._identities.clear()
            self._new_identities.setdefault(digest, text.decode())
            if identity.get(READS_SAMPLE):
                self._reading_sample.add(digest)
            # The mapping is kept, so that no other object can get its id.
            return self._identities.setdefault(id(identity), (identity, digest))

    def _parts(self, key: bytes, request: Request) -> bytes:
        reads_sample = key[: cache_entry.IDENTITY_BYTES] in self._reading_sample
        return parts_text(request, self._options.digest(request), reads_sample=reads_sample)

    def _read(self, key: bytes) -> bytes | None:
        with self._lock:
            pending = self._pending.get(key)
            if pending is not None:
                return bytes(pending[1])
            if self._connection is None:
                return None
            try:
                if not self._keys.may_hold(self._connection, key):
                    return None
                row = self._connection.execute(_GET, (key,)).fetchone()
            except sqlite3.OperationalError as error:
                self._warn(f"the response cache {self.path} cannot be read: {error}")
                return None
            except sqlite3.DatabaseError as error:
                self._begin_anew(error)
                return None
        return row[0] if row else None

    def _commit_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self.commit)
        except RuntimeError:  # no loop in this thread: nothing comes round
            self.commit()

    def _insert(self, connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            shared = (("identities", self._new_identities), ("options", self._options.new))
            for table, new in shared:
                if new:
                    connection.executemany(_SHARED.format(table), list(new.items()))
            connection.executemany(_PUT, rows)
            connection.execute("COMMIT")
            self._keys.add(row[0] for row in rows)
            for _, new in shared:
                new.clear()
        except sqlite3.Error:
            connection.execute("ROLLBACK")
            raise

    def _begin_anew(self, error: Exception) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        try:
            if self._is_writing:
                self._connection = begin_anew(self.path, error, self._file)
                self._file = file_id(self.path)
            else:
                set_aside(self.path, error)
        except UsageError as unusable:  # the session began with a cache: it goes on without one
            self._warn(str(unusable))

    def _warn(self, text: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(inert(text), stacklevel=3)
