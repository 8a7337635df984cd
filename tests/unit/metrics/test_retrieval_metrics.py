"""Retrieval metrics against trec_eval's own test data, and what a ranking may look like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.load import load_file
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.retrieval.engine.ranking import read_grades, read_ranking
from evalkit.models.recordings.trec_run import read_run
from tests.shared_data import shared_data
from tests.unit.metrics.observing import metric, value_of
from tests.unit.metrics.texts import written

#: trec_eval's names to ours.
MEASURES: dict[str, tuple[str, dict[str, Any]]] = {
    "map": ("map", {}),
    "map_cut_10": ("map", {"k": 10}),
    "recip_rank": ("mrr", {}),
    "ndcg": ("ndcg_at_k", {"k": None}),
    **{f"P_{k}": ("precision_at_k", {"k": k}) for k in (5, 10, 15, 100, 1000)},
    **{f"recall_{k}": ("recall_at_k", {"k": k}) for k in (5, 10, 100, 1000)},
    **{f"ndcg_cut_{k}": ("ndcg_at_k", {"k": k}) for k in (5, 10, 100, 1000)},
}
#: Run, judgements, trec_eval's output, smallest relevant grade.
FILES = [
    ("results.test", "qrels.test", "out.test.aq", 1),
    ("results.test", "qrels.rel_level", "out.test.aql", 2),
    ("results.trunc", "qrels.test", "out.test.aqc", 1),
]


def evaluated(folder: Path, run: str, judgements: str) -> Observations:
    """The queries of a run with their judgements, read as a task and a replay read them."""
    form = FileFormat.from_options({"format": "qrels"}, "test")
    grades = {row["id"]: row["relevant"] for row in load_file(folder / judgements, form)}
    found = {query: response for (_, query, _), response in read_run(folder / run).items()}
    return Observations(list(found), [grades[query] for query in found], list(found.values()))


def printed(path: Path) -> dict[tuple[str, str], str]:
    """What trec_eval printed: measure and query (or ``all``) to the value."""
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {(measure, query): value for measure, query, value in rows}


@pytest.mark.shared_data
@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("run, judgements, output, level", FILES, ids=[each[2] for each in FILES])
def test_every_value_is_the_one_that_trec_eval_prints(
    run: str, judgements: str, output: str, level: int, measure: str
) -> None:
    folder = shared_data("trec_eval_testdata")
    data = evaluated(folder, run, judgements)
    expected = printed(folder / output)
    name, params = MEASURES[measure]
    opened = metric(name, relevant_from=level, **params)
    rows = opened.table(data).rows
    seen = {query: f"{value:.4f}" for query, value in zip(data.sample_ids, rows[:, 0], strict=True)}
    assert seen == {query: expected[measure, query] for query in data.sample_ids}
    if output != "out.test.aqc":  # there -c counts queries that the run lacks
        assert f"{opened.aggregate(rows)[0]:.4f}" == expected[measure, "all"]


@pytest.mark.shared_data
def test_equal_scores_are_ranked_by_descending_id_whatever_the_order_of_lines(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("q Q0 a 1 0.5 r\nq Q0 c 2 0.5 r\nq Q0 b 3 0.7 r\n", encoding="utf-8")
    (response,) = read_run(tmp_path / "run").values()
    assert read_ranking(str(response.output)) == ["b", "c", "a"]


@pytest.mark.parametrize(
    "output, ranking",
    [
        ('["d2", "d1", 7]', ["d2", "d1", "7"]),
        ('{"d1": 0.1, "d2": 0.9, "d3": 0.1}', ["d2", "d3", "d1"]),
        ('[["d1", 1], ["d2", 3.5]]', ["d2", "d1"]),
        ('[{"id": "d1", "score": 2}, {"id": "d2", "score": 3}]', ["d2", "d1"]),
        ('[{"id": "d1"}, {"id": "d2"}]', ["d1", "d2"]),
        (" d3\n\nd4 \n", ["d3", "d4"]),
        ("[]", []),
        ("", []),
    ],
)
def test_a_ranking_may_be_ids_in_order_or_ids_with_scores(output: str, ranking: list[str]) -> None:
    assert read_ranking(output) == ranking


@pytest.mark.parametrize(
    "output, message",
    [
        ('["d1", "d1"]', "document 'd1' appears twice"),
        ('["d1"', "is not JSON"),
        ("[[1, 2, 3]]", "has an entry"),
        ('[["d1", "high"]]', "a score that is not a number"),
        ('{"d1": 1, "d2": null}', "a score that is not a number"),
    ],
)
def test_a_ranking_that_cannot_be_read_is_a_failure_and_harms_no_other(output: str, message: str) -> None:
    table = metric("map").table(written([output, "d1"], [["d1"], ["d1"]]))
    assert message in str(table.first_failure)
    assert (table.n_failed, table.rows.tolist()) == (1, [[1.0]])


@pytest.mark.parametrize(
    "target, grades",
    [
        ({"d1": 2, "d2": 0}, {"d1": 2.0, "d2": 0.0}),
        (["d1", 7], {"d1": 1.0, "7": 1.0}),
        ('{"d1": 3}', {"d1": 3.0}),
        ('["d1"]', {"d1": 1.0}),
        ("d1", {"d1": 1.0}),
    ],
)
def test_a_target_may_be_ids_or_grades(
    target: dict[str, int] | list[int | str] | str, grades: dict[str, float]
) -> None:
    assert read_grades(target) == grades


@pytest.mark.parametrize("target", [None, "", "[oops", {"d1": "much"}])
def test_a_target_that_says_nothing_is_a_failure(target: dict[str, str] | str | None) -> None:
    with pytest.raises(MetricError):
        value_of("ndcg_at_k", written(["d1"], [target]))


def test_an_empty_ranking_and_a_query_without_relevant_documents_are_zero() -> None:
    for name in ("precision_at_k", "recall_at_k", "mrr", "map", "ndcg_at_k"):
        assert value_of(name, written(["", "d1"], [["d1"], {"d1": 0}])) == 0


def test_contexts_of_an_application_can_be_the_ranking() -> None:
    responses = [Response("Paris.", contexts=("p2", "p1"))]
    data = Observations(["s"], [["p1"]], responses)
    assert value_of("mrr", data, ranking="contexts") == 0.5
    with pytest.raises(MetricError, match="the response has no contexts"):
        value_of("mrr", written(["Paris."], [["p1"]]), ranking="contexts")


def test_k_must_be_positive_and_is_in_the_signature() -> None:
    with pytest.raises(TaskError, match="k 0 is not positive"):
        metric("ndcg_at_k", k=0)
    data = written(["a"], ["a"])
    assert metric("ndcg_at_k").signature(data) == "ndcg_at_k|k:10|relevant_from:1|ranking:output|v1"
    assert metric("mrr").signature(data) == "mrr|k:all|relevant_from:1|ranking:output|v1"


def test_graded_gains_follow_the_definition() -> None:
    data = written([json.dumps(["d2", "d0", "d1"])], [{"d1": 3, "d2": 1, "d9": -1}])
    assert value_of("ndcg_at_k", data) == pytest.approx((1 + 3 / 2) / (3 + 1 / 1.584962500721156))
