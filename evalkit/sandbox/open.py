"""From the name of a level to an open sandbox that has tried to break out of itself."""

from __future__ import annotations

from evalkit.errors import SandboxError
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.sandbox import Sandbox
from evalkit.sandbox.warm import WarmSandbox

LEVELS = ("bwrap", "userns", "process", "bare", "docker")


def open_sandbox(level: str = "auto", workers: int | None = None, limits: Limits | None = None) -> Sandbox:
    """An open sandbox; close it, or use it with ``with``.

    Args:
        level: ``auto`` takes the strongest of ``bwrap``, ``userns`` and ``process`` whose probes hold;
            a name takes that one or fails. ``bare`` and ``docker`` are taken by name alone.
        workers: programs that compute at once; by default the processors that this process may use.
        limits: what a sample may use, by default ``Limits()``.

    Raises:
        SandboxError: no level holds here; it says which failed, why, and what to do.
    """
    return WarmSandbox(level, workers, limits)
