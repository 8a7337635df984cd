"""A baseline that a repository carries as a file."""

from __future__ import annotations

import pytest

from evalkit.cli import main
from tests.story import Story

GATED = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.02}
"""


def exported(story: Story) -> None:
    story.write("suites/shout.eval.yaml", GATED)
    story.cases(80)
    assert story.run("--llm-save-baseline=main").parseoutcomes() == {"recorded": 1}
    assert (
        main(["baseline", "export", "main", "main.jsonl", f"--store={story.path}/.evalkit/results.duckdb"])
        == 0
    )


def test_a_session_without_a_store_is_compared_with_a_file(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(story.path)
    exported(story)
    store = "--llm-store=elsewhere/results.duckdb"
    story.run("--llm-baseline=file:main.jsonl", store).assert_outcomes(passed=1)
    worse = story.run("--llm-baseline=file:main.jsonl", store, model="python:app:worse")
    worse.assert_outcomes(failed=1)
    worse.stdout.fnmatch_lines(["*regression(accuracy)*"])


def test_a_file_that_is_not_there_yet_leaves_the_gate_recorded(story: Story) -> None:
    story.write("suites/shout.eval.yaml", GATED)
    result = story.run("--llm-baseline=file:main.jsonl")
    assert result.parseoutcomes() == {"recorded": 1}
    result.stdout.fnmatch_lines(["*no baseline file main.jsonl yet*"])


def test_a_file_of_something_else_is_a_usage_error(story: Story) -> None:
    story.write("main.jsonl", '{"sample_id": "c1"}\n')
    result = story.run("--llm-baseline=file:main.jsonl")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*main.jsonl: is not a run that evalkit exported*"])
