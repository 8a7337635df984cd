"""What runs in the helper process: one call after the other, each with a limit on its processor time."""

from __future__ import annotations

import marshal
import signal
import struct
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NoReturn

_HEAD = struct.Struct("<I")
_MOST_BYTES = 4 << 30


class _Late(BaseException):
    """Not an Exception, so that what is called does not take it for one of its own."""


def serve() -> None:
    """Answer until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the session, which ends this
    if hasattr(signal, "SIGVTALRM"):
        signal.signal(signal.SIGVTALRM, _late)
    _limit_memory()
    reader, writer = sys.stdin.buffer, sys.stdout.buffer
    while head := reader.read(_HEAD.size):
        answer = marshal.dumps(_answer(*marshal.loads(reader.read(*_HEAD.unpack(head)))))
        writer.write(_HEAD.pack(len(answer)) + answer)
        writer.flush()


def _answer(target: str, arguments: tuple[Any, ...], seconds: float) -> tuple[str, Any]:
    try:
        function = _function(target)
        _set_timer(seconds)
        try:
            return "done", function(*arguments)
        finally:
            _set_timer(0)
    except _Late:
        return "late", None
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}"[:300]


@cache
def _function(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _set_timer(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


def _late(*_: Any) -> NoReturn:
    raise _Late


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    except (ImportError, ValueError, OSError):  # no such limit here, or a lower one already
        return
