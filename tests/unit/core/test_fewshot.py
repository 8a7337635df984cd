from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.fewshot import FewShot
from evalkit.core.task import Task
from evalkit.errors import TaskError

ROWS = [{"input": "x", "target": "y"}]


def task(**keys: Any) -> Task:
    return Task(task="t", samples=ROWS, **keys)


def test_ids_say_how_many_examples_there_are() -> None:
    assert task(fewshot={"ids": ["a", 7]}).fewshot == FewShot(2, ids=("a", "7"))


def test_no_examples_are_none() -> None:
    assert task(fewshot={"n": 0, "order": "first"}).fewshot is None


@pytest.mark.parametrize(
    "given, key, what",
    [
        ({"n": 1, "order": "frist"}, "fewshot.order", "order 'frist' is unknown"),
        ({"n": 1, "ids": ["a"], "order": "first"}, "fewshot.ids", "ids say which examples there are"),
        ({"ids": ["a"], "n": 2}, "fewshot.ids", "ids say which examples there are"),
        ({"ids": ["a", "a"]}, "fewshot.ids", "name a sample twice"),
        ({"ids": "a"}, "fewshot.ids", "not a list of sample ids"),
        ({"n": 1, "by": 3}, "fewshot.by", "by 3 is not a text"),
        ({"n": 1, "delimeter": ""}, "fewshot.delimeter", "unknown key 'delimeter'"),
        ({"split": "train"}, "fewshot.n", "says no number of examples"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_key(given: dict[str, Any], key: str, what: str) -> None:
    with pytest.raises(TaskError, match=what) as caught:
        task(fewshot=given)
    assert caught.value.key == key


def test_every_rule_of_the_draw_changes_the_task_hash() -> None:
    rules = [
        {"n": 2},
        {"n": 2, "order": "first"},
        {"n": 2, "by": "{{ x }}"},
        {"n": 2, "delimiter": "\n"},
        {"ids": ["a", "b"]},
    ]
    assert len({task(fewshot=rule).task_hash for rule in rules}) == len(rules)


def test_a_task_without_the_new_keys_keeps_the_hash_that_stored_runs_have() -> None:
    plain = task(fewshot={"n": 4, "split": "train", "seed": 0})
    assert isinstance(plain.fewshot, FewShot)
    assert plain.fewshot.identity == {"n": 4, "split": "train", "seed": 0}


@pytest.mark.parametrize("key", ["group", "continuation", "description"])
def test_group_continuation_and_description_change_the_task_hash(key: str) -> None:
    choices = ["a", "y"]
    assert task(choices=choices, **{key: "{{ input }}\n"}).task_hash != task(choices=choices).task_hash


def test_a_continuation_without_choices_is_refused() -> None:
    with pytest.raises(TaskError, match="continuation words the choices, and there are none"):
        task(continuation="{{ choice }}!")
