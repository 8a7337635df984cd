"""Recorded outputs of samples that no task has are said once, and only where they are known to be unknown."""

from __future__ import annotations

import pytest

from tests.story import Story

SAYING = "replay:out.jsonl: outputs of 2 samples are passed over, as no task here has them, first 'c10'"


@pytest.fixture
def model(story: Story) -> str:
    rows = [{"sample_id": f"c{i}", "output": "A"} for i in range(12)]
    others = [{"sample_id": "x", "output": "A", "task": "another"}]
    story.rows([*rows, *others], "out.jsonl")
    return "replay:out.jsonl"


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "two workers"])
def test_they_are_counted_in_one_warning(story: Story, workers: tuple[str, ...], model: str) -> None:
    result = story.run(*workers, model=model)
    assert result.stdout.str().count(SAYING) == 1
    assert "10 responses" in result.stdout.str()


def test_a_limit_makes_no_sample_unknown(story: Story, model: str) -> None:
    assert "passed over" not in story.run("--llm-limit=3", model=model).stdout.str()


def test_another_task_that_has_them_takes_them(story: Story, model: str) -> None:
    story.rows([{"id": f"c{i}", "input": "a", "target": "A"} for i in range(12)], "suites/more.jsonl")
    story.write("suites/more.eval.yaml", "task: more\ndataset: {file: more.jsonl}\nmetrics: [accuracy]\n")
    assert "passed over" not in story.run(model=model).stdout.str()
