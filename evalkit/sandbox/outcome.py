"""What became of one program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["passed", "failed", "undecided"]


@dataclass(frozen=True)
class ProgramOutcome:
    """The verdict about one program.

    Attributes:
        status: ``passed``, ``failed`` (the program's fault: wrong answer, exception, limit, foul play) or
            ``undecided`` (the machine's fault: it is neither a pass nor a zero).
        reason: one line: ``passed``; ``wrong answer: AssertionError …``; ``raised: ValueError: …``;
            ``does not load: SyntaxError …``; ``timeout (CPU 3.0 s)``; ``timeout (waited 10.0 s)``;
            ``memory``; ``output``; ``exit``; ``not a plain value: …``.
        cpu_s: processor time that the program used, in seconds.
        wall_s: time from its start to the verdict, in seconds.
        output: what it printed, standard output and error together, the first 16 KiB.
    """

    status: Status
    reason: str
    cpu_s: float = 0.0
    wall_s: float = 0.0
    output: str = ""

    @property
    def passed(self) -> bool:
        """Whether the check held."""
        return self.status == "passed"

    @property
    def is_decided(self) -> bool:
        """Whether this is a verdict about the program; if not, the score is an error row."""
        return self.status != "undecided"
