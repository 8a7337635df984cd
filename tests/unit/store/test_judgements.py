"""What judges said is kept beside the scores, through every form that a run takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.judgement import Judgement
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.store import usage
from evalkit.store.judgements import append
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

SIGNATURES = {"tone": "judge(form=binary,model=m,prompt=0,rubric=0)"}
SAID = (
    Judgement(
        "tone", "m", "rev-1", 0, "ab", "A", 1.0, {"polite": 1.0, "short": 0.5}, 0.75, "It is polite.",
        None, 40, 7, 0.5, 1.25, True,
    ),
    Judgement("tone", "m", round=1, order="ba", error="the judge is out", cost_usd=0.25),
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One answer with two judgements, priced, and one that nothing was said of."""
    path = tmp_path / "results.duckdb"
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation(scorer_signatures=SIGNATURES, n_repeats=1, judged_from="run-0-1"))
    for sample_id, said in (("a", SAID), ("b", None)):
        answer = Response("out", sample_id, cost_usd=2.0)
        spool.add_response("run-a-1", Sample(sample_id, "in"), answer)
        # Under the name that the task gave to its scores, whatever the scorer calls them.
        spool.add_scores("run-a-1", sample_id, 0, Score("tone", 1.0, judgements=said))
    spool.close()
    with Store.open(path, mode="write") as opened:
        opened.fold()
    return path


def read(path: Path) -> list[tuple[Judgement, ...] | None]:
    with Store.open(path) as opened:
        return [each.judgements for each in opened.observations("run-a-1").scores["tone"]]


def test_every_field_of_a_judgement_is_read_back(store: Path) -> None:
    assert read(store) == [SAID, None]


def test_they_go_with_a_run_into_a_file_and_out_of_it(store: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "run.jsonl", tmp_path / "other/results.duckdb"
    with Store.open(store) as opened:
        opened.export_run("run-a", file)
    with Store.open(other, mode="write") as opened:
        opened.import_runs(file)
        assert opened.evaluation("run-a-1").judged_from == "run-0-1"
    assert read(other) == [SAID, None]


def test_what_was_asked_later_is_told_from_what_the_score_is_made_of(store: Path) -> None:
    later = Judgement("tone", "m", round=2, verdict="B", value=0.0, cost_usd=8.0, is_rejudged=True)
    with Store.open(store, mode="write") as opened:
        assert append(opened.connection, "run-a-1", {("tone", "a", 0): [later]}) == 1
        cost = usage.earlier_cost(opened.connection, "run-a-1")
    assert read(store)[0] == (*SAID, later)
    # An answer costs what the Subject took and what its judges took in the run: 2 + 0.75, and 2.
    assert cost == usage.EarlierCost(2.375, 2, 2)


def test_a_run_that_is_deleted_takes_them_along(store: Path) -> None:
    with Store.open(store, mode="write") as opened:
        opened.delete_run("run-a", ["run-a-1"])
        assert opened.connection.execute("FROM judgements").fetchall() == []
