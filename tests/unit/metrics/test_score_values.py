"""One Score may carry several numbers, and metrics read each of them by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.gate import parse_metric
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import Task
from evalkit.errors import TaskError
from evalkit.metrics.open import open_metric
from evalkit.runner.task_scorers import scoring_of
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

SIGNATURE = "ifeval(langdetect=1)"
SCORES = [
    Score("ifeval", 0.5, values={"strict": 0.5, "loose": 1.0}),
    Score("ifeval", 0.0, values={"strict": 0.0, "loose": 0.5}),
]


def observations() -> Observations:
    responses = [Response("x", str(i)) for i in range(2)]
    return Observations(["0", "1"], ["a", "a"], responses, {"ifeval": SCORES}, None, {"ifeval": SIGNATURE})


def value(metric: str, data: Observations) -> float:
    opened = open_metric(parse_metric(metric))
    return float(opened.aggregate(opened.table(data).rows)[0])


def test_a_metric_reads_the_main_value_and_each_other_by_its_name() -> None:
    found = [value(f"mean:{name}", observations()) for name in ("ifeval", "ifeval.strict", "ifeval.loose")]
    assert found == [0.25, 0.25, 0.75]


def test_the_signature_names_the_value() -> None:
    metric = open_metric(parse_metric("mean:ifeval.loose"))
    assert f"scorer:{SIGNATURE}.loose" in metric.signature(observations())


def test_loose_metrics_of_ifeval_read_the_value_of_the_one_scorer() -> None:
    assert value("inst_level_loose_acc", observations()) == 0.75
    assert value("prompt_level_loose_acc", observations()) == 0.5


def test_values_come_back_from_the_store_and_are_read_there(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation(scorer_signatures={"ifeval": SIGNATURE}))
    for i, score in enumerate(SCORES):
        spool.add_response("run-a-1", Sample(str(i), "x"), Response("x", str(i)), i)
        spool.add_scores("run-a-1", str(i), 0, score)
    spool.close()
    with Store.open(path) as store:
        stored = store.observations("run-a-1")
        sums = store.connection.execute("SELECT sum((named_values->>'loose')::DOUBLE) FROM scores").fetchall()
    assert list(stored.scores["ifeval"]) == SCORES
    assert value("mean:ifeval.loose", stored) == 0.75
    assert sums == [(1.5,)]


def test_a_task_with_the_one_scorer_serves_all_four_metrics_of_ifeval() -> None:
    names = (
        "prompt_level_strict_acc",
        "inst_level_strict_acc",
        "prompt_level_loose_acc",
        "inst_level_loose_acc",
    )
    task = Task(task="t", samples=[{"input": "x", "target": "a"}], scorers=["ifeval"], metrics=list(names))
    scoring = scoring_of(task, [Sample("0", "x", "a")])
    assert [scorer.name for scorer in scoring.scorers] == ["ifeval"]


def test_a_value_that_the_scorer_does_not_give_is_an_error_of_the_task() -> None:
    task = Task(
        task="t", samples=[{"input": "x", "target": "a"}], scorers=["ifeval"], metrics=["mean:ifeval.odd"]
    )
    with pytest.raises(TaskError, match=r"unknown scorer 'ifeval\.odd'"):
        scoring_of(task, [Sample("0", "x", "a")])
