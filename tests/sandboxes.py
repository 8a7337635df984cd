"""Open sandboxes for tests; those of a level that this machine has not skip with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from evalkit.errors import SandboxError
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.open import open_sandbox
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox
from evalkit.sandbox.worker_pool import WarmSandbox

WALLS = ("bwrap", "userns", "process")
LIMITS = Limits(cpu_s=0.5, wall_s=10.0)


@cache
def _refusal(level: str) -> str | None:
    try:
        open_sandbox(level, workers=1).close()
    except SandboxError as error:
        return str(error)
    return None


def require(level: str) -> None:
    """Skip where this machine has not the level; whether its walls hold is tried once."""
    reason = _refusal(level)
    if reason is not None:
        pytest.skip(reason)


def strongest() -> str | None:
    """The level that opens by itself here."""
    return next((level for level in WALLS if _refusal(level) is None), None)


def opened(level: str, workers: int = 2) -> Iterator[Sandbox]:
    """One sandbox of ``level``, closed afterwards."""
    require(level)
    with WarmSandbox(level, workers, LIMITS) as sandbox:
        yield sandbox


def judged(
    sandbox: Sandbox, source: str, check: str = "assert candidate(1) == 2", name: str = "f"
) -> ProgramOutcome:
    """The verdict about a program that is to give 2 for 1."""
    return sandbox.run(Program(source, check, name))
