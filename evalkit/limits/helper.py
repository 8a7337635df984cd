"""A process beside this one for work whose time nothing else can bound, started when it is first needed.

What it is asked is the name of a function and plain arguments. It counts its own processor time, so that a
busy machine makes nothing late that is not.
"""

from __future__ import annotations

import atexit
import marshal
import os
import select
import struct
import subprocess
import sys
import threading
from typing import IO, Any, cast

from evalkit.errors import LimitError

#: Processor time of one call, and what the wall may take where even that is not counted.
CALL_S = 1.0
_WALL_S = 60.0
#: Calls that may run out of time in one process before no more are tried: a session must end.
MOST_LATE = 30

_HEAD = struct.Struct("<I")
_lock = threading.Lock()
_process: _Process | None = None
_n_late = 0


def call(target: str, *arguments: Any, what: str) -> Any:
    """``module:function`` on arguments that ``marshal`` knows, in the helper.

    ``what`` is named in errors. Raises LimitError where it takes too long, or breaks.
    """
    global _n_late
    with _lock:
        if _n_late >= MOST_LATE:
            raise LimitError(f"{what} is not tried: {MOST_LATE} others of this session took too long")
        kind, value = _ask(marshal.dumps((target, arguments, CALL_S)))
        if kind == "late":
            _n_late += 1
    if kind == "done":
        return value
    if kind == "late":
        raise LimitError(f"{what} took more than {CALL_S:g} s", hint="rewrite nested repetitions")
    raise LimitError(f"{what} failed: {value}")


def _ask(request: bytes) -> tuple[str, Any]:
    global _process
    if _process is None or not _process.is_usable:
        _process = _Process()
    try:
        answer = _process.ask(request)
    except (OSError, EOFError, ValueError) as error:
        _process.end()
        return "failed", f"the helper process ended ({error or 'without a word'})"
    if answer is None:
        _process.end()
        return "late", None
    return answer


class _Process:
    def __init__(self) -> None:
        command = [sys.executable, "-c", "from evalkit.limits.serve import serve; serve()"]
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self._owner = os.getpid()
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
        )
        atexit.register(self.end)

    @property
    def is_usable(self) -> bool:
        return self._owner == os.getpid() and self._popen.poll() is None

    def ask(self, request: bytes) -> tuple[str, Any] | None:
        """The answer, None where it did not come in time. Raises OSError, EOFError, ValueError."""
        writer, reader = cast(IO[bytes], self._popen.stdin), cast(IO[bytes], self._popen.stdout)
        writer.write(_HEAD.pack(len(request)) + request)
        writer.flush()
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(reader, select.POLLIN)
            if not poll.poll(_WALL_S * 1000):
                return None
        (length,) = _HEAD.unpack(_exactly(reader, _HEAD.size))
        return cast(tuple[str, Any], marshal.loads(_exactly(reader, length)))

    def end(self) -> None:
        atexit.unregister(self.end)
        if self._owner != os.getpid():
            return
        self._popen.kill()
        for stream in (self._popen.stdin, self._popen.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # of what was still to be sent
                    continue
        self._popen.wait()


def _exactly(reader: IO[bytes], n: int) -> bytes:
    data = reader.read(n)
    if len(data) < n:
        raise EOFError
    return data
