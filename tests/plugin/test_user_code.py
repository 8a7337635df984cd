"""Code of the user's that exits: no item waits, none is without an outcome, and no traceback of ours."""

from __future__ import annotations

from tests.story import Story

_CODE = """
import asyncio, sys

def leaves(text):
    if text == "word 3":
        sys.exit(0)
    return text.upper()

async def cancels(text):
    if text == "word 3":
        asyncio.current_task().cancel()
        await asyncio.sleep(1)
    return text.upper()

def judge(output):
    if output == "WORD 5":
        raise KeyboardInterrupt
    return True
"""

_TASK = """
task: shout
dataset: {file: cases.jsonl}
scorers: [exact_match, {python: "code:judge"}]
metrics: ["accuracy:exact_match"]
max_error_rate: 0.5
gates: ["accuracy:exact_match >= 0.9"]
"""

_BY_HAND = """
import pytest, evalkit

def test_a_call_that_exits(llm):
    with pytest.raises(Exception, match="SystemExit"):
        llm.generate("word 3")

def test_a_judge_that_exits(llm):
    with pytest.raises(Exception, match="KeyboardInterrupt"):
        llm.score(llm.generate("word 5"), "python", function="code:judge")
"""


def test_a_session_over_code_that_exits_ends_with_an_outcome_for_every_item(story: Story) -> None:
    story.write("usercode.py", _CODE)
    story.write("suites/shout.eval.yaml", _TASK.replace("code:", "usercode:"))
    story.write("suites/test_by_hand.py", _BY_HAND.replace("code:", "usercode:"))
    result = story.run("--llm-model=python:usercode:cancels", model="python:usercode:leaves", timeout_s=300)
    assert "INTERNALERROR" not in result.stdout.str()
    result.assert_outcomes(passed=5, failed=1)  # the cancelling model has no exit to find by hand
    errors = story.sql("SELECT DISTINCT error FROM responses WHERE error IS NOT NULL ORDER BY error")
    assert [row["error"] for row in errors] == [
        "usercode:cancels raised CancelledError: its task was cancelled",
        "usercode:leaves raised SystemExit: 0",
    ]


def test_modules_that_exit_when_they_are_loaded_are_one_clear_error(story: Story) -> None:
    story.write("leaving.py", "raise SystemExit('bye')\n")
    story.write("suites/shout.eval.yaml", _TASK.replace("code:judge", "leaving:judge"))
    result = story.run()
    assert result.ret == 4
    result.stdout.fnmatch_lines(["*function 'leaving:judge' cannot be loaded: SystemExit: bye*"])
    result = story.run(model="python:leaving:answer")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*module leaving cannot be imported: SystemExit: bye*"])
