"""A sandbox that runs nothing: it remembers what it was given and says what it was told to."""

from __future__ import annotations

import asyncio
from typing import cast

from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.probe import Probe
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox
from evalkit.scorers.settings import ScorerSettings
from evalkit.scorers.shared_sandbox import SharedSandbox

PASSED = ProgramOutcome("passed", "passed", cpu_s=0.01)


class SandboxDouble:
    """Gives ``outcomes`` one after the other, the last one again and again."""

    def __init__(self, *outcomes: ProgramOutcome, probes: tuple[Probe, ...] = ()) -> None:
        self.level = "process"
        self.limits = Limits()
        self.probes = probes
        self.summary = ""
        self.ran: list[tuple[Program, Limits | None]] = []
        self.is_closed = False
        self.n_at_once = self.most_at_once = 0
        self._outcomes = list(outcomes or [PASSED])

    async def run_async(self, program: Program, limits: Limits | None = None) -> ProgramOutcome:
        self.ran.append((program, limits))
        self.n_at_once += 1
        self.most_at_once = max(self.most_at_once, self.n_at_once)
        await asyncio.sleep(0)
        self.n_at_once -= 1
        return self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]

    def close(self) -> None:
        self.is_closed = True


def settings_with(sandbox: SandboxDouble) -> ScorerSettings:
    """What a session would hand to scorers, with this sandbox."""
    return ScorerSettings(SharedSandbox("auto", lambda level: cast(Sandbox, sandbox)).door())
