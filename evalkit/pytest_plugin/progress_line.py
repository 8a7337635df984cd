"""What a person sees while calls are in flight."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from evalkit.core.text import inert

_TTY_EVERY_S = 0.5
_PLAIN_EVERY_S = 15.0
_ERASE = "\r\x1b[2K"


class ProgressLine:
    """Shows a text now and then: rewritten in place on a terminal, a line every 15 s elsewhere.

    Args:
        text: gives the current text, or None when there is nothing to show.
    """

    def __init__(self, config: pytest.Config, text: Callable[[], str | None]) -> None:
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._text = text
        self._is_tty = sys.__stdout__ is not None and sys.__stdout__.isatty()
        self._every_s = _TTY_EVERY_S if self._is_tty else _PLAIN_EVERY_S
        self._next_at = time.monotonic() + self._every_s
        self._is_shown = False

    def tick(self) -> None:
        """Show the text if it is time."""
        if self._reporter is None or time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + self._every_s
        text = self._text()
        if text is not None:
            self._write(inert(text))

    def clear(self) -> None:
        """Take the line away before pytest writes on."""
        if self._is_shown and self._is_tty:
            with self._uncaptured():
                self._reporter.write(_ERASE, flush=True)
        self._is_shown = False

    def _write(self, text: str) -> None:
        with self._uncaptured():
            if not self._is_shown:
                self._reporter.ensure_newline()
            if self._is_tty:
                self._reporter.write(f"{_ERASE}  {text}", flush=True)
            else:
                self._reporter.write_line(f"  evalkit: {text}")
        self._is_shown = True

    def _uncaptured(self) -> Any:
        return self._capture.global_and_fixture_disabled()


class ProgressThread:
    """Ticks a ProgressLine from a thread, for the main process of a session with workers."""

    def __init__(self, line: ProgressLine) -> None:
        self._line = line
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="evalkit-progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join(1.0)
        self._line.clear()

    def _run(self) -> None:
        while not self._is_over.wait(_TTY_EVERY_S):
            self._line.tick()
