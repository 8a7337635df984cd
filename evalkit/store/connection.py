"""Opening the database file: waiting for its lock, and saying clearly why it cannot be opened."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import duckdb

from evalkit.errors import StoreError, StoreLockedError

Connection = duckdb.DuckDBPyConnection

_HOLDER = re.compile(r"PID (\d+)")
_REFUSED = re.compile(r'Cannot open file ".*": (Read-only file system|Permission denied)')
_HERE = "different configuration than existing connections"  # open in this process, in another mode
_MAGIC = b"DUCK"
_OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def connect(path: Path, *, is_read_only: bool, timeout_s: float, is_sealed: bool = False) -> Connection:
    """Open ``path``, waiting up to ``timeout_s`` while another process holds it.

    ``is_sealed`` also keeps queries from other files and the network. Raises StoreLockedError with the
    holder's process id, StoreError for a file that is no DuckDB database or a folder that cannot be used.
    """
    config: dict[str, str | bool | int | float | list[str]] = {**_OFFLINE}
    if is_sealed:
        config["enable_external_access"] = False
    give_up_at = time.monotonic() + timeout_s
    wait_s = 0.02
    while True:
        try:
            return duckdb.connect(str(path), read_only=is_read_only, config=config)
        except duckdb.Error as error:
            if not _is_locked(error):
                raise _unusable(path, error) from None
            if time.monotonic() + wait_s > give_up_at:
                raise _locked(path, error, timeout_s) from None
        time.sleep(wait_s * random.uniform(0.5, 1.0))  # so that two who wait do not meet again
        wait_s = min(wait_s * 1.5, 0.5)


def _is_locked(error: duckdb.Error) -> bool:
    text = str(error)
    return any(sign in text for sign in ("lock on file", "being used by another process", _HERE))


def _locked(path: Path, error: duckdb.Error, timeout_s: float) -> StoreLockedError:
    holder = _HOLDER.search(str(error))
    who = f"process {holder[1]}" if holder else "this process" if _HERE in str(error) else "another process"
    return StoreLockedError(
        f"{who} holds the store; waited {timeout_s:g} s",
        where=str(path),
        mend=f"end {who} or wait for it, then try again",
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
            mend="name another file with --store / --llm-store",
        )
    if not is_database:
        return StoreError(
            "is no DuckDB database", where=str(path), mend="name another file, or move this one away"
        )
    line = str(error).splitlines()[0]
    refused = _REFUSED.search(line)
    if refused:
        return StoreError(
            f"cannot be written: {refused[1]}",
            where=str(path),
            mend="name another store with --store / --llm-store",
        )
    return StoreError(
        f"cannot be opened as a DuckDB database: {line}",
        where=str(path),
        mend="name another file, or upgrade duckdb if a newer one wrote it",
    )
