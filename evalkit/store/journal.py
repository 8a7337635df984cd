"""Rows that are on the disk before anybody is told that they were taken.

A journal is a spool (``evalkit.store.spool``) that waits for the disk: any later command folds what a process
that was killed has left.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import orjson

from evalkit.errors import StoreError
from evalkit.store.lock import LockFile
from evalkit.store.rows import Row
from evalkit.store.spool import spool_folder
from evalkit.store.version import SCHEMA_VERSION
from evalkit.version import __version__

#: How long a fold may hold the lock of a journal that it carries over.
_FOLDING_S = 2.0


class Journal:
    """The journal of one name beside a store; use ``Journal.open``. Safe from any thread."""

    def __init__(self, path: Path, lock: LockFile) -> None:
        self.path = path
        self._lock = lock
        self._writing = threading.Lock()
        self._fd: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        self._n_bytes = os.fstat(self._fd).st_size
        self._is_torn = self._n_bytes > 0 and os.pread(self._fd, 1, self._n_bytes - 1) != b"\n"

    @classmethod
    def open(cls, store_path: Path, name: str) -> Journal | None:
        """None where a process that lives has it. Raises StoreError where nothing can be written.

        Args:
            name: ``core.plain_name.is_plain_name`` holds for it.
        """
        folder = spool_folder(Path(store_path)) / name
        lock = LockFile(folder / "main.lock")
        try:
            if not _take(lock, folder):
                return None
            journal = cls(folder / "main.jsonl", lock)
            journal.append([("spool", [SCHEMA_VERSION, __version__])])
            for each in (folder, folder.parent, folder.parent.parent):
                _sync_folder(each)
        except OSError as error:
            lock.release()
            raise _unwritable(folder, error) from None
        return journal

    def append(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Write rows of tables, all or none of them, and wait until the disk has them.

        Raises StoreError where it does not: then nothing of them will be stored.
        """
        lines = [orjson.dumps([table, *row], option=orjson.OPT_APPEND_NEWLINE) for table, row in rows]
        with self._writing:
            self._write(lines)

    def close(self) -> None:
        """Let go of the lock: from now on the journal counts as ended. Safe to call twice."""
        with self._writing:
            if self._fd is not None:
                os.close(self._fd)
                self._fd = None
                self._lock.release()

    def _write(self, lines: Sequence[bytes]) -> None:
        if self._fd is None:
            raise StoreError("the journal is closed", where=str(self.path))
        self._check_there(self._fd)
        rest = (b"\n" if self._is_torn else b"") + b"".join(lines)
        n_bytes = self._n_bytes + len(rest)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
            os.fsync(self._fd)
        except OSError as error:
            self._is_torn = True
            with suppress(OSError):
                os.ftruncate(self._fd, self._n_bytes)
                self._is_torn = False
            raise _unwritable(self.path, error) from None
        self._n_bytes, self._is_torn = n_bytes, False

    def _check_there(self, fd: int) -> None:
        """Raises StoreError where the file that is written to is not what the next fold will read."""
        with suppress(OSError):
            if os.path.samestat(os.fstat(fd), os.stat(self.path)):
                return
        raise StoreError(
            "the journal was deleted or replaced while it was written to",
            where=str(self.path),
            hint="end the command and start it again; leave the folder beside the store alone",
        )


def _take(lock: LockFile, folder: Path) -> bool:
    """Whether the lock is ours now. What an ended process left may be folded meanwhile: that takes its lock,
    and then its folder away."""
    give_up_at = time.monotonic() + _FOLDING_S
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if lock.try_acquire():
                return True
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)


def _sync_folder(folder: Path) -> None:
    """A new file is only there after a power failure where its folder is on the disk."""
    with suppress(OSError):  # Windows opens no folders
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _unwritable(where: Path, error: OSError) -> StoreError:
    return StoreError(
        f"cannot be written: {error.strerror}",
        where=str(where),
        hint="free some space, or make the folder writable",
    )
