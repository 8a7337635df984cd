"""Tries to break out of an open sandbox, with traps laid where it must not get."""

from __future__ import annotations

import itertools
import os
import site
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from evalkit.errors import SandboxError
from evalkit.sandbox import paths
from evalkit.sandbox.escape_tests import ATTEMPTS, Attempt
from evalkit.sandbox.inside.library import PACKAGES
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.probe import Probe
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox

_HELD = "answer = candidate()\nassert answer == 'held', answer"
#: What must work: values come back, and modules that no warm interpreter has loaded can be.
_WORKS = Program(
    "import colorsys, email.message, wave, xml.dom.minidom, zipfile\ndef twice(x):\n    return [x, x]\n",
    "assert candidate((1, 'a')) == [(1, 'a'), (1, 'a')]",
    "twice",
)
_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_mb=128, file_mb=2, processes=8)


def probe(sandbox: Sandbox) -> tuple[Probe, ...]:
    """What each attempt came to, whether a right program passes being the first."""
    works = sandbox.run(_WORKS, _LIMITS)
    found = [Probe("runs a right program", sandbox.level, works.passed, works.reason)]
    if not works.passed:
        return tuple(found)
    with _traps() as (traps, outside):
        programs = [Program(attempt.source(traps), _HELD, "attempt") for attempt in ATTEMPTS]
        with ThreadPoolExecutor(len(programs)) as pool:
            outcomes = pool.map(lambda program: sandbox.run(program, _LIMITS), programs)
        found += [_seen(*each, sandbox.level) for each in zip(ATTEMPTS, outcomes, strict=True)]
        found.append(_effects(sandbox.level, outside))
    return tuple(found)


def _seen(attempt: Attempt, outcome: ProgramOutcome, level: str) -> Probe:
    held = outcome.passed or outcome.reason in attempt.held_by
    detail = outcome.reason.partition("AssertionError: ")[2].partition(" at ")[0] or outcome.reason
    return Probe(attempt.name, level, held, "held" if held else detail)


def _effects(level: str, outside: list[str]) -> Probe:
    left = [path for path in outside if os.path.exists(path)]
    for path in left:
        os.unlink(path)
    return Probe("leaves files behind", level, not left, left[0] if left else "held")


@contextmanager
def _traps() -> Iterator[tuple[dict[str, object], list[str]]]:
    """A secret file, places that can be written to, a listener that can be reached, this process."""
    with tempfile.TemporaryDirectory(prefix="evalkit-probe-") as folder, socket.socket() as listener:
        secret = Path(folder) / "secret"
        secret.write_text("secret", encoding="utf-8")
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        name = f".evalkit-probe-{os.getpid()}"
        places = [folder, os.path.expanduser("~"), os.getcwd(), "/dev/shm", "/var/tmp"]
        outside = [os.path.join(place, name) for place in places]
        traps: dict[str, object] = {
            "SECRET": str(secret),
            "OUTSIDE": outside,
            "PORT": listener.getsockname()[1],
            "PID": os.getpid(),
            "PACKAGES": _files_of_packages(),
            "INSIDE": os.path.join("sandbox", "inside"),
            "INTERPRETER": paths.interpreter(),
            "PROCESSES": _LIMITS.processes,
            "MEMORY_MB": _LIMITS.memory_mb,
            "FILE_MB": _LIMITS.file_mb,
        }
        yield traps, outside


def _files_of_packages() -> list[str]:
    """A few files of each folder of packages that this Python, the one beneath it and the system have."""
    beneath = sysconfig.get_paths(vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix})
    folders = {
        *sys.path,
        *site.getsitepackages(),
        site.getusersitepackages(),
        "/usr/lib/python3/dist-packages",
    }
    folders |= {beneath["purelib"], beneath["platlib"], *paths.hidden()}
    return [
        str(file)
        for folder in sorted(folders)
        if os.path.basename(folder) in PACKAGES
        for file in itertools.islice(Path(folder).glob("*/*.*"), 3)
    ]


def require_held(sandbox: Sandbox, probes: tuple[Probe, ...]) -> None:
    """Nothing if every attempt failed as it must.

    Raises:
        SandboxError: it names those that got out.
    """
    failed = [each for each in probes if not each.passed]
    if failed:
        seen = "; ".join(f"{each.name}: {each.detail}" for each in failed)
        raise SandboxError(f"sandbox level {sandbox.level} is not safe here: {seen}")
