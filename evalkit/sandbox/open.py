"""From the name of a level to an open sandbox that has tried to break out of itself."""

from __future__ import annotations

from evalkit.errors import SandboxError
from evalkit.sandbox import launch
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.probe import Probe
from evalkit.sandbox.probes import probe, require_held
from evalkit.sandbox.sandbox import Sandbox
from evalkit.sandbox.worker_pool import WarmSandbox


def open_sandbox(level: str = "auto", workers: int | None = None, limits: Limits | None = None) -> Sandbox:
    """An open sandbox; close it, or use it with ``with``.

    Args:
        level: ``auto`` takes the strongest of ``bwrap``, ``userns`` and ``process`` whose probes hold;
            a name takes that one or fails. ``bare`` and ``docker`` are taken by name alone. ``bare`` keeps
            nothing out: its probes are tried and shown, and it opens whatever they come to.
        workers: programs that compute at once; by default the processors that this process may use.
        limits: what a sample may use, by default ``Limits()``.

    Raises:
        SandboxError: no level holds here; it says which failed, why, and what to do.
    """
    if level != "auto":
        return _open(level, workers, limits)
    passed_over: list[Probe] = []
    for each in launch.AUTOMATIC:
        try:
            sandbox = _open(each, workers, limits)
        except SandboxError as error:
            passed_over.append(Probe("opens", each, False, error.what))
            continue
        sandbox.probes = (*passed_over, *sandbox.probes)
        return sandbox
    raise SandboxError(
        "model-written code cannot be run here: " + "; ".join(each.detail for each in passed_over),
        hint="use --llm-sandbox=docker where docker is installed, or a Linux with Landlock (5.13 or newer)",
    )


def _open(level: str, workers: int | None, limits: Limits | None) -> WarmSandbox:
    sandbox = WarmSandbox(level, workers, limits)
    try:
        sandbox.probes = probe(sandbox)
        if level != "bare":
            require_held(sandbox, sandbox.probes)
    except BaseException:
        sandbox.close()
        raise
    return sandbox
