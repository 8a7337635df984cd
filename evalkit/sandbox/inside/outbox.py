"""What is to be sent and cannot be sent yet: a writer that never waits for its reader."""

from __future__ import annotations

import os
import selectors
import socket
from array import array
from collections import deque
from collections.abc import Sequence


class Outbox:
    """Sends in order, as much as the reader takes; the rest when ``selector`` says that it takes more.

    A reader that is gone gets nothing more; whoever reads from it notices that.
    """

    def __init__(self, to: socket.socket | int, selector: selectors.BaseSelector) -> None:
        self._to = to
        self._selector = selector
        self._waiting: deque[tuple[memoryview, list[int]]] = deque()
        #: A copy of the descriptor while it is watched: what is read from the same socket is not ours.
        self._watched = -1
        if isinstance(to, int):
            os.set_blocking(to, False)

    def send(self, data: bytes, fds: Sequence[int] = ()) -> None:
        """Send ``data``, and ``fds`` with its first byte; the caller may close its own at once."""
        left = memoryview(data) if self._waiting else self._taken(memoryview(data), fds)
        if left:
            has_sent_them = len(left) < len(data)
            self._waiting.append((left, [] if has_sent_them else [os.dup(fd) for fd in fds]))
            self._watch()

    def flush(self) -> None:
        """Send what the reader takes by now."""
        while self._waiting:
            data, fds = self._waiting[0]
            left = self._taken(data, fds)
            if len(left) == len(data):
                return
            self._close(fds)
            self._waiting[0] = (left, [])
            if left:
                return
            self._waiting.popleft()
        self._unwatch()

    def close(self) -> None:
        """Forget what was not sent."""
        while self._waiting:
            self._close(self._waiting.popleft()[1])
        self._unwatch()

    def _taken(self, data: memoryview, fds: Sequence[int]) -> memoryview:
        """What is left of ``data`` once the reader took what it can; nothing where there is none any more."""
        try:
            while data:
                if isinstance(self._to, int):
                    n = os.write(self._to, data)
                else:  # Not socket.send_fds: Python 3.11 forgets its flags.
                    n = self._to.sendmsg([data], _rights(fds), socket.MSG_DONTWAIT)
                data, fds = data[n:], ()
        except BlockingIOError:
            return data
        except OSError:
            return data[:0]
        return data

    def _watch(self) -> None:
        if self._watched < 0:
            self._watched = os.dup(self._to if isinstance(self._to, int) else self._to.fileno())
            self._selector.register(self._watched, selectors.EVENT_WRITE, self.flush)

    def _unwatch(self) -> None:
        if self._watched >= 0:
            self._selector.unregister(self._watched)
            os.close(self._watched)
            self._watched = -1

    @staticmethod
    def _close(fds: Sequence[int]) -> None:
        for fd in fds:
            os.close(fd)


def _rights(fds: Sequence[int]) -> list[tuple[int, int, array[int]]]:
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", fds))] if fds else []
