"""An event loop in a thread of its own that only its owner can end."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any, ParamSpec, TypeVar

from evalkit.core.user_code import exits_kept_out

P = ParamSpec("P")
T = TypeVar("T")

_LIBRARY = os.path.dirname(os.__file__)

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
            self._loop.set_default_executor(Daemons())
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


class Daemons(concurrent.futures.ThreadPoolExecutor):
    """What ``asyncio.to_thread`` uses: a daemon thread for each call.

    Python waits at its end for the threads of other executors: one call that never returns would keep a
    session that was interrupted from ending.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        call = partial(run_call, future, fn, *args, **kwargs)
        threading.Thread(target=call, name=f"{THREADS}-call", daemon=True).start()
        return future


def run_call(future: Future[Any], function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Call it for its future, which has whatever it raises."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def is_user_thread() -> bool:
    """Whether the running thread is one of those that run code of the user's."""
    return threading.current_thread().name.startswith(THREADS)


def whereabouts(thread: threading.Thread) -> str:
    """What a thread is doing: ``file:line in function``, the innermost outside of Python's own library."""
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return thread.name
    frames = traceback.extract_stack(frame)[::-1]
    shown = next((each for each in frames if not _is_of_python(each.filename)), frames[0])
    return f"{shown.filename}:{shown.lineno} in {shown.name}"


def _is_of_python(file: str) -> bool:
    return file.startswith(_LIBRARY) and "site-packages" not in file
