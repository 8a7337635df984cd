"""A sample is another one when something changes that is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from evalkit.core.prompt import Prompt
from evalkit.core.sample import Sample
from evalkit.core.task import Task
from evalkit.runner.content import Reads, content_of, read_by_task
from evalkit.runner.task_scorers import scoring_of
from evalkit.scorers.base import BaseScorer, columns_read

ROW = {
    "id": "a",
    "question": "1 + 1",
    "note": "old",
    "test": "assert f(1)",
    "entry_point": "f",
    "prompt": "p",
}
SAMPLE = Sample("a", "1 + 1", "2", ROW)


def reads(prompt: str = "{{ question }}", **task: Any) -> Reads:
    made = Task(task="t", samples=[ROW], **task)
    return read_by_task(made, Prompt.parse(prompt), scoring_of(made, [SAMPLE]).scorers)


def moves(found: Reads, column: str) -> bool:
    edited = Sample("a", "1 + 1", "2", {**ROW, column: "new"})
    return content_of(SAMPLE, found) != content_of(edited, found)


def test_a_column_of_the_prompt_counts_and_one_that_nothing_reads_does_not() -> None:
    assert moves(reads(), "question")
    assert not moves(reads(), "note")


def test_a_column_of_the_preamble_counts() -> None:
    assert moves(reads(preamble="{{ note }}"), "note")


def test_the_columns_that_a_scorer_is_told_of_count() -> None:
    assert moves(reads(scorers=["code"]), "test")
    assert not moves(reads(scorers=["code"]), "note")


@pytest.mark.parametrize(("takes", "is_whole"), [("output", False), ("sample, response", True)])
def test_a_function_that_judges_the_sample_reads_the_whole_row(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, takes: str, is_whole: bool
) -> None:
    (tmp_path / f"judging_{is_whole}.py").write_text(f"def judge({takes}):\n    return 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = reads(scorers=[{"python": f"judging_{is_whole}:judge"}])
    assert found.is_whole == is_whole
    assert moves(found, "note") == is_whole


def test_a_scorer_of_another_package_reads_the_whole_row_unless_it_says_what() -> None:
    @dataclass(frozen=True)
    class Foreign(BaseScorer):
        name = "foreign"

    @dataclass(frozen=True)
    class Saying(BaseScorer):
        name = "saying"
        columns = ("note",)

    assert columns_read(Foreign()) is None
    assert columns_read(Saying()) == ("note",)
