"""One program on its way through a sandbox."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from typing import Any

from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.program import Program

#: A check may work on large values for longer than the program took to make them, in seconds of CPU at least.
_LEAST_CHECK_S = 10.0


@dataclass
class Job:
    """A program, its limits, and who waits for its outcome.

    Attributes:
        n_lost: warm interpreters that ended while it ran.
        is_alone: whether it got no processor beside others, so that it runs once more with nothing beside it.
    """

    number: int
    program: Program
    limits: Limits
    future: Future[ProgramOutcome] = field(default_factory=Future)
    n_lost: int = 0
    is_alone: bool = False

    def request(self) -> dict[str, Any]:
        """What the inside is asked."""
        limits = {**asdict(self.limits), "check_cpu_s": max(2 * self.limits.cpu_s, _LEAST_CHECK_S)}
        return {
            "do": "run",
            "id": self.number,
            "source": self.program.source,
            "check": self.program.check,
            "entry_point": self.program.entry_point,
            "names": list(self.program.names),
            "limits": limits,
        }

    def settle(self, outcome: ProgramOutcome) -> None:
        """Hand over the outcome, unless nobody waits any more."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_result(outcome)

    def fail(self, error: Exception) -> None:
        """Hand over an error, unless nobody waits any more."""
        if not self.future.done() and self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)
