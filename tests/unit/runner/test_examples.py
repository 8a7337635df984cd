"""Which few-shot examples a Sample gets."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.task import DatasetSpec, Task
from evalkit.errors import DatasetError
from evalkit.runner.prepared_task import PreparedTask, prepare

TEST = [{"id": f"q{i}", "input": f"question {i}", "target": "b", "topic": "xy"[i % 2]} for i in range(4)]
DEV = [{"id": f"d{i}", "input": f"solved {i}", "target": "a", "topic": "xy"[i % 2]} for i in range(6)]


def prepared(shots: dict[str, Any], **keys: Any) -> PreparedTask:
    task = Task(task="t", dataset={"path": "x/y", "split": "test"}, fewshot={"split": "dev", **shots}, **keys)
    splits = {"test": TEST, "dev": DEV}
    return prepare(task, lambda spec: splits[spec.split])


def inputs(made: PreparedTask, index: int = 0) -> list[str]:
    return [row["input"] for row in made.examples.for_sample(made.samples[index])]


def test_first_takes_the_first_examples_of_the_split_in_their_order() -> None:
    assert inputs(prepared({"n": 3, "order": "first"})) == ["solved 0", "solved 1", "solved 2"]


def test_ids_name_the_examples_in_the_order_that_is_wanted() -> None:
    assert inputs(prepared({"ids": ["d4", "d1"]})) == ["solved 4", "solved 1"]


def test_an_id_that_the_split_does_not_have_is_an_error() -> None:
    with pytest.raises(DatasetError, match="names the sample 'q1', which split dev does not have"):
        prepared({"ids": ["q1"]})


def test_by_takes_examples_of_the_same_value_for_each_sample() -> None:
    made = prepared({"n": 2, "order": "first", "by": "{{ topic }}"})
    assert inputs(made, 0) == ["solved 0", "solved 2"]
    assert inputs(made, 1) == ["solved 1", "solved 3"]


def test_too_few_examples_of_a_value_are_an_error_that_names_it() -> None:
    with pytest.raises(DatasetError, match="4 examples of 'x' and split dev has 3"):
        prepared({"n": 4, "by": "{{ topic }}"})


def test_a_sample_without_examples_of_its_value_is_an_error() -> None:
    made = prepared({"n": 1, "by": "{{ topic }}"})
    stranger = prepare(
        Task(task="u", samples=[{"input": "?", "topic": "z"}]), lambda spec: spec.rows or ()
    ).samples[0]
    with pytest.raises(DatasetError, match="no few-shot examples for 'z'"):
        made.examples.for_sample(stranger)


def test_listed_examples_out_of_the_rows_that_are_asked_about_leave_the_sample_itself_out() -> None:
    task = Task(task="t", samples=TEST, fewshot={"ids": ["q1", "q2"]})
    made = prepare(task, lambda spec: spec.rows or ())
    assert inputs(made, 1) == ["question 2"]
    assert inputs(made, 0) == ["question 1", "question 2"]


def test_the_text_of_the_examples_is_part_of_the_task_hash() -> None:
    task = Task(task="t", dataset={"path": "x/y"}, fewshot={"n": 1, "order": "first"})

    def hash_with(text: str) -> str:
        splits = {"test": TEST, "train": [{"input": text, "target": "a"}]}
        return prepare(task, lambda spec: splits[spec.split]).task_hash

    assert hash_with("one") != hash_with("other")


def test_the_store_gets_each_example_with_what_it_was_solved_by() -> None:
    made = prepared(
        {"n": 1, "order": "first"}, choices=["a", "b"], continuation="{{ input }} is {{ choice }}"
    )
    assert made.examples.as_rows() == [{"sample_id": "d0", "input": "solved 0", "target": "solved 0 is a"}]


def test_only_the_split_of_the_examples_is_loaded_beside_the_task_s_own() -> None:
    loaded: list[str] = []

    def load(spec: DatasetSpec) -> list[dict[str, Any]]:
        loaded.append(spec.split)
        return {"test": TEST, "dev": DEV}[spec.split]

    prepare(Task(task="t", dataset={"path": "x/y"}, fewshot={"n": 1, "split": "dev"}), load)
    assert loaded == ["test", "dev"]


def test_of_several_references_the_store_gets_the_one_that_the_prompt_shows() -> None:
    rows = [{"id": str(i), "input": "x", "target": ["first", "second"]} for i in range(2)]
    made = prepare(Task(task="t", samples=rows, fewshot={"n": 1}), lambda spec: spec.rows or ())
    assert {row["target"] for row in made.examples.as_rows()} == {"first"}
