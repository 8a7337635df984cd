"""Metrics that compute for minutes: how far they are, and how they are told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import TypeVar

from evalkit.errors import MetricError

T = TypeVar("T")


@dataclass
class CancellableWork:
    """One piece of work under way in a session.

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


class SessionWork:
    """The long work of one session that is under way; after ``stop`` none can begin.

    Work belongs to the session in whose ``run`` it is announced, in whatever thread: two sessions may stand
    side by side in one process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: list[CancellableWork] = []
        self._is_stopped = False

    def run(self, call: Callable[[], T]) -> T:
        """Call it, so that work which it announces is this session's; also in threads that the runner begins
        meanwhile. Raises what it raises."""
        context = copy_context()
        context.run(_session.set, self)
        return context.run(call)

    @contextmanager
    def announced(self, work: CancellableWork) -> Iterator[CancellableWork]:
        """See ``long_work``."""
        with self._lock:
            work.is_stopped = self._is_stopped
            self._works.append(work)
        try:
            work.check()
            yield work
        finally:
            with self._lock:
                self._works.remove(work)

    @property
    def text(self) -> str | None:
        """What is under way, for people; None when nothing is."""
        with self._lock:
            return "  ".join(work.text() for work in self._works) or None

    def stop(self, patience_s: float = 10.0) -> None:
        """End all work under way and refuse more: the session was interrupted.

        Waits up to ``patience_s`` until it has ended: a program that was just about to start is ended too.
        """
        deadline = time.monotonic() + patience_s
        with self._lock:
            self._is_stopped = True
        while works := list(self._works):
            for work in works:
                work.is_stopped = True
                work.end()
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)


#: What no session asked for belongs to this one, which nobody stops.
_session: ContextVar[SessionWork] = ContextVar("session_work", default=SessionWork())  # noqa: B039 - meant


def long_work(
    label: str, n_total: int, end: Callable[[], None] = lambda: None
) -> AbstractContextManager[CancellableWork]:
    """Announce work of the session that runs. Raises MetricError where it was told to stop.

    Without ``end`` it goes on until it next says that it advances.
    """
    return _session.get().announced(CancellableWork(label, n_total, end))
