"""An event loop in a thread of its own that only its owner can end."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from evalkit.core.user_code import exits_kept_out

T = TypeVar("T")

#: How the names of all threads begin that run code of the user's.
THREADS = "evalkit"


class LoopThread:
    """Begun by the first ``submit``.

    Args:
        on_death: called in the thread should it end although nobody stopped it.
    """

    def __init__(self, on_death: Callable[[], None]) -> None:
        self._on_death = on_death
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_over = False

    @property
    def is_running(self) -> bool:
        return self._loop is not None

    @property
    def is_dead(self) -> bool:
        """Whether it was begun, and ended although nobody stopped it."""
        return self._thread is not None and not self._is_over and not self._thread.is_alive()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run a coroutine in the loop, starting it if need be."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._is_over = False
            self._thread = threading.Thread(target=self._serve, args=(self._loop,), name=THREADS, daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def stop(self, timeout_s: float) -> str | None:
        """End the thread; where it goes on after ``timeout_s``, where it is (a daemon ends with Python)."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return None
        self._is_over = True
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout_s)
        self._loop = None
        if thread.is_alive():
            return whereabouts(thread)
        loop.close()
        return None

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        with exits_kept_out(is_user_thread):
            while not self._is_over and not loop.is_closed():
                # asyncio lets SystemExit and KeyboardInterrupt of any task through, a task that user code
                # made included, and user code may stop the loop: all others go on.
                try:
                    loop.run_forever()
                except BaseException:
                    continue
        if not self._is_over:
            self._on_death()


def is_user_thread() -> bool:
    """Whether the running thread is one of those that run code of the user's."""
    return threading.current_thread().name.startswith(THREADS)


def whereabouts(thread: threading.Thread) -> str:
    """What a thread is doing: ``file:line in function``, the innermost that is Python."""
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return thread.name
    innermost = traceback.extract_stack(frame)[-1]
    return f"{innermost.filename}:{innermost.lineno} in {innermost.name}"
