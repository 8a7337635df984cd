"""Work beside the event loop: one call after the other, in a thread that keeps no process from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from evalkit.runner.loop_thread import run_call, whereabouts

P = ParamSpec("P")
T = TypeVar("T")


class Aside(Executor):
    """An executor of one daemon thread, begun with the first call.

    ``ThreadPoolExecutor`` waits for its threads when Python ends: what never returns would keep a session
    that was interrupted from ending.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run it after all that was submitted before, in the context of the caller; whatever it raises is the
        future's."""
        future: Future[T] = Future()
        context = copy_context()
        self._calls.put(lambda: context.run(run_call, future, fn, *args, **kwargs))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        return future

    def end(self, timeout_s: float) -> str | None:
        """Let what was submitted come to its end; where it does not within ``timeout_s``, where it is. Safe
        to call twice."""
        self._calls.put(None)
        if self._thread is None:
            return None
        self._thread.join(timeout_s)
        return whereabouts(self._thread) if self._thread.is_alive() else None

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
