"""What looks like a template where nothing fills one is refused, as it would never match."""

from __future__ import annotations

import pytest

from evalkit.core.sample import Assertion, Sample
from evalkit.core.task import ScorerSpec, Task
from evalkit.errors import TaskError
from evalkit.runner.task_scorers import scoring_of


def task(*scorers: ScorerSpec) -> Task:
    return Task(task="t", samples=[{"id": "a", "input": "x"}], scorers=scorers)


def sample(*assertions: Assertion) -> Sample:
    return Sample("a", "x", row={"id": "a", "input": "x", "word": "y"}, assertions=assertions)


@pytest.mark.parametrize("value", ["{{ target }}", "the {{word}}", ["{{ row.word }}"]])
def test_a_field_in_braces_is_no_text_to_look_for(value: object) -> None:
    with pytest.raises(TaskError, match="is no template here"):
        scoring_of(task(ScorerSpec("contains", {"value": value})), [sample()])


def test_an_assertion_that_no_answer_can_break_is_refused() -> None:
    with pytest.raises(TaskError, match="sample 'a': scorer 'not_contains'"):
        scoring_of(task(), [sample(Assertion("not_contains", {"value": "{{ word }}"}))])


@pytest.mark.parametrize("name, value", [("not_contains", "Dear {{ customer }}"), ("regex", "{{ word }}")])
def test_braces_around_no_field_and_in_patterns_are_texts(name: str, value: str) -> None:
    scoring_of(task(), [sample(Assertion(name, {"value": value}))])
