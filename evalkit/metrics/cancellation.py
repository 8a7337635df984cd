"""Metrics that compute for minutes: how far they are, and how they are told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from evalkit.errors import MetricError


@dataclass
class CancellableWork:
    """One piece of work under way in this process.

    Attributes:
        label: what is counted (``spice: captions parsed``).
        n_total: how many there are. n_done: those that are done.
        end: ends the work at once from another thread, by ending the program that it waits for.
    """

    label: str
    n_total: int
    end: Callable[[], None]
    n_done: int = 0
    started_at: float = field(default_factory=time.monotonic)
    is_stopped: bool = False

    def advance(self, n: int) -> None:
        """``n`` more are done. Raises MetricError when the work was told to stop."""
        self.n_done += n
        self.check()

    def check(self) -> None:
        """Raises MetricError when the work was told to stop."""
        if self.is_stopped:
            raise MetricError(f"{self.label}: stopped before it was done")

    def text(self) -> str:
        """``spice: captions parsed 1,024/5,989  40 s left``."""
        text = f"{self.label} {self.n_done:,}/{self.n_total:,}"
        if not self.n_done:
            return text
        left_s = (self.n_total - self.n_done) * (time.monotonic() - self.started_at) / self.n_done
        return text + (f"  {left_s:.0f} s left" if left_s < 120 else f"  {left_s / 60:.0f} min left")


class _Register:
    """The works under way; after ``stop`` none can begin."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.works: list[CancellableWork] = []
        self.is_closed = False


_register = _Register()


@contextmanager
def long_work(label: str, n_total: int, end: Callable[[], None] = lambda: None) -> Iterator[CancellableWork]:
    """Announce work. Raises MetricError where the session was told to stop.

    Without ``end`` it goes on until it next says that it advances.
    """
    work = CancellableWork(label, n_total, end)
    with _register.lock:
        work.is_stopped = _register.is_closed
        _register.works.append(work)
    try:
        work.check()
        yield work
    finally:
        with _register.lock:
            _register.works.remove(work)


def work_text() -> str | None:
    """What is under way, for people; None when nothing is."""
    with _register.lock:
        return "  ".join(work.text() for work in _register.works) or None


def stop_work(patience_s: float = 10.0) -> None:
    """End all work under way and refuse more, until ``allow_work``: the session was interrupted.

    Waits up to ``patience_s`` until it has ended: a program that was just about to start is ended too.
    """
    deadline = time.monotonic() + patience_s
    with _register.lock:
        _register.is_closed = True
    while works := list(_register.works):
        for work in works:
            work.is_stopped = True
            work.end()
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)


def allow_work() -> None:
    """Undo ``stop_work``."""
    with _register.lock:
        _register.is_closed = False
