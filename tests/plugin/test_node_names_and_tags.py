"""What an item is called and tagged decides nothing about its outcome."""

from __future__ import annotations

import pytest

from tests.story import Story

SHADOW = """
task: shadow
samples:
  - {id: "error_rate <= 0", input: bye, assert: [{contains: hello}]}
  - {id: "evaluated", input: hello, assert: [{contains: HELLO}]}
  - {id: "a::b", input: hello, assert: [{contains: HELLO}]}
  - {id: "a b", input: hello, assert: [{contains: HELLO}]}
  - {id: "a  b", input: bye, assert: [{contains: hello}]}
  - {id: "\\e[31m", input: bye, assert: [{contains: hello}]}
gates: [error_rate <= 0]
"""

SKIPPING = """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        assert item.function.__doc__ is None and item.fixturenames == []
        if "slow" in item.keywords and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="need --runslow"))
"""


def test_a_sample_called_as_a_gate_fails_by_itself(story: Story) -> None:
    story.write("suites/shout.eval.yaml", SHADOW)
    result = story.run()
    result.assert_outcomes(passed=4, failed=3)
    assert result.ret == 1
    assert "python:app:answer] \x1b" not in result.stdout.str()


def test_tasks_and_samples_that_join_to_one_node_id_have_their_own_outcomes(story: Story) -> None:
    task = "task: {0}\nsamples: [{{id: {1}, input: {2}, assert: [{{contains: HELLO}}]}}]\n"
    label = "python:app:answer"
    first = task.format("x", f'"{label}::y"', "hello")
    second = task.format(f'"x::{label}"', "y", "bye")
    story.write("suites/shout.eval.yaml", first + "---\n" + second)
    story.run().assert_outcomes(passed=1, failed=1)


def test_a_tag_is_no_control_mark(story: Story) -> None:
    gate = "gates: [mean:asserts >= 0.5]\n"
    tags = "tags: [xfail, skip, skipif, parametrize, usefixtures, tryfirst, parameterize]\n"
    story.write("suites/shout.eval.yaml", SHADOW.partition("gates:")[0] + gate + tags)
    result = story.run("-m", "xfail and skip", "--strict-markers")
    result.assert_outcomes(passed=4, failed=3)
    assert story.run("-m", "not xfail", "--collect-only").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_what_a_conftest_skips_is_skipped_and_not_asked(story: Story) -> None:
    story.write("conftest.py", SKIPPING)
    story.write("suites/slow.eval.yaml", "task: slow\ndataset: {file: cases.jsonl}\ntags: [slow]\n")
    result = story.run("suites/slow.eval.yaml", "-rs")
    result.assert_outcomes(skipped=1)
    assert "need --runslow" in result.stdout.str()
    assert story.calls() == []


def test_a_run_whose_gates_a_conftest_skips_is_partial(story: Story) -> None:
    skipping = 'if "mean" in item.name:\n            item.add_marker(pytest.mark.skipif(True, reason="no"))\n'
    story.write("conftest.py", SKIPPING.partition("assert")[0] + skipping)
    story.write("suites/shout.eval.yaml", SHADOW.partition("gates:")[0] + "gates: [mean:asserts >= 0.1]\n")
    story.run("--llm-save-baseline=main").assert_outcomes(passed=3, failed=3, skipped=1)
    assert story.sql("SELECT is_partial FROM runs") == [{"is_partial": True}]
