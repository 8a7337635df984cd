"""Old spellings of a task are read once more, and each says at its line what to write."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from evalkit.core import old_names
from evalkit.core.task import Task
from evalkit.errors import TaskError
from evalkit.tasks.taskfile import load_task_file

HEAD = "task: demo\nsamples: [{input: a, target: b}]\n"


def load(tmp_path: Path, text: str) -> tuple[Task, list[tuple[int, str]]]:
    """The task, and line and text of what was said of it."""
    path = tmp_path / "demo.eval.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    old_names._said.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (task,) = load_task_file(path)
    assert {each.filename for each in caught} <= {str(path)}
    return task, [(each.lineno, str(each.message)) for each in caught]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("preamble: Answer.", 'description: "Answer.\\n"'),
        ("choice_delimiter: ''", "target_delimiter: ''"),
        ("metrics: ['of_answer:bleu']", "metrics: ['on_extracted_answer:bleu']"),
        ("gates: ['of_answer:bleu >= 3']", "gates: ['on_extracted_answer:bleu >= 3']"),
        ("gates: [{regression: 'of_answer:bleu'}]", "gates: [{regression: 'on_extracted_answer:bleu'}]"),
    ],
)
def test_an_old_name_is_read_and_says_at_its_line_what_it_is_called_now(
    tmp_path: Path, old: str, new: str
) -> None:
    task, said = load(tmp_path, old)
    again, nothing = load(tmp_path, new)
    assert nothing == []
    ((line, what),) = said
    assert line == 3
    assert new.partition(":")[0] in what or "on_extracted_answer" in what
    assert (task.metrics, task.gates) == (again.metrics, again.gates)
    assert task.target_delimiter == again.target_delimiter
    assert (task.description or "").strip() == (again.description or "").strip()


def test_a_remark_in_description_never_reaches_a_prompt(tmp_path: Path) -> None:
    task, said = load(tmp_path, "description: Is it positive?")
    assert (task.about, task.description) == ("Is it positive?", None)
    assert said[0][0] == 3
    assert "about" in said[0][1]


def test_beside_a_preamble_a_description_is_the_remark_that_it_was(tmp_path: Path) -> None:
    task, said = load(tmp_path, 'description: "A remark.\\n"\npreamble: "Answer.\\n"')
    assert (task.about, task.description) == ("A remark.\n", "Answer.\n")
    assert sorted(line for line, _ in said) == [3, 4]


def test_the_keywords_of_a_task_in_python_are_read_by_their_old_names_too() -> None:
    with pytest.warns(FutureWarning, match="now called 'description'"):
        task = Task(task="t", samples=[{"input": "a"}], preamble="Answer.\n")
    assert task.description == "Answer.\n"


def test_a_key_under_both_its_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="is the old name of 'target_delimiter', which is there too"):
        load(tmp_path, "choice_delimiter: ''\ntarget_delimiter: ''")


def test_the_hash_of_a_task_is_what_it_was_under_the_old_names() -> None:
    with pytest.warns(FutureWarning):
        old = Task(task="t", samples=[{"input": "a"}], preamble="A\n", choice_delimiter="")
    new = Task(task="t", samples=[{"input": "a"}], description="A\n", target_delimiter="")
    assert old.task_hash == new.task_hash == "e9cc78f358695f05"
