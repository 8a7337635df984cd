"""What a task asks for is tried out when it is collected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from evalkit.comparisons.estimate import estimate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import Task
from evalkit.errors import TaskError
from evalkit.registry import SCORERS
from evalkit.runner.task_check import check_task
from evalkit.runner.task_scorers import TaskScoring, scoring_of
from evalkit.scorers.base import BaseScorer

SAMPLE = Sample("a", "x", target="Yes")


class Mine(BaseScorer):
    """A scorer of another package that says nothing of its values."""

    name = signature = "mine"

    def score(self, sample: Sample, response: Response) -> Score:
        return Score(self.name, 1.0, "yes")


class Stars(Mine):
    """One that gives one to five stars."""

    name = signature = "stars"
    bounds = (1.0, 5.0)


class Breaking(Mine):
    """One whose constructor breaks."""

    def __init__(self) -> None:
        raise KeyError("HOME")


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(SCORERS, "_targets", dict(SCORERS._targets))
    SCORERS.register("mine", f"{__name__}:Mine")
    SCORERS.register("stars", f"{__name__}:Stars")
    SCORERS.register("breaking", f"{__name__}:Breaking")
    SCORERS.register("gone", "no.such.package:Scorer")
    return


def task(**keys: Any) -> Task:
    return Task(task="t", samples=[{"id": "a", "input": "x", "target": "Yes"}], **keys)


def read_by(metric: str, scoring: TaskScoring) -> float | None:
    """The metric where each of the task's scorers gave the number of its place, as halves."""
    scores = {
        scorer.name: [Score(scorer.name, float(place), str(place))]
        for place, scorer in enumerate(scoring.scorers)
    }
    signatures = {scorer.name: scorer.signature for scorer in scoring.scorers}
    seen = Observations(["a"], ["1"], [Response("Yes")], scores, scorer_signatures=signatures)
    return estimate(scoring.metrics[metric], metric, seen).value


@pytest.mark.parametrize("scorer", ["mine", "case_insensitive_str_match", "exact_str_match", "squad_em"])
@pytest.mark.parametrize("metric", ["accuracy", "majority", "group_em"])
def test_a_metric_reads_the_scorer_that_the_task_names_and_adds_none(scorer: str, metric: str) -> None:
    scoring = scoring_of(task(scorers=[scorer], metrics=[metric]), [SAMPLE])
    assert [each.name for each in scoring.scorers] == [scorer]
    assert read_by(metric, scoring) == 0


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ({"scorers": ["mine", "exact_match"], "metrics": ["accuracy"]}, "mine, exact_match"),
        ({"scorers": ["contains", "regex: x"], "metrics": ["accuracy"]}, ""),
        ({"scorers": ["exact_match", "numeric"], "metrics": ["f1_macro"]}, "exact_match, numeric"),
        ({"scorers": ["exact_match", "mine"], "gates": ["accuracy >= 0.5"]}, "exact_match, mine"),
    ],
    ids=str,
)
def test_several_that_fit_are_an_error_that_names_them_and_says_how_to_choose(
    keys: dict[str, Any], names: str
) -> None:
    if "regex: x" in keys["scorers"]:
        keys = {**keys, "scorers": ["contains", {"regex": "x"}]}
        names = "contains, regex"
    with pytest.raises(TaskError, match=f"several of the task's scorers: {names}") as caught:
        check_task(task(**keys), [SAMPLE])
    assert f":{names.split(',')[0]}'" in str(caught.value)
    assert caught.value.key == ("gates.0" if "gates" in keys else "metrics.0")


@pytest.mark.parametrize("metric", ["accuracy:exact_match", {"accuracy": {"scorer": "exact_match"}}])
def test_the_metric_may_say_which(metric: Any) -> None:
    scoring = scoring_of(task(scorers=["mine", "exact_match"], metrics=[metric]), [SAMPLE])
    assert read_by(next(iter(scoring.metrics)), scoring) == 1


def test_what_other_metrics_are_about_is_not_in_question() -> None:
    metrics = ["accuracy", {"accuracy": {"scorer": "exact_match"}}, "mean:contains"]
    scoring = scoring_of(task(scorers=["exact_match", "contains", "mine"], metrics=metrics), [SAMPLE])
    assert scoring.specs["accuracy"].params == {"scorer": "mine"}
    assert "scorer:mine" in scoring.metrics["accuracy"].signature(
        Observations([], [], [], {"exact_match": [], "contains": [], "mine": []})
    )


@pytest.mark.parametrize("scorer", ["json_fields", "stars", "sequence_f1"])
def test_scorers_of_another_kind_are_never_supplemented(scorer: str) -> None:
    with pytest.raises(TaskError, match=f"reads values 0 and 1, and the task's scorers \\({scorer}\\)"):
        check_task(task(scorers=[scorer], metrics=["accuracy"]), [SAMPLE])


def test_a_metric_of_one_scorer_alone_still_brings_it() -> None:
    scoring = scoring_of(task(scorers=["exact_match"], metrics=["accuracy", "squad_f1"]), [SAMPLE])
    assert [each.name for each in scoring.scorers] == ["exact_match", "squad"]


def test_one_scorer_may_judge_twice_under_names_of_its_own() -> None:
    scorers = [{"exact_match": {"name": "strict"}}, {"exact_match": {"name": "loose", "ignore_case": True}}]
    metrics = ["accuracy:strict", "accuracy:loose", "mean:loose"]
    scoring = scoring_of(task(scorers=scorers, metrics=metrics), [SAMPLE])
    given = [scorer.score(SAMPLE, Response("yes")) for scorer in scoring.scorers]
    assert [(score.scorer, score.value) for score in given] == [("strict", 0.0), ("loose", 1.0)]  # type: ignore[union-attr]
    assert [read_by(metric, scoring) for metric in metrics] == [0, 1, 1]
    assert scoring.metrics["mean:loose"].bounds == (0, 1)


@pytest.mark.parametrize(
    ("keys", "key", "what"),
    [
        ({"scorers": [{"exact_match": {"ignore_cse": True}}]}, "scorers.0", "did you mean ignore_case"),
        ({"scorers": ["exact_match", {"regex": "("}]}, "scorers.1", "pattern"),
        ({"scorers": [{"exact_match": {"name": "contains"}}]}, "scorers.0", "that of another scorer"),
        ({"scorers": ["breaking"]}, "scorers.0", "KeyError: 'HOME'"),
        ({"scorers": ["gone"]}, "scorers.0", "cannot be loaded: ModuleNotFoundError"),
        ({"metrics": ["accuracy", {"f1": {"postive": 1}}]}, "metrics.1", "did you mean positive"),
        ({"metrics": [{"accuracy": {"scorer": "exact_mach"}}]}, "metrics.0", "did you mean exact_match"),
        ({"gates": ["accuracy >= 0.1", "accuracy >= 80"]}, "gates.1", "did you mean 0.8"),
        ({"gates": ["accuracy >= -1"]}, "gates.0", "lies in 0 .. 1"),
        ({"gates": ["error_rate <= 5"]}, "gates.0", "did you mean 0.05"),
        ({"gates": ["mcc >= 2"]}, "gates.0", "did you mean 0.02"),
        ({"gates": ["latency_p95_s <= -1"]}, "gates.0", "did you mean 1"),
        ({"gates": [{"regression": {"metric": "accuracy", "margin": 2}}]}, "gates.0", "did you mean 0.02"),
        ({"gates": [{"regression": {"metric": "accuracy", "margin": 1}}]}, "gates.0", "did you mean 0.01"),
    ],
)
def test_what_a_session_would_break_on_is_an_error_at_its_entry(
    keys: dict[str, Any], key: str, what: str
) -> None:
    with pytest.raises(TaskError, match=what) as caught:
        check_task(task(**keys), [SAMPLE])
    assert caught.value.key == key


@pytest.mark.parametrize(
    "gate", ["bleu >= 30", "cost_usd <= 12", "accuracy >= 1", "mean:python <= 99", "cider_d >= 1.2"]
)
def test_a_gate_within_the_bounds_of_its_metric_stands(gate: str) -> None:
    scorers = [{"python": "tests.unit.scorers.applications:is_short"}] if "python" in gate else []
    check_task(task(gates=[gate], scorers=scorers), [SAMPLE])


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"response_format": {"type": "object", "properties": []}}, "response_format"),
        ({"tools": [{"name": "look", "parameters": {"type": "objekt"}}]}, "tools.0"),
    ],
)
def test_a_schema_that_is_none_is_refused_before_it_is_sent(keys: dict[str, Any], key: str) -> None:
    with pytest.raises(TaskError, match="the schema is wrong at") as caught:
        check_task(Task(task="t", samples=[{"id": "a", "input": "x"}], **keys), [SAMPLE])
    assert caught.value.key == key
