"""Who may take part is settled before the first call, in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.api.options import options_of, with_models
from evalkit.core.task import Task
from evalkit.errors import UsageError
from evalkit.session.driver import plan
from evalkit.session.session import EvalSession
from evalkit.session.tournament.entry import refuse_unfit
from evalkit.session.units import BrokenUnit, ReadyUnit

ROWS = [{"id": f"s{n}", "input": "say a", "target": "a"} for n in range(4)]


def answer(prompt: str) -> str:
    raise AssertionError("nothing is asked")


def session(tmp_path: Path, names: str = "ab", **options: Any) -> EvalSession:
    given = {"store": tmp_path / "store.duckdb", **options}
    read, models = with_models(options_of(given, tmp_path), dict.fromkeys(names, answer), tmp_path)
    return EvalSession(read, tmp_path, tmp_path, "run", models=models)


def task(**changes: Any) -> Task:
    return evalkit.Task(task="says", samples=ROWS, **{"metrics": ["accuracy", "f1"], **changes})


def refusal(tmp_path: Path, task: Task, **options: Any) -> str:
    found = session(tmp_path, **options)
    with pytest.raises(UsageError) as caught:
        found.planned(plan(found.tasks, [task]))
    return str(caught.value)


def test_one_subject_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs two subjects or more, and there is only one"):
        session(tmp_path, "a", tournament=True)


@pytest.mark.parametrize("other", ["sequential", "rerun", "batch"])
def test_it_goes_with_nothing_else_that_says_what_is_asked(tmp_path: Path, other: str) -> None:
    value: Any = 5 if other == "rerun" else True
    with pytest.raises(UsageError, match=f"tournament=first: leave out {other}"):
        options_of({"tournament": True, other: value}, tmp_path)


def test_a_metric_that_is_no_mean_is_refused_with_those_that_are(tmp_path: Path) -> None:
    told = refusal(tmp_path, task(), tournament="f1")
    assert "--llm-tournament=f1: task says: f1 is not a mean over samples" in told
    assert "name one of accuracy" in told


def test_a_metric_without_bounds_is_refused(tmp_path: Path) -> None:
    told = refusal(tmp_path, task(metrics=["output_chars_mean"]), tournament="output_chars_mean")
    assert "the values of output_chars_mean have no bounds" in told


def test_a_slip_in_the_name_of_a_metric_is_told_what_is_near(tmp_path: Path) -> None:
    told = refusal(tmp_path, task(), tournament="acuracy")
    assert "task says has no such metric" in told
    assert "accuracy" in told


def test_without_a_name_it_is_the_first_bounded_mean_or_none(tmp_path: Path) -> None:
    told = refusal(tmp_path, task(metrics=["f1"]), tournament=True)
    assert "task says has no metric that is a bounded mean" in told


def test_samples_of_groups_are_refused(tmp_path: Path) -> None:
    rows = [{**row, "topic": "one"} for row in ROWS]
    told = refusal(tmp_path, evalkit.Task(task="says", samples=rows, group="{{ topic }}"), tournament=True)
    assert "samples of one group do not come independently" in told


def test_asserted_samples_are_refused(tmp_path: Path) -> None:
    rows = [{**row, "assert": [{"contains": "a"}]} for row in ROWS]
    told = refusal(tmp_path, evalkit.Task(task="says", samples=rows), tournament=True)
    assert "its samples are asserted one by one" in told


def test_a_worker_breaks_the_units_where_it_cannot_end_the_session(tmp_path: Path) -> None:
    found = session(tmp_path)
    items = plan(found.tasks, [task()])
    units = refuse_unfit(found.planned(items), items, "f1", is_worker=True)
    assert [type(each) for each in units] == [BrokenUnit, BrokenUnit]


def test_who_takes_over_from_a_dead_process_may_have_one_subject_left(tmp_path: Path) -> None:
    found = session(tmp_path)
    items = plan(found.tasks, [task()])
    (left,) = refuse_unfit(found.planned(items)[:1], items, "accuracy", is_worker=True)
    assert isinstance(left, ReadyUnit)


def test_a_task_that_one_subject_alone_is_asked_is_refused(tmp_path: Path) -> None:
    found = session(tmp_path, tournament=True)
    with pytest.raises(UsageError, match="task says is asked of one subject alone"):
        found.planned(plan(found.tasks, [task()])[:1])
