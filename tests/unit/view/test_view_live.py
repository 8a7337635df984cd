"""A run is followed while it goes on, and nothing is taken from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.store.going_on import GoingOn
from evalkit.store.spool import Spool
from tests.unit.store.records import make_evaluation, make_run, write_run
from tests.unit.view.looking import Viewer


def answer(
    spool: Spool, sample_id: str, value: float, error: str | None = None, cost_usd: float | None = 0.25
) -> None:
    response = Response(None, error=error) if error else Response("2", cost_usd=cost_usd)
    spool.add_response("run-x-1", Sample(sample_id, "1 + 1", "2"), response)
    spool.add_scores("run-x-1", sample_id, 0, Score("exact_match", None if error else value))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "results.duckdb"
    write_run(path)
    return path


@pytest.fixture
def spool(path: Path) -> Iterator[Spool]:
    """A run that has asked three of its ten samples."""
    spool = Spool.create(path, "run-x")
    spool.add_run(make_run("run-x", status="running", finished_at=None))
    spool.add_evaluation(make_evaluation("run-x-1", "run-x", n_samples=10, status="running"))
    answer(spool, "s0", 1.0)
    answer(spool, "s1", 0.0)
    answer(spool, "s2", 0.0, error="no answer")
    spool.flush()
    yield spool
    spool.discard()


def test_what_has_come_so_far_is_counted(path: Path, spool: Spool) -> None:
    (run,) = GoingOn(path).read()
    (found,) = run.evaluations
    assert (run.status, found.task, found.subject) == ("running", "sums", "local/tiny")
    assert (found.n_asked, found.n_answers, found.n_errors, found.cost_usd) == (10, 3, 1, 0.5)
    assert found.scores == {"exact_match": (2, 1.0)}


def test_a_cost_says_of_how_many_answers_it_is_known(path: Path, spool: Spool) -> None:
    assert "$0.5" in Viewer([path]).page("/live/run-x")
    answer(spool, "s3", 1.0, cost_usd=None)
    spool.flush()
    assert "of 2 of 3 answers" in Viewer([path]).page("/live/run-x")


def test_a_second_look_counts_what_is_new_once(path: Path, spool: Spool) -> None:
    going_on = GoingOn(path)
    going_on.read()
    answer(spool, "s3", 1.0)
    spool.flush()
    (run,) = going_on.read()
    assert run.evaluations[0].n_answers == 4


def test_a_line_that_is_still_being_written_waits(path: Path, spool: Spool) -> None:
    going_on = GoingOn(path)
    with spool.path.open("ab") as file:
        file.write(b'["scores","run-x-1","s4",0,"exact')
        file.flush()
        assert going_on.read()[0].evaluations[0].scores == {"exact_match": (2, 1.0)}
        file.write(b'_match",1.0,null,null,null,null]\n')
    assert going_on.read()[0].evaluations[0].scores == {"exact_match": (3, 2.0)}


def test_the_page_of_a_run_asks_for_itself_until_it_has_ended(path: Path, spool: Spool) -> None:
    viewer = Viewer([path])
    assert "3 of 10" in viewer.page("/live/run-x")
    assert 'data-follow="2"' in viewer.page("/live/run-x")
    assert 'href="/results/live/run-x"' in viewer.page("/runs")
    spool.add_run(make_run("run-x"))
    spool.flush()
    assert "data-follow" not in viewer.page("/live/run-x")


def test_a_run_that_was_folded_by_now_has_its_report(path: Path) -> None:
    received = Viewer([path]).get("/results/live/run-a")
    assert (received.status, received.headers["location"]) == (303, "/results/runs/run-a")
