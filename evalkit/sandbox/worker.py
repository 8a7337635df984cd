"""One warm interpreter behind walls, as evalkit sees it: a process, requests in, answers out."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import IO, Any

from evalkit.errors import SandboxError
from evalkit.sandbox import launch
from evalkit.sandbox.inside.frames import FrameBuffer, frame

_START_S = 60.0
#: It reads at all times: one that takes nothing for so long has been stopped, or hangs.
_TAKES_S = 60.0
#: Once it has closed its answers.
_ENDS_S = 10.0


class Worker:
    """Started by the constructor; ready once ``wait_until_ready`` returns.

    It must be made by the thread that closes it: Linux ends it with that thread, whatever becomes of evalkit.

    Attributes:
        level: its level.
        taken: ids of the samples that compute on it.
        asleep: ids of the samples that wait on it and take no processor.
    """

    def __init__(self, level: str) -> None:
        self.level = level
        self.taken: set[int] = set()
        self.asleep: set[int] = set()
        # The other levels have a file system for each sample, or write no files.
        self._tmp = _folder() if level == "bare" else None
        self._errors = _last_words()
        self._buffer = FrameBuffer()
        self._unread: list[bytes] = []
        try:
            self._process = self._started()
        except BaseException:
            self._clean_up()
            raise

    def _started(self) -> subprocess.Popen[bytes]:
        command = launch.command(self.level, self._tmp.name if self._tmp else "/tmp")
        environment = {"PYTHONHASHSEED": "0"} if self.level != "docker" else dict(os.environ)
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"sandbox level {self.level} does not start: {error}") from error

    @property
    def answers(self) -> int:
        """The descriptor that answers come from."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        """Of the process that evalkit started."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Return once it can take requests.

        Raises:
            SandboxError: it cannot; the message has what it or the kernel said.
        """
        until = time.monotonic() + _START_S
        with selectors.DefaultSelector() as selector:
            selector.register(self.answers, selectors.EVENT_READ)
            while time.monotonic() < until:
                if not selector.select(until - time.monotonic()):
                    break
                for message in self.read():
                    if "ready" in message:
                        return
                    raise SandboxError(f"sandbox level {self.level} is not safe here: {message['broken']}")
        raise SandboxError(f"sandbox level {self.level} is not ready after {_START_S:g} s")

    @property
    def has_unread(self) -> bool:
        """Whether answers have come already; ``read`` has them without waiting."""
        return bool(self._unread)

    def read(self) -> Iterator[dict[str, Any]]:
        """Answers that have come; call it when ``answers`` can be read or ``has_unread``.

        Raises:
            SandboxError: it is gone.
        """
        if not self._unread and not self._take_in():
            raise SandboxError(f"sandbox level {self.level} ended: {self._last_words()}")
        while self._unread:
            yield json.loads(self._unread.pop(0))

    def _take_in(self) -> bool:
        """Read what is there; False at the end."""
        chunk = os.read(self.answers, 1 << 18)
        self._unread += self._buffer.feed(chunk)
        return bool(chunk)

    def send(self, message: dict[str, Any]) -> bool:
        """Hand it a request; whether it was there to take it.

        It may have to say something itself before it takes more: what it says meanwhile is kept for ``read``.
        """
        assert self._process.stdin is not None
        fd = self._process.stdin.fileno()
        os.set_blocking(fd, False)
        left = memoryview(frame(json.dumps(message).encode()))
        while left:
            try:
                left = left[os.write(fd, left) :]
            except BlockingIOError:
                if not self._wait_until_it_takes(fd):
                    return False
            except OSError:
                return False
        return True

    def _wait_until_it_takes(self, fd: int) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(fd, selectors.EVENT_WRITE)
            selector.register(self.answers, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select(_TAKES_S)}
        if not ready:
            self._process.kill()
            return False
        return self.answers not in ready or self._take_in()

    def _last_words(self) -> str:
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        if not lines:
            return f"exit status {self._process.returncode}"
        return lines[0 if self.level == "docker" else -1]

    def close(self) -> None:
        """End it and all that it started. Safe to call again."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.kill()
        self._process.wait()
        self._clean_up()

    def _clean_up(self) -> None:
        self._errors.close()
        if self._tmp is not None:
            self._tmp.cleanup()


def _last_words() -> IO[bytes]:
    """What the inside says on its standard error; open for as long as it runs."""
    return tempfile.TemporaryFile()


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="evalkit-sandbox-", ignore_cleanup_errors=True)
