"""What a check sees of a program, and what the verdict says."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from evalkit.errors import SandboxError
from evalkit.sandbox.inside import checker
from evalkit.sandbox.inside.channel import Channel
from evalkit.sandbox.limits import Limits
from evalkit.sandbox.open import open_sandbox
from evalkit.sandbox.program import Program
from evalkit.sandbox.sandbox import Sandbox
from tests.sandboxes import WALLS, judged, opened, strongest
from tests.shared_data import shared_data


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with open_sandbox(workers=2, limits=Limits(cpu_s=2.0, wall_s=20.0)) as opened_one:
        yield opened_one


PASSES = {
    "a value": ("def f(x): return x + 1", "assert candidate(1) == 2"),
    "by its own name": ("def f(x): return x + 1", "assert f(1) == 2"),
    "in a function": ("def f(x): return x + 1", "def check(candidate):\n    assert candidate(1) == 2"),
    "keywords": ("def f(x, *, y): return x + y", "assert candidate(1, y=1) == 2"),
    "a builtin exception": (
        "def f(x): raise ValueError('no ' + x)",
        "try:\n    f('x')\n    assert False\nexcept ValueError as error:\n    assert str(error) == 'no x'",
    ),
    "an exception of its own": (
        "class Bad(KeyError): pass\ndef f(x): raise Bad(x)",
        "try:\n    f(1)\nexcept Bad:\n    pass\nelse:\n    assert False",
    ),
    "an exception below a builtin one": (
        "class Bad(KeyError): pass\ndef f(x): raise Bad(x)",
        "try:\n    f(1)\nexcept LookupError:\n    pass\nelse:\n    assert False",
    ),
    "objects of the program": (
        "class Node:\n    def __init__(self, v): self.v, self.next = v, None\n"
        "def f(n): return n.v + (f(n.next) if n.next else 0)",
        "root = Node(1)\nroot.next = Node(2)\nassert root.next.v == 2\nassert f(root) == 3",
    ),
    "a function of a function": ("def f(x):\n    return lambda y: x + y", "assert f(1)(2) == 3"),
    "a helper": ("def g(x): return x\ndef f(x): return g(x)", "assert f(1) == g(1)"),
    "a module of the program": ("import math\ndef f(x): return 0.1 * 3", "assert math.isclose(f(1), 0.3)"),
    "an object of the program that is called like a module": (
        "class Q:\n    def push(self, x): return x\nqueue = Q()\ndef f(x): return x + 1",
        "assert queue.push(f(1)) == 2",
    ),
    "a function handed back": ("def g(x): return x + 1\ndef f(h, x): return h(x)", "assert f(g, 1) == 2"),
    "an attribute that may be missing": (
        "class Node: value = 1\ndef f(x): return Node()",
        "assert getattr(f(1), 'next', None) is None and f(1).value == 1 and not hasattr(f(1), 'left')",
    ),
    "an exception under assertRaises": (
        "def f(x): raise IndexError('no ' + x)",
        "import unittest\ntest = unittest.TestCase()\ntest.assertRaises(IndexError, f, 'x')\n"
        "with test.assertRaisesRegex(LookupError, 'no x'):\n    f('x')",
    ),
    "a constant of the program": ("LIMIT = 7\ndef f(x): return LIMIT", "assert f(1) == LIMIT"),
    "truth alone": ("import re\ndef f(x): return re.search('a', x)", "assert f('a')\nassert not f('b')"),
    "a type": (
        "def f(xs, kind): return [x for x in xs if type(x) is kind]",
        "assert f([1, 'a'], str) == ['a']",
    ),
    "a generator made a list": ("def f(x):\n    yield x", "assert list(f(1)) == [1]\nassert f(1) != [1]"),
    "a counter": (
        "import collections\ndef f(x): return collections.Counter(x)",
        "assert f('aab') == {'a': 2, 'b': 1}",
    ),
    "what is not a number": ("def f(x): return float('nan')", "y = f(1)\nassert y != y"),
    "a dataclass inside": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\ndef f(x): return P(x).x + 1",
        "assert f(1) == 2",
    ),
    "a guarded main": (
        "def f(x): return 2\nif __name__ == '__main__':\n    raise SystemExit(1)",
        "assert f(1) == 2",
    ),
}


@pytest.mark.parametrize("case", PASSES.values(), ids=PASSES)
def test_a_right_program_passes(sandbox: Sandbox, case: tuple[str, str]) -> None:
    assert judged(sandbox, *case).reason == "passed"


FAILS = {
    "wrong answer: AssertionError: seen 3 at assert y == 2": (
        "def f(x): return 3",
        "y = f(1)\nassert y == 2, f'seen {y}'",
    ),
    "wrong answer: TypeError: '<' not supported": ("def f(x): return None", "assert f(1) < 2"),
    "raised: ZeroDivisionError: division by zero": ("def f(x): return 1 / 0", "assert f(1) == 2"),
    "raised: NameError: name 'undefined' is not defined": ("undefined", "assert f(1) == 2"),
    "does not load: SyntaxError": ("def f(x) return", "assert f(1) == 2"),
    "does not define f": ("def g(x): return 2", "assert f(1) == 2"),
    "exit": ("def f(x): raise SystemExit(0)", "try:\n    f(1)\nexcept BaseException:\n    pass"),
    "not a plain value: program.Y": ("class Y: pass\ndef f(x): return Y()", "assert f(1) == f(1)"),
    "not a plain value: builtins.function": ("def f(x): return lambda: 2", "assert f(1) == 2"),
}


@pytest.mark.parametrize(("reason", "case"), FAILS.items(), ids=FAILS)
def test_a_wrong_program_fails_with_its_reason(sandbox: Sandbox, reason: str, case: tuple[str, str]) -> None:
    outcome = judged(sandbox, *case)
    assert outcome.status == "failed"
    assert outcome.reason.startswith(reason)


UNDECIDED = {
    "does not compile": "assert f(1",
    "cannot cross": "assert f(lambda: 1) == 2",
    "the check exits": "raise SystemExit(0)",
}


@pytest.mark.parametrize(("reason", "check"), UNDECIDED.items(), ids=UNDECIDED)
def test_a_check_that_cannot_be_run_says_nothing_about_the_program(
    sandbox: Sandbox, reason: str, check: str
) -> None:
    outcome = judged(sandbox, "def f(x): return 2", check)
    assert not outcome.is_decided
    assert reason in outcome.reason


def test_what_the_check_defines_or_python_has_is_never_the_programs(sandbox: Sandbox) -> None:
    source = "def abs(x): return 0\ndef reference(x): return x\ndef f(x): return x"
    check = "def reference(x):\n    return 2 * x\nassert abs(f(3) - reference(3)) == 3"
    assert judged(sandbox, source, check).passed


def test_arguments_are_copies_so_a_change_in_place_stays_with_the_program(sandbox: Sandbox) -> None:
    check = "given = [3, 1]\nassert f(given) == [1, 3]\nassert given == [3, 1]"
    assert judged(sandbox, "def f(x):\n    x.sort()\n    return x", check).passed


def test_a_value_that_leaves_no_memory_to_judge_it_in_is_the_programs_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> tuple[str, str]:
        raise MemoryError

    monkeypatch.setattr(checker, "verdict", full)
    channel = Channel(-1, 1024)
    assert checker._judged({}, channel) == ("failed", "memory (the check on its values)")


def test_a_checker_that_came_to_hold_much_memory_takes_no_other_program(sandbox: Sandbox) -> None:
    greedy = "kept = [f(b'x') * (1 << 20) for _ in range(300)]"
    assert judged(sandbox, "def f(x): return x", greedy).passed
    peak = "import resource\nassert f(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) < 300 << 10"
    for _ in range(4):
        assert judged(sandbox, "def f(x): return x", peak).passed


def test_random_numbers_are_the_same_each_time(sandbox: Sandbox) -> None:
    source = "import random\ndef f(x): return random.random()"
    check = "import random\nraise ValueError((f(1), random.random()))"
    assert len({judged(sandbox, source, check).reason for _ in range(6)}) == 1


def test_what_a_program_prints_is_kept(sandbox: Sandbox) -> None:
    outcome = judged(
        sandbox, "import sys\ndef f(x):\n    print('out')\n    print('err', file=sys.stderr)\n    return 2"
    )
    assert outcome.passed
    assert outcome.output == "out\nerr\n"


def test_a_check_that_changes_python_does_not_change_the_next_one(sandbox: Sandbox) -> None:
    spoiling = "import builtins\nbuiltins.sorted = lambda x: 7\nassert f(1) == 2"
    for _ in range(8):
        assert judged(sandbox, "def f(x): return 2", spoiling).passed
        assert judged(sandbox, "def f(x): return 2", "assert sorted([2, 1]) == [1, 2] and f(1) == 2").passed


def test_a_checker_that_ends_slowly_takes_no_other_program_along(sandbox: Sandbox) -> None:
    # What is compared to see whether the check changed Python takes its time.
    spoiling = (
        "import builtins, time\nclass Slow:\n    def __eq__(self, other):\n        time.sleep(0.2)\n"
        "        return False\nbuiltins.sorted = Slow()\nassert f(1) == 2"
    )
    for _ in range(3):
        assert judged(sandbox, "def f(x): return 2", spoiling).passed
        assert judged(sandbox, "def f(x): return 2", "assert f(1) == 2").passed


def test_an_alarm_that_a_check_leaves_behind_does_not_meet_the_next_one(sandbox: Sandbox) -> None:
    setting = "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.2)\nassert f(1) == 2"
    nap = "import time\ndef f(x):\n    time.sleep(0.4)\n    return 2"
    assert judged(sandbox, "def f(x): return 2", setting).passed
    assert judged(sandbox, nap).reason == "passed"


def test_many_can_be_awaited_at_once_and_sleepers_take_no_turn_from_others(sandbox: Sandbox) -> None:
    naps = [
        Program("import time\ndef f(x):\n    time.sleep(0.3)\n    return 2", "assert f(1) == 2", "f")
    ] * 24

    async def all_of_them() -> list[float]:
        return [
            outcome.wall_s
            for outcome in await asyncio.gather(*map(sandbox.run_async, naps))
            if outcome.passed
        ]

    assert len(asyncio.run(all_of_them())) == 24


def test_long_programs_and_long_output_do_not_wait_for_each_other(sandbox: Sandbox) -> None:
    source = f"TEXT = {'x' * 300_000!r}\ndef f(x):\n    print(TEXT)\n    return 2"
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: judged(sandbox, source), range(24)))
    assert {outcome.reason for outcome in outcomes} == {"passed"}
    assert {outcome.output for outcome in outcomes} == {"x" * (16 << 10)}


def test_what_nobody_awaits_any_more_is_ended(sandbox: Sandbox) -> None:
    async def cancelled() -> None:
        sleeper = Program("import time\ndef f(x): time.sleep(1000)", "assert f(1) == 2", "f")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sandbox.run_async(sleeper), 0.2)

    asyncio.run(cancelled())
    assert judged(sandbox, "def f(x): return 2").passed


def test_a_closed_sandbox_says_so() -> None:
    sandbox = open_sandbox(workers=1)
    sandbox.close()
    sandbox.close()
    with pytest.raises(SandboxError, match="closed"):
        judged(sandbox, "def f(x): return 2")


@pytest.mark.shared_data
@pytest.mark.parametrize("level", WALLS)
def test_canonical_solutions_of_humaneval_pass(level: str) -> None:
    """All of them where it opens by itself, else one in four: what is inside the walls is the same."""
    with gzip.open(shared_data("humaneval", "HumanEval.jsonl.gz"), "rt", encoding="utf-8") as file:
        problems = [json.loads(line) for line in file][:: 1 if level == strongest() else 4]
    programs = [
        Program(
            each["prompt"] + each["canonical_solution"], each["prompt"] + each["test"], each["entry_point"]
        )
        for each in problems
    ]
    for sandbox in opened(level):
        with ThreadPoolExecutor(32) as pool:
            outcomes = list(pool.map(sandbox.run, programs))
        failed = {
            each["task_id"]: outcome.reason
            for each, outcome in zip(problems, outcomes, strict=True)
            if not outcome.passed
        }
        assert len(outcomes) == (164 if level == strongest() else 41)
        assert failed == {}
