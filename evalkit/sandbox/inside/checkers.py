"""Warm checkers: a check is trusted, so one process may run one after the other, and forks are saved."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from . import checker, kernel, usage, zygote
from .frames import FrameBuffer
from .jail import Walls, enclose
from .outbox import Outbox

#: Idle checkers that are kept.
_MOST_IDLE = 4
#: Room for the values of a check, in MiB, and for files, in MiB. Its time is watched by the supervisor.
_LIMITS = {"memory_mb": 2048, "file_mb": 1, "cpu_s": 1 << 30}


class CheckerProcess:
    """One checker, seen from the supervisor.

    Attributes:
        sample: what it is judging, or None.
    """

    def __init__(self, orders: socket.socket, pid: int, selector: selectors.BaseSelector) -> None:
        self.orders = orders
        self._outbox = Outbox(orders, selector)
        self.pid = pid
        self.sample: Any = None
        self.is_killed = False
        self._buffer = FrameBuffer()
        self._cpu_s = self._waited_s = 0.0

    def judge(self, request: dict[str, Any], channel: int) -> None:
        """Set it to work; where it is gone, ``read`` says so."""
        self._cpu_s, self._waited_s = usage.cpu_of(self.pid), usage.waited_of(self.pid)
        self._outbox.send(zygote.as_order(request), [channel])

    def read(self) -> bytes | None:
        """A verdict, nothing yet (empty), or None if it is gone."""
        try:
            chunk = self.orders.recv(1 << 16)
        except OSError:
            return None
        return b"".join(self._buffer.feed(chunk)) if chunk else None

    @property
    def cpu_s(self) -> float:
        """Processor time on the sample at hand, in seconds."""
        return max(0.0, usage.cpu_of(self.pid) - self._cpu_s)

    @property
    def waited_s(self) -> float:
        """Seconds for which it was ready to run for the sample at hand and got no processor."""
        return max(0.0, usage.waited_of(self.pid) - self._waited_s)

    @property
    def has_news(self) -> bool:
        """Whether its verdict, or its end, only waits to be read."""
        poll = select.poll()
        poll.register(self.orders, select.POLLIN)
        return bool(poll.poll(0))

    def kill(self) -> None:
        """End it."""
        self.is_killed = True
        os.kill(self.pid, signal.SIGKILL)

    def reap(self) -> int:
        """Its exit code; it has ended, or is about to, or ends here: it has closed its way to us."""
        self._outbox.close()
        self.orders.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Checkers:
    """Those at work and those idle."""

    def __init__(self, walls: Walls, selector: selectors.BaseSelector) -> None:
        self._walls = walls
        self._selector = selector
        self._idle: list[CheckerProcess] = []

    def take(self) -> CheckerProcess | Callable[[], None]:
        """An idle checker, or a new one; in the child that a new one is, what it is to do."""
        if self._idle:
            return self._idle.pop()
        ours, theirs = socket.socketpair()
        pid = kernel.fork()
        if pid == 0:
            return partial(_become, self._walls, theirs.detach())
        theirs.close()
        return CheckerProcess(ours, pid, self._selector)

    def put_back(self, process: CheckerProcess, can_stay: bool) -> None:
        """It is done and can take another, or one too many and ends. One that was killed just when it had its
        verdict, or that ends by itself, must not get another sample: it would take it along."""
        process.sample = None
        if process.is_killed or not can_stay:
            return
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(process)
        else:
            process.orders.shutdown(socket.SHUT_WR)

    def forget(self, process: CheckerProcess) -> None:
        """It has ended."""
        if process in self._idle:
            self._idle.remove(process)


def _become(walls: Walls, orders: int) -> None:
    zygote.place(orders)
    zygote.close_the_rest(but=walls.kept)
    enclose(walls, _LIMITS, None, is_trusted=True)
    zygote.close_the_rest()
    checker.serve(socket.socket(fileno=zygote.CHANNEL))
