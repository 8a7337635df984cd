"""One sandbox for all tasks of a session, opened when the first of them needs it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from evalkit.core.run import SandboxRecord
from evalkit.errors import EvalkitError

if TYPE_CHECKING:
    from evalkit.sandbox.limits import Limits
    from evalkit.sandbox.outcome import ProgramOutcome
    from evalkit.sandbox.program import Program
    from evalkit.sandbox.sandbox import Sandbox


class SharedSandbox:
    """Opens and closes the sandbox of a session; safe from any thread.

    Args:
        level: as ``--llm-sandbox`` has it.
        open_level: stands in for ``evalkit.sandbox.open_sandbox``.
    """

    def __init__(self, level: str = "auto", open_level: Callable[[str], Sandbox] | None = None) -> None:
        self.level = level
        self._open_level = open_level
        self._opening = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._failure: EvalkitError | None = None

    def opened(self) -> Sandbox:
        """The sandbox; blocks while it opens and tries its probes. Raises SandboxError, always the same."""
        with self._opening:
            if self._failure is not None:
                raise self._failure
            if self._sandbox is None:
                try:
                    self._sandbox = (self._open_level or _opener())(self.level)
                except EvalkitError as error:
                    self._failure = error
                    raise
            return self._sandbox

    def door(self) -> SandboxDoor:
        """A way in that remembers whether it was used: one for each task."""
        return SandboxDoor(self)

    def close(self) -> None:
        """End every process of the sandbox, if it was opened. Safe to call again."""
        with self._opening:
            sandbox, self._sandbox = self._sandbox, None
            if sandbox is not None:
                sandbox.close()
                self._failure = EvalkitError("the sandbox is closed: the session is over")


def _opener() -> Callable[[str], Sandbox]:
    from evalkit.sandbox.open import open_sandbox

    return open_sandbox


class SandboxDoor:
    """How the scorers of one task reach the sandbox.

    Attributes:
        record: level and failed probes once it was used, else None.
    """

    def __init__(self, shared: SharedSandbox) -> None:
        self._shared = shared
        self._sandbox: Sandbox | None = None
        self.record: SandboxRecord | None = None

    async def run(self, program: Program, limits: Limits | None = None) -> ProgramOutcome:
        """The verdict about a program; never blocks the loop. Raises SandboxError where none can be run."""
        if self._sandbox is None:
            self._sandbox = await asyncio.to_thread(self._shared.opened)
            self.record = _record(self._sandbox)
        return await self._sandbox.run_async(program, limits)


def _record(sandbox: Sandbox) -> SandboxRecord:
    failed = [probe for probe in sandbox.probes if not probe.passed]
    texts = [
        f"{probe.level}: {probe.name}" + (f": {probe.detail}" if probe.detail else "") for probe in failed
    ]
    return SandboxRecord(sandbox.level, tuple(texts))
