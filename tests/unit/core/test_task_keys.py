"""Whatever stands at a key of a task: a Task, or one TaskError that names the key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evalkit.core.judge_condition import JudgeCondition
from evalkit.core.prompt import PromptFile
from evalkit.core.task import DatasetSpec, Task
from evalkit.errors import TaskError
from evalkit.tasks.taskfile import KNOWN_KEYS

HUGE = int("9" * 4000) ** 2
WORDS = st.sampled_from(
    ["accuracy", "exact_match", "accuracy >= 0.5", "regression", "metric", "margin", "alpha", "name",
     "file", "text", "constant", "role", "content", "sample", "until", "n", "ids", "by", "{{ x }}", "{{",
     "a.jsonl", ""]
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
    | st.sampled_from([10**4000, -(10**4000), 1e308, 2**63, 10**400, "\x00", "\ud800"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
ROWS = [{"id": "a", "input": "x", "target": "y"}]


def made(**keys: Any) -> Task:
    rows = {} if {"samples", "dataset"} & set(keys) else {"samples": ROWS}
    return Task(**{"task": "t", **rows, **keys})


def made_or_refused(key: str, value: Any) -> Task | TaskError:
    try:
        return made(**{key: value})
    except TaskError as error:
        return error


@given(st.sampled_from(KNOWN_KEYS), VALUES)
@example("max_error_rate", 10**4000)
@example("generate", {"temperature": 10**400})
@example("gates", [{"regression": {"metric": "accuracy", "margin": 10**400}}])
@example("tags", ["", "!"])
@example("fewshot", {"n": 10**4000})
@example("choices", [{"a": 1}, {"b": 2}])
def test_a_key_takes_a_value_or_says_that_it_cannot(key: str, value: Any) -> None:
    task = made_or_refused(key, value)
    if isinstance(task, TaskError):
        assert task.key
        assert len(str(task)) < 1000
    else:
        assert len(task.task_hash) == 16
        assert all(isinstance(text, str) for text in [*task.tags, *(g.text for g in task.gates)])


@pytest.mark.parametrize(
    ("keys", "key", "what"),
    [
        ({"tags": ["ok", ""]}, "tags.1", "no letter"),
        ({"tags": [["a"]]}, "tags.0", "not a text"),
        ({"max_error_rate": HUGE}, "max_error_rate", "bits"),
        ({"gates": ["accuracy >= 1", "accuracy >= 1.0"]}, "gates.1", "appears twice"),
        ({"scorers": ["exact_match", {"exact_match": {"ignore_case": True}}]}, "scorers.1", "appears twice"),
        (
            {"metrics": [{"f1": {"positive": 1}}, {"f1": {"positive": "1"}}]},
            "metrics",
            "two metrics are called",
        ),
        ({"choices": [None, "a"]}, "choices", "not a label"),
        ({"dataset": "nyu-mll/glue"}, "dataset", "not a mapping"),
        ({"dataset": {"file": " "}}, "dataset.file", "not a text"),
        ({"prompt": {"file": "a", "text": "b"}}, "prompt", "cannot be read"),
        ({"prompt": ""}, "prompt", "cannot be read"),
        ({"judge": 0.6}, "judge", "not a mapping"),
        ({"judge": {"min_kapa": 0.6}}, "judge.min_kapa", "unknown key"),
        ({"judge": {"min_kappa": 60}}, "judge.min_kappa", "not a kappa in -1..1"),
        ({"judge": {"max_age_days": 0}}, "judge.max_age_days", "not a number > 0"),
        ({"judge": {"proven": "yes"}}, "judge.proven", "not true or false"),
    ],
)
def test_a_wrong_value_is_refused_at_its_key(keys: dict[str, Any], key: str, what: str) -> None:
    with pytest.raises(TaskError, match=what) as caught:
        made(**keys)
    assert caught.value.key == key


def test_short_forms_mean_the_long_ones() -> None:
    short = made(dataset="mails.jsonl.gz", gates=[{"regression": "accuracy"}])
    assert short.dataset == DatasetSpec(file="mails.jsonl.gz")
    assert short.gates == made(gates=[{"regression": {"metric": "accuracy"}}]).gates


def test_a_scorer_may_stand_twice_under_names_of_its_own() -> None:
    task = made(scorers=[{"exact_match": {"name": "strict"}}, {"exact_match": {"ignore_case": True}}])
    assert [spec.label for spec in task.scorers] == ["strict", "exact_match"]
    assert task.scorers[0].params == {}


def test_a_prompt_may_be_a_file_or_a_constant() -> None:
    assert made(prompt={"file": "p.jinja", "constant": True}).prompt == PromptFile("p.jinja", True)
    assert made(prompt={"text": "Say hi", "constant": True}).prompt.is_constant


def test_what_is_asked_of_a_judge_changes_verdicts_and_no_number() -> None:
    task = made(judge={"min_kappa": 0.6})
    assert task.judge_condition == JudgeCondition(0.6, 90.0, proven=False)
    assert task.task_hash == made().task_hash
