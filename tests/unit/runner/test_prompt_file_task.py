"""A prompt file's parameters and variables in a task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.request import GenerateParams
from evalkit.core.subject import ModelSpec, Subject
from evalkit.core.task import Task
from evalkit.errors import TaskError, TemplateError
from evalkit.prompts.file import load_prompt
from evalkit.runner.jobs import build_request
from evalkit.runner.prepared_task import prepare
from evalkit.runner.task_prompt import check_prompt, misfit
from evalkit.runner.unit import Unit
from evalkit.session.prompt_binding import read_prompts

SOURCE = """---
variables: {question: {}, tone: {default: terse}}
parameters: {temperature: 1.5, max_tokens: 7, stop: END}
---
{{ tone }}: {{ question }}
"""


def in_file(tmp_path: Path, source: str = SOURCE) -> Path:
    path = tmp_path / "ask.prompt.md"
    path.write_text(source)
    return path


def task(*rows: dict[str, Any], **keys: Any) -> Task:
    return Task(task="t", samples=list(rows), input="-", **keys)


@pytest.mark.parametrize(
    ("generate", "asked"),
    [
        ({}, GenerateParams(7, 1.5, ("END",))),
        ({"temperature": 0}, GenerateParams(7, 0, ("END",))),
        ({"max_tokens": 3, "seed": 1}, GenerateParams(3, 1.5, ("END",), 1)),
        (GenerateParams(stop=("x",)), GenerateParams(7, 1.5, ("x",))),
    ],
)
def test_the_tasks_parameters_stand_above_those_of_the_prompts_file(
    tmp_path: Path, generate: Any, asked: GenerateParams
) -> None:
    prompt = load_prompt("ask", in_file(tmp_path))
    made = task({"question": "Why?"}, generate=generate)
    prepared = prepare(made, lambda spec: list(spec.rows or ()))
    subject = Subject(ModelSpec("python", "x"), "ask")
    unit = Unit("e", prepared, subject, None, None, prompt, prepared.samples, ())  # type: ignore[arg-type]
    request = build_request(unit, prepared.samples[0], 0)
    assert request.generate == asked
    assert request.text == "terse: Why?"


def test_a_prompts_parameters_leave_the_tasks_hash_alone(tmp_path: Path) -> None:
    in_file(tmp_path)
    plain, with_file = task({"question": "?"}), task({"question": "?"}, prompt={"file": "ask.prompt.md"})
    assert plain.task_hash == with_file.task_hash


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"questoin": "?"}, "sample '1' does not have it (did you mean questoin? Else"),
        ({"question": None, "a": 1}, "sample '1' has null for it (known: a Else"),
    ],
)
def test_a_row_without_a_required_variable_is_told_before_the_first_call(
    tmp_path: Path, row: dict[str, Any], told: str
) -> None:
    prompt = load_prompt("ask", in_file(tmp_path))
    made = task({"question": "?"}, row)
    samples = prepare(made, lambda spec: list(spec.rows or ())).samples
    with pytest.raises(TaskError) as caught:
        check_prompt(made, prompt, samples)
    assert f"{tmp_path}/ask.prompt.md:2: prompt 'ask' needs 'question', and {told}" in str(caught.value)


def test_a_prompt_whose_variable_no_row_has_does_not_fit_and_says_where_and_what_is_near(
    tmp_path: Path,
) -> None:
    prompt = load_prompt("ask", in_file(tmp_path))
    made = task({"questoin": "?"})
    samples = prepare(made, lambda spec: list(spec.rows or ())).samples
    told = (
        f"needs 'question' ({tmp_path}/ask.prompt.md:2), which its rows do not have: did you mean questoin?"
    )
    assert misfit(made, prompt, samples) == told
    assert (
        misfit(made, prompt, prepare(task({"question": "?"}), lambda spec: spec.rows or ()).samples) is None
    )


def test_a_file_that_names_itself_may_stand_alone(tmp_path: Path) -> None:
    in_file(tmp_path, "---\nname: support\n---\n{{ question }}\n")
    found = read_prompts(["ask.prompt.md", "mail/*:other=ask.prompt.md"], tmp_path, tmp_path)
    assert [(name, bound.prompt.name, bound.tasks) for name, (bound,) in found.items()] == [
        ("support", "support", None),
        ("other", "other", "mail/*"),
    ]


def test_a_template_alone_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="FILE alone for a prompt file that names itself"):
        read_prompts(["ask.jinja"], tmp_path, tmp_path)
