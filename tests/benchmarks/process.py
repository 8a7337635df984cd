"""One child process, measured as a whole."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """What a process took. ``cpu_s`` and ``peak_mb`` hold the children it waited for as well.

    Attributes:
        wall_s: seconds from start to end.
        cpu_s: user and system seconds.
        peak_mb: largest resident set, in 10**6 bytes.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(command: list[str], *, cwd: Path, env: dict[str, str]) -> Usage:
    """Run ``command`` to its end. Raises SystemExit with its output when it fails."""
    log = cwd / "output.log"
    with log.open("w") as output:
        started = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}:\n{log.read_text()[-4000:]}")
    return Usage(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)
