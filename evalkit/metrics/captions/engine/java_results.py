"""What Java programs computed before, kept in the user's cache so that nothing is computed twice."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evalkit.downloads.cache_dir import cache_dir

if TYPE_CHECKING:
    import sqlite3

_BATCH = 500


class JavaResults:
    """Results of one program by what it was given; shared by processes.

    A cache: a folder that cannot be written or a file that is broken costs time and never an answer. Within
    one object all results are remembered, kept or not.

    Args:
        program: name of the file, with the digest of what computes: another jar has another file.
    """

    def __init__(self, program: str) -> None:
        self.path = cache_dir() / "java" / f"{program}.sqlite"
        self._known: dict[bytes, Any] = {}

    def known(self, texts: Sequence[Sequence[str]]) -> dict[int, Any]:
        """Position in ``texts`` to result, where there is one."""
        keys = [_key(parts) for parts in texts]
        missing = list({key for key in keys if key not in self._known})
        with self._connection(is_read_only=True) as connection:
            for start in range(0, len(missing) if connection else 0, _BATCH):
                self._known.update(_select(connection, missing[start : start + _BATCH]))
        return {i: self._known[key] for i, key in enumerate(keys) if key in self._known}

    def keep(self, results: Mapping[tuple[str, ...], Any]) -> None:
        """Remember results by the texts that they were computed from."""
        found = {_key(parts): value for parts, value in results.items()}
        self._known.update(found)
        rows = [(key, json.dumps(value, ensure_ascii=False)) for key, value in found.items()]
        with self._connection(is_read_only=False) as connection:
            if connection:
                connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?)", rows)

    @contextlib.contextmanager
    def _connection(self, *, is_read_only: bool) -> Iterator[sqlite3.Connection | None]:
        """An open transaction, or None where the file cannot be used; an error in the block ends it."""
        import sqlite3

        connection = None
        with contextlib.suppress(OSError, sqlite3.Error):
            if not is_read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            mode = "ro" if is_read_only else "rwc"
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode={mode}", 10.0, uri=True)
            if not is_read_only:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS results (key BLOB PRIMARY KEY, value TEXT NOT NULL)"
                )
        try:
            with contextlib.suppress(sqlite3.Error):
                yield connection
                if connection:
                    connection.commit()
        finally:
            if connection:
                connection.close()


def _key(parts: Sequence[str]) -> bytes:
    # JSON marks where one text ends and the next begins.
    text = json.dumps(list(parts), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _select(connection: sqlite3.Connection | None, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Any]]:
    assert connection is not None
    marks = ",".join("?" * len(keys))
    rows = connection.execute(f"SELECT key, value FROM results WHERE key IN ({marks})", keys)
    for key, value in rows:
        with contextlib.suppress(json.JSONDecodeError):
            yield key, json.loads(value)
