"""The warm interpreter that untrusted programs are forked from.

It has never seen a check nor a program, so no memory that a program inherits holds either: an earlier program
may have been the reference solution. It can fork, kill and reap; what becomes of a sample is the supervisor's
business.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import candidate, kernel, usage
from .jail import Walls, enclose

_HEAD_BYTES = 4
#: Where a sample finds the way to its checker, or a checker that to its sample.
CHANNEL = 3
#: Above any descriptor; the limit of open files may be lower than what is open.
_MOST_DESCRIPTORS = 1 << 20
#: No warm interpreter holds anything below that a child still needs once it has its own descriptors.
FIRST_FREE = 10


@dataclass
class _Sample:
    number: int
    tmp: str | None


class Zygote:
    """Obeys the supervisor at the other end of ``orders``."""

    def __init__(self, orders: socket.socket, walls: Walls) -> None:
        self._orders = orders
        self._walls = walls
        self._samples: dict[int, _Sample] = {}
        self._pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY) if walls.has_namespaces else -1
        self._woken, waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def serve(self) -> Callable[[], None] | None:
        """Work until the supervisor is gone (None), or, in a child, what the child is to do."""
        watched: list[Any] = [self._orders, self._woken]
        while True:
            ready, _, _ = select.select(watched, [], [])
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._reap()
            if self._orders in ready:
                received = receive(self._orders)
                if received is None:
                    return None
                order, fds = received
                if order["do"] == "kill":
                    self._kill(order["id"])
                    continue
                if (task := self._fork(order, *fds)) is not None:
                    return task

    def _fork(self, order: dict[str, Any], channel: int, output: int) -> Callable[[], None] | None:
        tmp = None if self._walls.has_filters else tempfile.mkdtemp(prefix="sample-", dir=order["tmp"])
        if self._walls.has_namespaces:
            # A namespace can be left for a new one only by way of the first.
            kernel.setns(self._pid_namespace, kernel.CLONE_NEWPID)
            kernel.unshare(kernel.CLONE_NEWPID)
        pid = kernel.fork()
        if pid == 0:
            return partial(_become, self._walls, order, tmp, channel, output)
        os.close(channel)
        os.close(output)
        self._samples[pid] = _Sample(order["id"], tmp)
        self._report("started", order["id"], pid)
        return None

    def _kill(self, number: int) -> None:
        for pid, sample in self._samples.items():
            if sample.number == number:
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            sample = self._samples.pop(pid, None)
            if sample is None:
                continue
            if not self._walls.has_filters:
                self._end_strays(pid)
            if sample.tmp is not None:
                shutil.rmtree(sample.tmp, ignore_errors=True)
            code = os.waitstatus_to_exitcode(status)
            self._report("ended", sample.number, code, used.ru_utime + used.ru_stime)

    def _end_strays(self, pid: int) -> None:
        """What a bare sample has left: its group, and whatever came to this process as its new parent."""
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        known = set(self._samples)
        for stray in usage.descendants(os.getpid()):
            if stray not in known and not _is_below(stray, known):
                with contextlib.suppress(OSError):
                    os.kill(stray, signal.SIGKILL)

    def _report(self, *message: object) -> None:
        data = json.dumps(message).encode()
        self._orders.sendall(len(data).to_bytes(_HEAD_BYTES, "big") + data)


def _is_below(pid: int, parents: set[int]) -> bool:
    return any(pid in usage.descendants(parent) for parent in parents)


def _become(walls: Walls, order: dict[str, Any], tmp: str | None, channel: int, output: int) -> None:
    """In the child: leave behind all that belongs to the warm interpreter, then run the program."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # kill(0) would reach the warm interpreter, from any namespace, if they shared a group.
    if walls.has_namespaces:
        os.setpgid(0, 0)
    else:
        os.setsid()
    place(channel, output)
    limits = order["limits"]
    close_the_rest(but=walls.kept)
    enclose(walls, limits, tmp)
    close_the_rest()
    candidate.run(CHANNEL, limits["value_kb"] * 1024)


def place(channel: int, output: int | None = None) -> None:
    """Make nothing to read descriptor 0, ``output`` (or nowhere) 1 and 2, ``channel`` ``CHANNEL``."""
    nothing = os.open(os.devnull, os.O_RDWR)
    wanted = (nothing, nothing if output is None else output, nothing if output is None else output, channel)
    copies = [fcntl.fcntl(fd, fcntl.F_DUPFD, FIRST_FREE) for fd in wanted]
    for number, copy in enumerate(copies):
        os.dup2(copy, number)


def close_the_rest(but: Sequence[int] = ()) -> None:
    """Let go of every descriptor but the four of ``place`` and those named.

    Done before the limit of open files is set, because a warm interpreter at work can hold more than that;
    and again when the walls stand, for what it took to put them up.
    """
    start = CHANNEL + 1
    for kept in sorted(but):
        os.closerange(start, kept)
        start = kept + 1
    os.closerange(start, _MOST_DESCRIPTORS)


def receive(orders: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next order and the descriptors that came with it, or None where there will be no more."""
    head, fds, _, _ = socket.recv_fds(orders, _HEAD_BYTES, 2)
    if not head or (rest := _received(orders, _HEAD_BYTES - len(head))) is None:
        return None
    data = _received(orders, int.from_bytes(head + rest, "big"))
    return None if data is None else (json.loads(data), list(fds))


def _received(orders: socket.socket, length: int) -> bytes | None:
    """So many bytes, or None where they end before. A signal may cut any one of the calls short."""
    data = b""
    while len(data) < length:
        part = orders.recv(length - len(data), socket.MSG_WAITALL)
        if not part:
            return None
        data += part
    return data


def as_order(order: dict[str, Any]) -> bytes:
    """What ``receive`` reads; descriptors that belong to it go with the first byte."""
    data = json.dumps(order).encode()
    return len(data).to_bytes(_HEAD_BYTES, "big") + data


def start(walls: Walls) -> tuple[socket.socket, Callable[[], None] | None]:
    """Fork the zygote off: the supervisor's end, and what this process is to do where it is not."""
    ours, theirs = socket.socketpair()
    if kernel.fork() != 0:
        theirs.close()
        return ours, None
    ours.close()
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    fd = theirs.detach()
    task = Zygote(socket.socket(fileno=fd), walls).serve()
    return ours, task or partial(os._exit, 0)
