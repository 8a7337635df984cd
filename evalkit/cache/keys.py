"""Which keys the cache file holds, in memory: a key that is not there costs no query."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

#: Beyond this many keys (some 100 bytes each) every look-up is a query.
MOST_KEYS = 500_000

#: How often the file is asked whether another process has written, in seconds.
REFRESH_S = 0.5


class KnownKeys:
    """Keys as of the last look; what other processes add is seen at most ``REFRESH_S`` later."""

    def __init__(self) -> None:
        self._keys: set[bytes] = set()
        self._last_row = 0
        self._version = -1
        self._next_look_at = 0.0
        self._is_complete = True

    def may_hold(self, connection: sqlite3.Connection, key: bytes) -> bool:
        """False only if the file does not hold ``key``. Raises sqlite3.Error."""
        if key in self._keys or not self._is_complete:
            return True
        now = time.monotonic()
        if now < self._next_look_at:
            return False
        self._next_look_at = now + REFRESH_S
        self._look(connection)
        return key in self._keys or not self._is_complete

    def add(self, keys: Iterable[bytes]) -> None:
        """Keys that this process has written: its own commits do not change the file's version for it."""
        if self._is_complete:
            self._keys.update(keys)

    def _look(self, connection: sqlite3.Connection) -> None:
        """``data_version`` changes when another connection has committed (https://sqlite.org/pragma.html)."""
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return
        self._version = version
        rows = connection.execute(
            "SELECT rowid, key FROM responses WHERE rowid > ? LIMIT ?", (self._last_row, MOST_KEYS + 1)
        ).fetchall()
        self._keys.update(key for _, key in rows)
        self._last_row = max((row for row, _ in rows), default=self._last_row)
        if len(self._keys) > MOST_KEYS:
            self._is_complete = False
            self._keys.clear()
