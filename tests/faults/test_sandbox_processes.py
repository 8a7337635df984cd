"""Nothing of a sandbox lives on, and nobody is harmed by the loss of one of its processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from evalkit.sandbox.inside import usage
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.open import open_sandbox
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox
from tests.invocation import environment
from tests.sandboxes import WALLS, judged, opened, require

SLEEPER = Program("import time\ndef f(x): time.sleep(1000)", "assert f(1) == 2", "f")
#: Longer than any test takes.
FOR_EVER = Limits(wall_s=1000.0)
NAP = "import time\ndef f(x):\n    time.sleep(1)\n    return 2"


@pytest.fixture
def others() -> set[int]:
    """What this process has started before: a browser or a Java of other tests."""
    return set(usage.descendants(os.getpid()))


@pytest.fixture(params=WALLS)
def sandbox(others: set[int], request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    yield from opened(request.param, workers=1)


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("level", WALLS)
def test_closing_leaves_no_process(others: set[int], level: str) -> None:
    sandbox = next(opened(level, workers=1))
    with open_sandbox(level, workers=2) as another:
        assert judged(another, "def f(x): return 2").passed
        mine = set(usage.descendants(os.getpid()))
        with ThreadPoolExecutor() as pool:
            pool.submit(another.run, SLEEPER, FOR_EVER)
            wait_until(lambda: bool(set(usage.descendants(os.getpid())) - mine))
            another.close()
    sandbox.close()
    assert set(usage.descendants(os.getpid())) <= others


SCRIPT = """
import sys, threading
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.program import Program
from evalkit.sandbox.open import open_sandbox
sandbox = open_sandbox(sys.argv[1], workers=2)
sleeper = Program("import time\\ndef f(x): time.sleep(1000)", "f(1)", "f")
for _ in range(4):
    threading.Thread(target=sandbox.run, args=(sleeper, Limits(wall_s=1000.0))).start()
print("ready", flush=True)
threading.Event().wait()
"""


@pytest.mark.parametrize("level", WALLS)
def test_kill_9_of_evalkit_leaves_no_process(level: str) -> None:
    require(level)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, level], stdout=subprocess.PIPE, env=environment(), text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    wait_until(lambda: len(usage.descendants(process.pid)) >= 6)
    left = usage.descendants(process.pid)
    process.kill()
    process.communicate()
    wait_until(lambda: not any(map(is_alive, left)))


def warm(sandbox: Sandbox, others: set[int]) -> list[int]:
    """Pids of the interpreters that a sandbox keeps when nothing runs, those deepest first."""
    assert judged(sandbox, "def f(x): return 2").passed
    # A program is answered for before it has gone, and one checker too many goes by itself.
    wait_until(lambda: not any(map(is_program, leaves(others))) and len(leaves(others)) <= MOST_LEAVES)
    pids = set(usage.descendants(os.getpid())) - others
    return sorted(pids, key=lambda pid: len(usage.descendants(pid)))


#: Four idle checkers and the zygote.
MOST_LEAVES = 5


def leaves(others: set[int]) -> list[int]:
    """What has started nothing itself."""
    pids = set(usage.descendants(os.getpid())) - others
    return [pid for pid in pids if not usage.descendants(pid)]


def is_program(pid: int) -> bool:
    """Programs, and they alone of those that have started nothing, lead a group of their own."""
    try:
        return os.getpgid(pid) == pid
    except ProcessLookupError:
        return True  # On its way out.


@pytest.mark.parametrize("victim", [0, 1, -1], ids=["a checker or zygote", "another", "the outermost"])
def test_when_a_warm_interpreter_is_killed_its_samples_run_on_another(
    others: set[int], sandbox: Sandbox, victim: int
) -> None:
    program = Program(NAP, "assert f(1) == 2", "f")
    target = warm(sandbox, others)[victim]
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(sandbox.run, program) for _ in range(4)]
        time.sleep(0.3)
        os.kill(target, signal.SIGKILL)
        outcomes = [each.result() for each in running]
    assert {outcome.reason for outcome in outcomes} <= {"passed", "the checker died (SIGKILL)"}
    assert sum(outcome.passed for outcome in outcomes) >= 3
    assert judged(sandbox, "def f(x): return 2").passed


def test_a_program_that_uses_no_processor_does_not_hold_up_one_that_does(sandbox: Sandbox) -> None:
    async def judged_beside_sleepers() -> bool:
        sleeping = [asyncio.create_task(sandbox.run_async(SLEEPER, FOR_EVER)) for _ in range(16)]
        await asyncio.sleep(0)  # So that they come first.
        quick = Program("def f(x): return 2", "assert f(1) == 2", "f")
        outcome = await asyncio.wait_for(sandbox.run_async(quick), 300)
        assert not any(each.done() for each in sleeping)
        for each in sleeping:
            each.cancel()
        return outcome.passed

    assert asyncio.run(judged_beside_sleepers())


def test_many_programs_that_sleep_at_once_in_one_worker_are_all_decided(sandbox: Sandbox) -> None:
    """A worker that holds more descriptors than a program may open must not pass the bound on to itself."""
    program = Program("import time\ndef f(x):\n    time.sleep(100)", "assert f(1) == 2", "f")
    with ThreadPoolExecutor(48) as pool:
        outcomes = list(pool.map(lambda _: sandbox.run(program, Limits(wall_s=0.5)), range(48)))
    assert {(each.status, each.is_decided) for each in outcomes} == {("failed", True)}
