"""`evalkit review` says what is wrong before it serves anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.core.response import Response
from evalkit.store.journal import Journal
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.cli.conftest import Command
from tests.unit.review.desks import add_answers, begin, numbered
from tests.unit.store.records import make_evaluation, write_run


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What would have been served until Ctrl-C."""
    found: list[object] = []
    monkeypatch.setattr("evalkit.web.serving.serve", lambda application, _: found.append(application))
    return found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run-x"], "there is no run 'run-x'"),
        (["--task=products"], "has no task 'products'"),
        (["latest::local/none"], "has no subject 'local/none'"),
        (["--kind=pairwise"], "nothing to compare latest with"),
        (["--against=latest"], "nothing to compare latest with"),
        (["--reviewers=anna,"], "cannot name a reviewer"),
        (["--reviewers=anna,anna"], "named twice"),
        (["--reviewers=../x"], "cannot name a reviewer"),
        (["--scale=1-5", "--kind=pass_fail"], "for --kind=rubric"),
        (["--n=0"], "--n and --overlap take numbers from 1 on"),
        (["--overlap=0"], "--n and --overlap take numbers from 1 on"),
        (["--control-share=2"], "--control-share=2 is not a share"),
        (["--host=0.0.0.0", "--no-browser"], "--allow-network"),
        (["--port=99999", "--no-browser"], "no port 99999"),
    ],
)
def test_what_cannot_be_served_is_one_clear_line(
    evalkit: Command, store: Path, served: list[object], words: list[str], said: str
) -> None:
    add_answers(store, "run-a", numbered(3))
    status, out, err = evalkit("review", *words)
    assert (status, out.count("token"), served) == (4, 0, [])
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_run_with_several_tasks_says_which_there_are(evalkit: Command, store: Path) -> None:
    add_answers(store, "run-a", numbered(2))
    spool = Spool.create(store, "run-a")
    spool.add_evaluation(make_evaluation("run-a-2", "run-a", task="products"))
    spool.close()
    status, _, err = evalkit("review")
    assert status == 4
    assert "--task=sums | products" in err


def test_a_project_that_another_process_serves_is_not_served_twice(
    evalkit: Command, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.store.journal._FOLDING_S", 0.0)
    add_answers(store, "run-a", numbered(3))
    journal = Journal.open(store, f"review-{begin(store, n=200).project_id}")
    assert journal is not None
    status, _, err = evalkit("review", "--no-browser")
    journal.close()
    assert status == 4
    assert "already serves this project" in err


def test_a_run_without_answers_has_nothing_to_review(evalkit: Command, store: Path) -> None:
    add_answers(store, "run-a", {"s0": Response(error="timeout")})
    status, _, err = evalkit("review")
    assert status == 4
    assert "nothing to review" in err


def test_the_baseline_of_other_kinds_is_what_answers_turned_against(evalkit: Command, store: Path) -> None:
    write_run(store, "run-a", values=(1.0,) * 8)
    write_run(store, "run-b", values=(1.0,) * 7 + (0.0,))
    words = ["--against=run-a", "--kind=pass_fail", "--n=2", "--no-browser", "--reviewers=anna"]
    status, out, _ = evalkit("review", "run-b", *words)
    assert status == 0
    assert "anna: 0 of 2 reviewed" in out
    with Store.open(store) as opened:
        ((items,),) = opened.ask("SELECT items FROM review_projects").rows
    assert '"sample_id":"s7","repeat":0' in items
    assert '"picked_for":"flip"' in items


def test_each_reviewer_gets_a_link_and_nobody_elses(
    evalkit: Command, store: Path, served: list[object]
) -> None:
    add_answers(store, "run-a", numbered(3))
    status, out, _ = evalkit("review", "--reviewers=anna,ben", "--no-browser", "--json")
    links = json.loads(out)["links"]
    assert (status, len(served), list(links)) == (0, 1, ["anna", "ben"])
    assert len(set(links.values())) == 2


def test_the_link_that_a_browser_is_started_with_is_none_of_those_that_are_printed(
    evalkit: Command, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    add_answers(store, "run-a", numbered(3))
    _, out, _ = evalkit("review", "--reviewers=anna", "--json")
    assert len(opened) == 1
    assert opened[0] != json.loads(out)["links"]["anna"]
