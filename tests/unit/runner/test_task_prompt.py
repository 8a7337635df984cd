"""Names in templates mean one thing, and what goes out is text."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.sample import Sample
from evalkit.core.subject import ModelSpec, Subject
from evalkit.core.task import Task
from evalkit.errors import TaskError, TemplateError
from evalkit.prompts.names import names_in
from evalkit.runner.jobs import build_request, requests_at
from evalkit.runner.prepared_task import prepare
from evalkit.runner.task_prompt import BARE_PROMPT, check_prompt, misfit
from evalkit.runner.unit import Unit

MMLU = {"id": "a", "question": "Which?", "choices": ["red", "blue"], "target": "A"}


def task(row: dict[str, Any], **keys: Any) -> Task:
    return Task(task="t", samples=[row], **keys)


def asked(made: Task) -> str:
    """The text that goes out for the first sample."""
    unit = unit_of(made)
    return build_request(unit, unit.samples[0], 0).text


def unit_of(made: Task) -> Unit:
    prepared = prepare(made, lambda spec: list(spec.rows or ()))
    prompt = made.prompt or BARE_PROMPT
    subject = Subject(ModelSpec("python", "x"))
    return Unit("e", prepared, subject, None, None, prompt, prepared.samples, ())  # type: ignore[arg-type]


def checked(made: Task) -> None:
    check_prompt(made, made.prompt or BARE_PROMPT, prepare(made, lambda spec: list(spec.rows or ())).samples)


def test_choices_of_task_and_row_in_one_prompt_are_refused() -> None:
    made = task(MMLU, prompt="{{ question }} A. {{ choices[0] }}", choices=["A", "B"])
    with pytest.raises(TaskError, match=r"write row\.choices for the field, sample\.choices"):
        checked(made)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("{{ question }} {{ row.choices[0] }}", "Which? red"),
        ("{{ row.question }} {{ sample.choices[0] }}", "Which? A"),
    ],
)
def test_row_and_sample_say_which_is_meant(prompt: str, text: str) -> None:
    made = task(MMLU, prompt=prompt, choices=["A", "B"])
    checked(made)
    assert asked(made) == text


def test_choices_that_are_the_same_have_one_meaning() -> None:
    checked(task({**MMLU, "target": "red"}, prompt="{{ choices[0] }}", choices="{{ choices }}"))


def test_a_field_called_row_stays_that_field() -> None:
    assert asked(task({"id": "a", "row": "7"}, prompt="{{ row }}")) == "7"


def test_the_target_is_hidden_in_row_too() -> None:
    with pytest.raises(TemplateError):
        asked(task(MMLU, prompt="{{ row.target }}"))


def test_the_other_templates_of_a_task_know_the_row() -> None:
    made = task(MMLU, input="{{ row.question }}", id="{{ row.id }}!", target="{{ row.target }}")
    sample = prepare(made, lambda spec: list(spec.rows or ())).samples[0]
    assert (sample.id, sample.input, sample.target) == ("a!", "Which?", "A")


def test_an_example_shows_the_choices_of_its_row_where_the_task_has_none() -> None:
    rows = [{**MMLU, "id": name} for name in "ab"]
    made = Task(
        task="t", samples=rows, prompt="{{ row.id }}{{ choices[0] }}", fewshot={"n": 1, "order": "first"}
    )
    assert asked(made) == "bred A\n\nared"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ({"a": 1}, "no text"),
        (["a", "b"], "no text"),
    ],
)
def test_an_input_that_is_no_text_is_refused(value: Any, what: str) -> None:
    with pytest.raises(TemplateError, match=f"the field 'input' is {what}"):
        asked(task({"id": "a", "input": value}))


@pytest.mark.parametrize("prompt", ["{{ choices }}", "{{ question }}{% if true %}{{ choices }}{% endif %}"])
def test_a_template_writes_no_list_as_python_does(prompt: str) -> None:
    with pytest.raises(TemplateError, match=r"write \| tojson or"):
        asked(task(MMLU, prompt=prompt))


@pytest.mark.parametrize(
    "keys",
    [
        {"prompt": "{{ choices | join }}", "choices": ["A", "B"]},
        {"input": "Say {question}"},
        {"input": "Say it", "prompt": "Please: {{ input }}"},
        {"prompt": "{% set x = 1 %}{{ x }}{{ range(3) | join }}"},
    ],
)
def test_what_asks_every_sample_the_same_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match="names no field"):
        checked(task(MMLU, **keys))


def test_continuations_that_differ_ask_enough() -> None:
    ranked = {
        "choices": ["A", "B"],
        "scoring": "loglikelihood",
        "continuation": "{{ question }} {{ choice }}",
    }
    checked(task(MMLU, prompt="Which?", **ranked))


def test_a_prompt_fits_where_its_fields_are() -> None:
    samples = [Sample("a", "", row={"mail": "x"})]
    made = task({"mail": "x"}, prompt="{{ mail }}")
    assert misfit(made, made.prompt, samples) is None
    assert "'input'" in (misfit(made, BARE_PROMPT, samples) or "")
    assert misfit(task({"mail": "x"}, input="{{ mail }}"), BARE_PROMPT, samples) is None


def test_names_are_those_that_a_template_expects() -> None:
    assert names_in("{{ a.b }}{% for c in d %}{{ c }}{{ range(2) }}{% endfor %}") == {"a", "d"}


def test_a_sample_that_cannot_be_rendered_has_no_request_and_hides_no_other_one() -> None:
    rows = [{"id": "a", "price": 1}, {"id": "b", "price": 0}, {"id": "c", "price": 2}]
    unit = unit_of(Task(task="t", samples=rows, prompt="{{ 6 / price }}"))
    assert [each.text for each in requests_at((unit, position) for position in range(3))] == ["6.0", "3.0"]


def test_a_failure_that_is_no_sample_s_own_is_not_taken_for_nothing_to_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unit = unit_of(task(MMLU, prompt="{{ question }}"))
    monkeypatch.setattr(unit, "context", lambda sample: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(requests_at([(unit, 0)]))
