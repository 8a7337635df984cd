"""The contract of a sandbox, whatever keeps it closed."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.probe import Probe
from evalkit.sandbox.program import Program


@runtime_checkable
class Sandbox(Protocol):
    """Runs programs apart from this machine and from each other. Way in: ``open.open_sandbox``.

    Attributes:
        level: the level in force: ``bwrap``, ``userns``, ``process``, ``bare`` or ``docker``.
        limits: what a sample may use unless its call says otherwise.
        probes: what opening it tried and saw, the levels that were passed over included.
    """

    level: str
    limits: Limits
    probes: tuple[Probe, ...]

    @property
    def summary(self) -> str:
        """One line for the terminal, the store and the report: the level and the probes that failed."""
        ...

    def run(self, program: Program, limits: Limits | None = None) -> ProgramOutcome:
        """The verdict about ``program``; blocks, may be called by any number of threads at once.

        Raises:
            SandboxError: the sandbox is closed or cannot be started again.
        """
        ...

    async def run_async(self, program: Program, limits: Limits | None = None) -> ProgramOutcome:
        """As ``run``, without holding a thread: any number may be awaited at once; cancelling ends it."""
        ...

    def close(self) -> None:
        """End every process of the sandbox. Safe to call again."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
