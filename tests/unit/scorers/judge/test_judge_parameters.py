"""Parameters of a judge that do not go together are refused when the task is read, with what to do."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from evalkit.core.sample import Assertion, Sample
from evalkit.core.task import ScorerSpec, Task
from evalkit.errors import TaskError, UsageError
from evalkit.registry import SCORERS
from evalkit.runner.task_scorers import scoring_of
from evalkit.scorers.custom.asserts import validate_assertions
from evalkit.scorers.judge.judge import JudgeScorer
from evalkit.scorers.open import open_scorer
from evalkit.scorers.settings import ScorerSettings
from evalkit.tasks.taskfile import load_task_file
from tests.judges import APPROVES, DirectDoor

CRITERIA = {"clear": "It is clear.", "right": {"rubric": "It is right.", "scale": [1, 3]}}


def opened(**params: Any) -> JudgeScorer:
    scorer = open_scorer(ScorerSpec("judge", params))
    assert isinstance(scorer, JudgeScorer)
    return scorer


@pytest.mark.parametrize(
    "params, problem",
    [
        ({}, "nothing says what is judged"),
        ({"rubric": "a", "criteria": CRITERIA}, "both rubric and criteria"),
        ({"criteria": {}}, "criteria is empty"),
        ({"criteria": CRITERIA, "levels": {1: "bad"}}, "levels stand beside criteria"),
        ({"criteria": {"overall": "a"}}, "mean of all criteria"),
        ({"criteria": {"Clear": "a", "clear": "b"}}, "two criteria are called 'clear'"),
        ({"rubric": "a", "prompt": "{{ answer }} {{ target }}"}, "names 'target'.*reference: true"),
        ({"criteria": {"a b": "a"}}, "cannot be a name"),
        ({"criteria": {"a": {"rubrik": "a"}}}, "has no key 'rubrik'.*did you mean rubric"),
        ({"criteria": {"a": 3}}, "not a text"),
        ({"against": "other", "scale": [1, 5]}, "against says which is better"),
        ({"against": "other", "criteria": CRITERIA}, "compares by one rubric"),
        ({"rubric": "a", "scale": [5, 1]}, "no two grades"),
        ({"rubric": "a", "scale": [1]}, "two or three numbers"),
        ({"rubric": "a", "scale": [0, 1, 0.3]}, "do not reach 1"),
        ({"rubric": "a", "scale": [0, 1000]}, "finer than a judge tells apart"),
        ({"rubric": "a", "scale": [1, 5], "levels": {6: "best"}}, "level 6 is not on the scale"),
        ({"rubric": "a", "levels": {1: "bad"}}, "one level alone"),
        ({"rubric": "a", "levels": {"bad": "x", "good": "y"}}, "is not a grade"),
        ({"rubric": "a", "votes": 2}, "split evenly"),
        ({"rubric": "a", "votes": 3, "temperature": 0}, "all the same"),
        ({"rubric": "a", "votes": 3, "decide": "rank"}, "votes are asked for"),
        ({"rubric": "a", "temperature": 1, "decide": "rank"}, "writes nothing, and temperature is given"),
        ({"rubric": "a", "max_tokens": 10, "decide": "rank"}, "writes nothing, and max_tokens is given"),
        ({"rubric": "a", "scale": [0, 100], "decide": "rank"}, "ranks every grade"),
        ({"rubric": "a", "model": ["x/y", "x/y"]}, "named twice"),
        ({"rubric": "a", "decide": "guess"}, "one of generate, rank"),
        ({"rubric": "a {{ b"}, "template cannot be read"),
        ({"rubric": "a", "prompt": "Judge {{ input }}."}, "does not show the judge {{ answer }}"),
        ({"against": "other", "prompt": "Judge {{ answer }}."}, "names {{ answer_a }} and {{ answer_b }}"),
        ({"rubrik": "a"}, "did you mean rubric"),
    ],
)
def test_what_does_not_go_together_is_refused(params: dict[str, Any], problem: str) -> None:
    with pytest.raises(TaskError, match=problem) as raised:
        opened(**params)
    assert raised.value.hint or "one of" in raised.value.what or "template" in raised.value.what


def test_a_wrong_parameter_is_an_error_at_its_line(tmp_path: Any) -> None:
    file = tmp_path / "a.eval.yaml"
    file.write_text("task: a\nsamples:\n- {input: x}\nscorers:\n- judge: {rubric: a, votes: 2}\n")
    (task,) = load_task_file(file)
    with pytest.raises(TaskError, match="split evenly") as raised:
        scoring_of(task, [])
    assert raised.value.key == "scorers.0"
    assert task.lines["scorers.0"] == 5


def test_the_signature_says_who_judges_by_which_prompt_and_rubric() -> None:
    settings = ScorerSettings(judges=DirectDoor(APPROVES))
    plain = opened(rubric="a")
    assert plain.signature.startswith("judge(form=binary,model=--llm-judge,prompt=")
    bound = plain.bound(settings)
    assert f"model={APPROVES}," in bound.signature
    assert opened(rubric="b").signature != plain.signature
    assert "scale=1..5" in opened(rubric="a", scale=[1, 5]).signature
    signatures = {
        opened(rubric="a", **params).signature
        for params in (
            {}, {"scale": [1, 5]}, {"levels": {1: "x", 5: "y"}}, {"reference": True}, {"votes": 3},
            {"reference": "other"}, {"against": "other"}, {"model": "x/y"}, {"decide": "rank"},
            {"temperature": 1}, {"prompt": "Is {{ answer }} right?"},
        )
    }  # fmt: skip
    assert len(signatures) == 11


def test_what_changes_no_score_is_not_in_the_signature() -> None:
    assert opened(rubric="a").signature == opened(rubric="a", retries=5, max_chars=10).signature


def test_values_bounds_and_kind_are_those_of_the_form() -> None:
    assert (opened(rubric="a").kind, opened(rubric="a").bounds) == ("binary", (0.0, 1.0))
    assert opened(rubric="a", scale=[1, 5]).bounds == (1.0, 5.0)
    assert opened(rubric="a", model=["x/y", "x/z"]).kind == "graded"
    criteria = opened(criteria=CRITERIA)
    assert list(criteria.values) == ["overall", "clear", "right"]
    assert criteria.values["right"].bounds == (1.0, 3.0)
    assert criteria.bounds == (0.0, 1.0)


def test_it_reads_the_fields_that_it_names_and_no_more() -> None:
    assert opened(rubric="a").columns == []
    assert opened(rubric="{{ a }}", reference="{{ b }} {{ target }}", against="c").columns == ["a", "b", "c"]
    assert opened(rubric="a", prompt="{{ answer }} {{ d }} {{ rubric }}").columns == ["d"]
    assert opened(rubric="a", reference="{{ row.x }}").columns is None


def test_a_copy_is_the_same_judge() -> None:
    scorer = opened(criteria=CRITERIA)
    assert pickle.loads(pickle.dumps(scorer)) == scorer


def test_metrics_read_each_criterion_within_its_bounds(tmp_path: Any) -> None:
    file = tmp_path / "a.eval.yaml"
    head = "task: a\nsamples:\n- {input: x}\nscorers:\n- judge: {criteria: {clear: It is clear., right: "
    file.write_text(head + "{rubric: r, scale: [1, 3]}}}\nmetrics: [mean:judge, mean:judge.right]\n")
    (task,) = load_task_file(file)
    scoring = scoring_of(task, [])
    assert scoring.metrics["mean:judge"].bounds == (0.0, 1.0)
    assert scoring.metrics["mean:judge.right"].bounds == (1.0, 3.0)


def test_a_criterion_that_is_not_there_is_refused_with_what_is_near(tmp_path: Any) -> None:
    file = tmp_path / "a.eval.yaml"
    head = "task: a\nsamples:\n- {input: x}\nscorers:\n- judge: {criteria: {clear: It is clear.}}\n"
    file.write_text(head + "metrics: [mean:judge.cleer]\n")
    (task,) = load_task_file(file)
    with pytest.raises(TaskError, match=r"no value 'cleer' \(did you mean clear\?") as raised:
        scoring_of(task, [])
    assert raised.value.key == "metrics.0"


def test_a_grade_as_an_assertion_needs_a_bound() -> None:
    params = {"rubric": "Manners.", "scale": [1, 5]}
    validate_assertions([Assertion("judge", {**params, "at_least": 4})])
    with pytest.raises(TaskError, match="gives 1 to 5, and has no bound"):
        validate_assertions([Assertion("judge", params)])


def test_a_session_without_a_judge_says_so_before_a_sample_with_an_assertion_is_asked() -> None:
    sample = Sample("s", "q", assertions=(Assertion("judge", {"rubric": "a"}),))
    task = Task(task="t", samples=({"input": "q"},))
    with pytest.raises(UsageError, match="no judge Model is named"):
        scoring_of(task, [sample], ScorerSettings())


def test_its_class_says_that_any_criterion_may_be_there() -> None:
    assert "clear" in SCORERS.get("judge").values
    assert "a.b" not in SCORERS.get("judge").values
