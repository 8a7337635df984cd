"""A store for one use, beside the one of the results, so that sessions find its cache."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evalkit.errors import StoreError
from evalkit.store.lock import LockFile


@contextmanager
def throwaway_store(beside: Path, name: str) -> Iterator[Path]:
    """A path for a store in the folder of ``beside``; nothing of it is left at the end.

    What a process left that was killed goes with the next one of this ``name``: the lock tells who lives.
    Raises StoreError where the folder cannot be written to.
    """
    for path in beside.parent.glob(f"{name}-*.lock"):
        lock = LockFile(path)
        with suppress(OSError):
            if lock.try_acquire():
                _remove(lock)
    lock = LockFile(beside.with_name(f"{name}-{uuid.uuid4().hex[:12]}.lock"))
    try:
        lock.acquire()
    except OSError as error:
        hint = "free some space, or make the folder writable"
        raise StoreError(f"cannot be written: {error.strerror}", where=str(lock.path), hint=hint) from None
    try:
        yield _store_of(lock)
    finally:
        _remove(lock)


def _store_of(lock: LockFile) -> Path:
    return lock.path.with_suffix(".duckdb")


def _remove(lock: LockFile) -> None:
    """The store with its spool and drafts, and then the lock."""
    path = _store_of(lock)
    for each in (*path.parent.glob(f"{path.name}*"), *path.parent.glob(f".{path.name}*")):
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
    lock.path.unlink(missing_ok=True)
    lock.release()
