"""Opening the database file: waiting for its lock, and saying clearly why it cannot be opened."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb

from evalkit.errors import StoreError, StoreLockedError

Connection = duckdb.DuckDBPyConnection

_HOLDER = re.compile(r"PID (\d+)")
_REFUSED = re.compile(r'Cannot open file ".*": (Read-only file system|Permission denied)')
_FULL = re.compile(r"No space left[\w ]*|File too large|Disk quota exceeded", re.IGNORECASE)
_HERE = "different configuration than existing connections"  # open in this process, in another mode
_MAGIC = b"DUCK"
_OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def connect(
    path: Path,
    *,
    is_read_only: bool,
    timeout_s: float,
    is_sealed: bool = False,
    config: Mapping[str, str] = MappingProxyType({}),
) -> Connection:
    """Open ``path`` with settings of DuckDB's, waiting up to ``timeout_s`` while another process holds it.

    ``is_sealed`` also keeps queries from other files and the network. Raises StoreLockedError with the
    holder's process id, StoreError for a file that is not a DuckDB database or a folder that cannot be used.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {**_OFFLINE, **config}
    if is_sealed:
        settings["enable_external_access"] = False
    give_up_at = time.monotonic() + timeout_s
    wait_s = 0.02
    while True:
        try:
            return duckdb.connect(str(path), read_only=is_read_only, config=settings)
        except duckdb.Error as error:
            if not _is_locked(error):
                raise _unusable(path, error) from None
            if time.monotonic() + wait_s > give_up_at:
                raise _locked(path, error, timeout_s) from None
        time.sleep(wait_s * random.uniform(0.5, 1.0))  # so that two who wait do not meet again
        wait_s = min(wait_s * 1.5, 0.5)


def broken(path: Path, error: Exception) -> StoreError:
    """What DuckDB or the disk did not do, as the one error that a user sees."""
    line = getattr(error, "strerror", None) or next(iter(str(error).splitlines()), type(error).__name__)
    full = _FULL.search(str(error))
    hint = "free some space; results are kept beside the store until then" if full else None
    return StoreError(f"cannot be written: {full[0] if full else line}", where=str(path), hint=hint)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Around writing: what goes wrong in it is a StoreError."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise broken(path, error) from None


def _is_locked(error: duckdb.Error) -> bool:
    text = str(error)
    return any(sign in text for sign in ("lock on file", "being used by another process", _HERE))


def locked_here(path: Path, timeout_s: float) -> StoreLockedError:
    """Another thread of this process writes into the store."""
    return _locked_by("this process", path, timeout_s)


def _locked(path: Path, error: duckdb.Error, timeout_s: float) -> StoreLockedError:
    holder = _HOLDER.search(str(error))
    who = f"process {holder[1]}" if holder else "this process" if _HERE in str(error) else "another process"
    return _locked_by(who, path, timeout_s)


def _locked_by(who: str, path: Path, timeout_s: float) -> StoreLockedError:
    return StoreLockedError(
        f"{who} holds the store; waited {timeout_s:g} s",
        where=str(path),
        hint=f"end {who} or wait for it, then try again",
    )


def _unusable(path: Path, error: duckdb.Error) -> StoreError:
    # Only now is the file looked at: closing it again would give up the lock of a connection of this process.
    try:
        with path.open("rb") as file:
            is_database = file.read(12)[8:] == _MAGIC
    except OSError as cause:
        return StoreError(
            f"cannot be opened: {cause.strerror}",
            where=str(path),
            hint="name another file with --store / --llm-store",
        )
    if not is_database:
        return StoreError(
            "is not a DuckDB database", where=str(path), hint="name another file, or move this one away"
        )
    line = next(iter(str(error).splitlines()), type(error).__name__)
    if _FULL.search(line):
        return broken(path, error)
    refused = _REFUSED.search(line)
    if refused:
        return StoreError(
            f"cannot be written: {refused[1]}",
            where=str(path),
            hint="name another store with --store / --llm-store",
        )
    return StoreError(
        f"cannot be opened as a DuckDB database: {line}",
        where=str(path),
        hint="name another file, or upgrade duckdb if a newer one wrote it",
    )
