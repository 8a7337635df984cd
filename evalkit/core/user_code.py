"""The border around code that is not ours: scorers, metrics, models and ``reshape`` functions of the user's.

Whatever such code raises is an ``Exception`` on our side. ``SystemExit`` would end the thread that all calls
wait for, ``CancelledError`` the task of a call, and an exception of pytest's the whole session: items would
wait for outcomes that never come.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from evalkit.errors import EvalkitError, UserCodeError

T = TypeVar("T")

_TOLD_CHARS = 1000


def caught(error: BaseException) -> Exception:
    """What was raised, as something that only its row has to fear.

    A ``KeyboardInterrupt`` in the main thread is Ctrl-C and is raised again: it comes nowhere else.
    """
    if isinstance(error, Exception):
        return error
    if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
        raise error
    return UserCodeError(told(error))


def told(error: BaseException, limit: int = _TOLD_CHARS) -> str:
    """One line for people, at most ``limit`` characters: evalkit's own errors as they are, others with their
    type.

    Never raises: an exception of the user's may not know how to say what it is.
    """
    try:
        text = str(error)
    except Exception as unsaid:
        text = f"its text cannot be had: {type(unsaid).__name__}"
    if not isinstance(error, EvalkitError):
        text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return " ".join(text.split())[:limit]


async def contained(awaitable: Awaitable[T]) -> T:
    """Await what user code gave, in a task of its own: who cancels that task cancels none of ours.

    Raises what it raises, made an Exception, and CancelledError only where the caller itself is cancelled.
    """
    task = asyncio.ensure_future(_guarded(awaitable))
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        task.add_done_callback(_forgotten)
        task.cancel()
        raise
    if task.cancelled():
        raise UserCodeError("CancelledError: its task was cancelled")
    return task.result()


async def _guarded(awaitable: Awaitable[T]) -> T:
    try:
        return await awaitable
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        raise caught(error) from None


def _forgotten(task: asyncio.Future[Any]) -> None:
    """Look at how it ended, so that asyncio does not complain that nobody did."""
    if not task.cancelled():
        task.exception()


@contextmanager
def exits_kept_out(is_user_code: Callable[[], bool]) -> Iterator[None]:
    """While it lasts ``os._exit`` raises where ``is_user_code`` says so: it would end the session with the
    status that the caller likes and without a word. Processes that are forked meanwhile end as they wish.
    """
    really_exit, own_pid = os._exit, os.getpid()

    def exit_(status: int) -> NoReturn:
        if os.getpid() == own_pid and is_user_code():
            raise SystemExit(f"os._exit({status})")
        really_exit(status)

    os._exit = exit_
    try:
        yield
    finally:
        os._exit = really_exit
