"""Starting whole sessions and commands by way of the zygote, and ending them as a user or a machine would."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.invocation import environment

#: How long one session may take before it counts as hanging, in seconds; an ordinary one takes below two.
PATIENCE_S = 90.0

_QUIET = {"OPENBLAS_NUM_THREADS": "1", "COLUMNS": "110"}


@dataclass(frozen=True)
class Ended:
    """A process that is over.

    Attributes:
        status: exit status, negative for a signal; None where it had to be killed as it would not end.
    """

    status: int | None
    output: bytes

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace")


class Zygote:
    """Forks sessions; ``close`` ends it. ``n_runs`` counts sessions and commands.

    A fault that this process names in ``EVALKIT_LAWS_FAULT`` is planted into each of them.
    """

    def __init__(self) -> None:
        self.n_runs = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.laws.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(**_QUIET),
        )
        self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait()

    def run(
        self,
        kind: str,
        arguments: Sequence[str],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        meanwhile: Callable[[int, Callable[[], bool]], None] | None = None,
    ) -> Ended:
        """Run to the end. ``meanwhile(pid, is_over)`` may act on the process while it goes on."""
        output = folder / "output.txt"
        output.write_bytes(b"")
        request = {
            "kind": kind,
            "arguments": list(arguments),
            "folder": str(folder),
            "output": str(output),
            "env": dict(env or {}) | planted(),
        }
        pid = self._ask(request)["pid"]
        self.n_runs += 1
        status: list[int | None] = [None]

        def is_over() -> bool:
            if status[0] is None:
                status[0] = self._ask({"poll": pid})["status"]
            return status[0] is not None

        if meanwhile is not None:
            meanwhile(pid, is_over)
        ended = _wait(is_over, PATIENCE_S)
        if not ended:
            kill_group(pid)
            _wait(is_over, 10.0)
        return Ended(status[0] if ended else None, output.read_bytes())

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._process.stdin.write(json.dumps(request) + "\n")  # type: ignore[union-attr]
        self._process.stdin.flush()  # type: ignore[union-attr]
        return self._read()

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        found: dict[str, Any] = json.loads(line)
        return found


def planted() -> dict[str, str]:
    """The variable that plants a fault, where there is one."""
    fault = os.environ.get("EVALKIT_LAWS_FAULT")
    return {"EVALKIT_LAWS_FAULT": fault} if fault else {}


def kill_group(pid: int) -> None:
    """kill -9 for a session and its workers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _wait(is_over: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_over():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
