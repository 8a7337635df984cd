"""A Java program that answers lines with lines, as a child whose pipes are always drained."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from evalkit.metrics.captions.engine.java import Java, JavaError

#: What makes numbers, letters and line ends the same under every locale.
_LOCALE = (
    "-Dfile.encoding=UTF-8",
    "-Dstdout.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Dline.separator=\n",
)
_LAST_LINES = 20
#: What a child whose output has ended gets to be gone, in seconds.
_LAST_S = 10.0

_Lines = queue.SimpleQueue[bytes | None]


class JavaProcess:
    """One child; started at the first request, and again at the first request after ``close``.

    Threads write its input and read both its outputs, so nothing blocks, whatever it does. It lives in a
    session of its own (Ctrl-C reaches Python alone) and ends when its input is closed, also by a crash of
    this process. Not for several threads at once.

    Args:
        java: from ``find_java``.
        classpath: jars and folders.
        main: the class to run.
        args: its arguments.
        heap_mb: most megabytes of heap (``-Xmx``).
        options: further options of Java itself, such as ``--add-opens``.
        timeout_s: seconds that the next line may take.
        cwd: its working directory.
    """

    def __init__(
        self,
        java: Java,
        classpath: Sequence[Path],
        main: str,
        args: Sequence[str] = (),
        heap_mb: int = 512,
        *,
        options: Sequence[str] = (),
        timeout_s: float = 120.0,
        cwd: Path | None = None,
    ) -> None:
        self.main = main
        self.heap_mb = heap_mb
        self.timeout_s = timeout_s
        path = os.pathsep.join(str(entry) for entry in classpath)
        self._command = [
            *(str(java.path), f"-Xmx{heap_mb}m", *_LOCALE, *options, "-cp", path, main),
            *args,
        ]
        self._cwd = cwd
        self._child: subprocess.Popen[bytes] | None = None
        self._input: _Lines = queue.SimpleQueue()
        self._lines: _Lines = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=_LAST_LINES)
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> JavaProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """Whether the child was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @property
    def last_errors(self) -> str:
        """The last lines that it wrote on its standard error."""
        return "\n".join(self._errors)

    def ask(self, line: str) -> str:
        """Send one line and wait for one. Raises JavaError when it ended or was silent too long."""
        self.send([line])
        return self.receive()

    def send(self, lines: Sequence[str]) -> None:
        """Write lines, none of which may hold a line end (ValueError), without waiting for the child.

        That it ended is told by ``receive``; JavaError here when it cannot start or its input is closed.
        """
        if any("\n" in line or "\r" in line for line in lines):
            raise ValueError("a line to Java holds a line end")
        if self._child is None:
            self.restart()
        self._input.put("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))

    def finish(self) -> None:
        """Say that nothing more is sent: its input ends. What it still answers can be received."""
        self._input.put(None)

    def receive(self) -> str:
        """The next line, without its end. Raises JavaError when it ended or was silent too long."""
        try:
            line = self._lines.get(timeout=self.timeout_s)
        except queue.Empty:
            self.close(patience_s=0.0)  # it had its time
            raise self._failure(f"gave no answer in {self.timeout_s:g} s") from None
        if line is None:
            raise self._failure("ended")
        return line.decode("utf-8", "replace")

    def restart(self) -> None:
        """End the child if there is one and start a new one. Raises JavaError when it cannot start."""
        self.close()
        self._input, self._lines = queue.SimpleQueue(), queue.SimpleQueue()
        self._errors.clear()
        try:
            self._child = child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._cwd,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
        except OSError as error:
            raise JavaError(f"{self.main} does not start: {error}") from None
        self._threads = [
            threading.Thread(target=target, args=args, daemon=True)
            for target, args in (
                (_write, (child.stdin, self._input)),
                (_read_lines, (child.stdout, self._lines)),
                (_read_errors, (child.stderr, self._errors)),
            )
        ]
        for thread in self._threads:
            thread.start()

    def close(self, patience_s: float = 1.0) -> None:
        """End the child, which gets ``patience_s`` to do so by itself. Safe to call twice."""
        child, self._child = self._child, None
        if child is None:
            return
        self.finish()
        try:
            child.wait(timeout=patience_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for thread in self._threads:
            thread.join(timeout=5.0)
        for pipe in (child.stdin, child.stdout, child.stderr):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()

    def _failure(self, what: str) -> JavaError:
        child = self._child
        if child is not None and what == "ended":
            # Its output has ended: it is on its way out, with a status to tell.
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=_LAST_S)
        self.close()
        status = f" with status {child.returncode}" if child and what == "ended" else ""
        said = self._errors[-1][:300] if self._errors else ""
        if "OutOfMemoryError" in self.last_errors:
            return JavaError(
                f"{self.main} ran out of its {self.heap_mb} MB of heap", hint="raise its memory limit"
            )
        return JavaError(f"{self.main} {what}{status}" + (f": {said}" if said else ""))


def _write(pipe: IO[bytes], texts: _Lines) -> None:
    with contextlib.suppress(OSError, ValueError):
        while (text := texts.get()) is not None:
            pipe.write(text)
            pipe.flush()
    with contextlib.suppress(OSError):
        pipe.close()


def _read_lines(pipe: IO[bytes], lines: _Lines) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in pipe:
            lines.put(line.rstrip(b"\r\n"))
    lines.put(None)


def _read_errors(pipe: IO[bytes], errors: deque[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in pipe:
            # Frames of a stack trace would push its message out.
            if not line.startswith((b"\t", b"    ")):
                errors.append(line.decode("utf-8", "replace").rstrip())
