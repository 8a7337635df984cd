"""The SQLite file behind the response cache: made, opened, and moved aside when it is broken."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from evalkit.core.text import inert
from evalkit.errors import UsageError

FILE_NAME = "responses.sqlite"
FORMAT = 1

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS responses (
    key BLOB PRIMARY KEY,    -- identity digest, then request digest
    value BLOB NOT NULL,     -- the response as JSON
    stored_at REAL NOT NULL, -- seconds since the epoch
    sample_id TEXT, repeat INTEGER,
    input_digest BLOB        -- 8 bytes; behind them the parts of the key, where they were noted (parts.py)
);
CREATE TABLE IF NOT EXISTS identities (digest BLOB PRIMARY KEY, text TEXT NOT NULL);
-- What many keys have in common, for people; evalkits that know nothing of it read and write the rest.
CREATE TABLE IF NOT EXISTS options (digest BLOB PRIMARY KEY, text TEXT NOT NULL);
-- Inputs that came with imported entries: those that were asked here stand in the store.
CREATE TABLE IF NOT EXISTS inputs (key BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {FORMAT};
COMMIT;
"""


#: Device and number of a file.
FileId = tuple[int, int] | None


class BrokenFileError(Exception):
    """The file is not a SQLite database, is damaged, or was written by another version of the cache."""


def open_file(path: Path, *, is_read_only: bool) -> sqlite3.Connection | None:
    """Open the cache, making it when need be; None for a missing file that is only to be read.

    A broken file is moved aside with a warning and a new one begun. Raises UsageError for a folder that
    cannot be used.
    """
    if is_read_only and not path.exists():
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_read_only:
            return _open(path, is_read_only)
        with _alone(path):
            return _open_or_begin(path)
    except BrokenFileError as error:
        set_aside(path, error)
        return None
    except (OSError, sqlite3.OperationalError) as error:
        raise UsageError(
            f"the response cache cannot be opened: {error}",
            where=str(path),
            hint="make the folder writable, or switch the cache off: --llm-cache=off",
        ) from None


def begin_anew(path: Path, error: Exception, opened: FileId) -> sqlite3.Connection | None:
    """Open the cache again after ``error`` showed that the file ``opened`` is damaged, which is moved aside
    unless another process has done so. Raises as ``open_file``.
    """
    try:
        with _alone(path):
            if file_id(path) == opened:
                set_aside(path, error)
    except sqlite3.OperationalError:  # It cannot even be locked: what opens it says why.
        pass
    return open_file(path, is_read_only=False)


def close_file(path: Path, connection: sqlite3.Connection) -> None:
    """Close what ``open_file`` opened for writing. The last one to close folds the log away, and who comes to
    open it meanwhile would be refused."""
    with contextlib.suppress(sqlite3.OperationalError), _alone(path):
        connection.close()
    connection.close()


def file_id(path: Path) -> FileId:
    """What tells one file of that name from the next; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process makes, replaces, opens or closes the cache: in the middle of these SQLite
    refuses others at once, whatever patience they have. Raises sqlite3.OperationalError."""
    lock = sqlite3.connect(path.with_name(f"{path.name}.lock"), timeout=60.0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        lock.close()


def _open_or_begin(path: Path) -> sqlite3.Connection:
    try:
        return _open(path, False)
    except BrokenFileError as error:
        set_aside(path, error)
        return _open(path, False)


def set_aside(path: Path, error: Exception) -> None:
    """Rename a broken file, so that nothing is lost and the session goes on."""
    aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
    with contextlib.suppress(FileNotFoundError):  # another process was first
        path.rename(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    now = f"it is now {aside.name}, and a new one begins"
    warnings.warn(inert(f"the response cache {path} cannot be read ({error}); {now}"), stacklevel=2)


def _open(path: Path, is_read_only: bool) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if is_read_only else 'rwc'}"
    connection = sqlite3.connect(uri, uri=True, timeout=10.0, isolation_level=None, check_same_thread=False)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        is_new = not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        if not is_new and version != FORMAT:
            raise BrokenFileError(f"format {version}, not {FORMAT}")
        if not is_read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -32000")
            # Copying the log back into the file now and then costs more than a log of up to 40 MB.
            connection.execute("PRAGMA wal_autocheckpoint = 10000")
            connection.executescript(_SCHEMA)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError as error:
        connection.close()
        raise BrokenFileError(str(error)) from None
    except BrokenFileError:
        connection.close()
        raise
    return connection
