"""A lock file that the operating system releases when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int, is_blocking: bool) -> None:
        msvcrt.locking(fd, msvcrt.LK_LOCK if is_blocking else msvcrt.LK_NBLCK, 1)

    def _unlock(fd: int) -> None:
        os.close(fd)
else:
    import fcntl

    def _lock(fd: int, is_blocking: bool) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if is_blocking else fcntl.LOCK_NB))

    def _unlock(fd: int) -> None:
        # Closing alone would leave it to a child that another thread is just starting.
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)
        os.close(fd)


#: Somebody holds it (Windows has words of its own for that), or its file was deleted meanwhile.
_TAKEN = {errno.EAGAIN, errno.EACCES, errno.EDEADLK, errno.ENOENT}


class LockFile:
    """An exclusive lock on ``path``. Held by one open file of one process; the content means nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def acquire(self) -> None:
        """Wait for the lock. Raises OSError when the file cannot be made."""
        while not self._try(is_blocking=True):
            pass

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it."""
        return self._try(is_blocking=False)

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        if self._fd is not None:
            _unlock(self._fd)
            self._fd = None

    def _try(self, *, is_blocking: bool) -> bool:
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(fd, is_blocking)
            # Whoever held it before may have deleted the file: a lock on a nameless file guards nothing.
            if self.path.exists() and os.path.samestat(os.fstat(fd), os.stat(self.path)):
                self._fd = fd
                return True
        except OSError as error:
            if error.errno not in _TAKEN:
                os.close(fd)
                raise
        _unlock(fd)
        return False
