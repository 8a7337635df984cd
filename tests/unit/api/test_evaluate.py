"""Evaluations from Python: what they return, what they raise, and where they may run."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import evalkit
from evalkit.errors import GateError, ModelSpecError, TaskError, UsageError
from evalkit.metrics.base import weighted_mean
from evalkit.metrics.cancellation import long_work
from evalkit.registry import METRICS
from evalkit.store.store import Store
from tests.unit.api.conftest import right, wrong


def evaluated(models: Any = None, **options: Any) -> evalkit.Results:
    return evalkit.evaluate(
        "suites", {"right": right} if models is None else models, progress=False, **options
    )


def test_a_callable_is_evaluated_under_its_own_name(project: Path) -> None:
    results = evaluated([right])
    assert results.is_passed
    assert [row["model"] for row in results.verdicts] == ["python:tests.unit.api.conftest:right"]


def test_verdicts_metrics_and_samples_are_tables_of_the_run(project: Path) -> None:
    results = evaluated({"right": right, "wrong": wrong})
    assert [(row["model"], row["gate"], row["verdict"]) for row in results.verdicts] == [
        ("right", "accuracy >= 0.9", "pass"),
        ("wrong", "accuracy >= 0.9", "fail"),
    ]
    (accuracy,) = (row for row in results.metrics if row["metric"] == "accuracy" and row["model"] == "wrong")
    assert (accuracy["value"], accuracy["n"]) == (0.0, 4)
    samples = [
        (row["model"], row["sample_id"], row["output"], row["exact_match_score"]) for row in results.samples
    ]
    assert samples[:2] == [("right", "a", "ONE", 1.0), ("right", "b", "TWO", 1.0)]
    assert len(results.samples) == 8


def test_tables_are_arrow_pandas_and_polars_with_the_same_values(project: Path) -> None:
    table = evaluated().metrics
    arrow = table.to_arrow()
    assert table.to_pandas()["value"].tolist()[0] == table.to_polars()["value"].to_list()[0] == 1.0
    assert tuple(arrow.column_names) == table.columns == tuple(table.to_polars().columns)


def test_a_gate_that_fails_raises_only_where_that_is_asked_for(project: Path) -> None:
    results = evaluated({"wrong": wrong})
    with pytest.raises(GateError, match=r"accuracy >= 0\.9: fail: accuracy 0\.000"):
        results.raise_on_failure()


def test_a_task_object_and_a_path_can_stand_side_by_side(project: Path) -> None:
    task = evalkit.Task(task="own", samples=[{"id": "1", "input": "x", "target": "X"}], metrics=["accuracy"])
    results = evalkit.evaluate([task, Path("suites")], {"right": right}, progress=False)
    assert {row["task"] for row in results.metrics} == {"own", "shout"}


def test_options_are_the_plugins_without_llm(project: Path) -> None:
    results = evaluated(limit=2, repeats=3, cache="off")
    assert len(results.samples) == 6
    with Store.open(results.store) as store:
        assert store.run(results.run_id).is_partial


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"tasks": "nowhere", "models": "python:app:f"}, TaskError, "no such file"),
        ({"tasks": [], "models": "python:app:f"}, UsageError, "no task is given"),
        ({"tasks": "suites"}, UsageError, "no model is given"),
        ({"tasks": "suites", "models": [lambda text: text]}, ModelSpecError, "has no name"),
        ({"tasks": "suites", "models": 7}, ModelSpecError, "7 is not a model"),
        ({"tasks": "suites", "models": {"": right}}, ModelSpecError, "has an empty name"),
        ({"tasks": "suites", "models": {"right": right}, "limt": 3}, UsageError, "did you mean limit"),
        ({"tasks": "suites", "model": right}, UsageError, "did you mean models"),
        ({"tasks": "suites", "models": {"right": right}, "prompt": "p"}, UsageError, "did you mean prompts"),
        ({"tasks": "suites", "models": {"right": right}, "limit": -1}, UsageError, "limit=-1"),
        ({"tasks": "suites", "models": {"right": right}, "prompts": "p"}, UsageError, "map names to files"),
        (
            {"tasks": "suites", "models": {"right": right}, "baseline": "subject:none"},
            UsageError,
            "subject:none",
        ),
    ],
)
def test_what_cannot_be_used_is_one_error_and_nothing_is_asked(
    project: Path, arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text) as caught:
        evalkit.evaluate(**arguments, progress=False)
    assert "\n" not in str(caught.value)


async def both() -> tuple[evalkit.Results, evalkit.Results]:
    waited = await evalkit.aevaluate("suites", {"right": right}, progress=False)
    return waited, evaluated()


def test_it_runs_inside_a_running_loop_waited_for_or_not(project: Path) -> None:
    assert all(each.is_passed for each in asyncio.run(both()))


def test_the_loop_goes_on_while_an_evaluation_is_waited_for(project: Path) -> None:
    ticks = []

    async def tick() -> None:
        while True:
            ticks.append(1)
            await asyncio.sleep(0.01)

    def slowly(text: str) -> str:
        time.sleep(0.2)
        return text.upper()

    async def main() -> None:
        ticking = asyncio.create_task(tick())
        slow = {"slow": slowly}
        assert (await evalkit.aevaluate("suites", slow, progress=False)).is_passed
        ticking.cancel()

    asyncio.run(main())
    assert len(ticks) > 5


def test_a_cancelled_evaluation_leaves_a_valid_store_and_its_cancellation_goes_on(project: Path) -> None:
    begun = threading.Event()

    def slow(text: str) -> str:
        begun.set()
        time.sleep(0.3)
        return text.upper()

    async def main() -> None:
        task = asyncio.create_task(
            evalkit.aevaluate("suites", {"slow": slow}, progress=False, concurrency=1, cache="off")
        )
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    with Store.open(project / ".evalkit/results.duckdb") as store:
        run = store.run("latest")
    assert (run.status, run.is_partial) == ("interrupted", True)
    with pytest.raises(GateError, match="interrupted"):
        evalkit.load().raise_on_failure()


@dataclass(frozen=True)
class Waiting(evalkit.BaseMetric):
    """Works until its session is stopped, or the test lets it end."""

    name = "waiting"
    begun: ClassVar[dict[str, threading.Event]] = {}
    goes_on: ClassVar[threading.Event]

    def table(self, observations: evalkit.Observations) -> evalkit.Table:
        output = str(observations.responses[0].output)
        with long_work(output, 1) as work:
            self.begun[output].set()
            while not self.goes_on.wait(0.01):
                work.check()
            work.advance(1)
        return evalkit.Table(np.ones((1, 1)), (observations.sample_ids[0],), 0)

    def aggregate(self, rows: Any, weights: Any = None) -> Any:
        return weighted_mean(rows, weights)


def test_the_metrics_of_a_session_go_on_when_another_one_is_stopped(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS._targets, "waiting", f"{__name__}:Waiting")
    Waiting.begun = {"ONE": threading.Event(), "TWO": threading.Event()}
    Waiting.goes_on = threading.Event()

    def evaluation(word: str) -> Any:
        task = evalkit.Task(
            task=word, samples=[{"id": "1", "input": word, "target": word}], metrics=["waiting"]
        )
        return evalkit.aevaluate(task, {"right": right}, progress=False, store=f"{word}.duckdb")

    async def main() -> evalkit.Results:
        stopped, other = (asyncio.create_task(evaluation(word)) for word in ("one", "two"))
        for event in Waiting.begun.values():
            assert await asyncio.to_thread(event.wait, 60)
        stopped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        Waiting.goes_on.set()
        results: evalkit.Results = await other
        return results

    (row,) = (row for row in asyncio.run(main()).metrics if row["metric"] == "waiting")
    assert row["value"] == 1.0


def test_a_keyboard_interrupt_keeps_what_came_and_goes_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("evalkit.session.session.EvalSession.outcome", interrupted)
    with pytest.raises(KeyboardInterrupt):
        evaluated()
    with Store.open(project / ".evalkit/results.duckdb") as store:
        assert store.run("latest").status == "interrupted"


def test_evaluations_of_several_threads_each_have_their_own_whole_run(project: Path) -> None:
    found: list[evalkit.Results] = []
    threads = [threading.Thread(target=lambda: found.append(evaluated(cache="off"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.run_id for each in found}) == 4
    assert [len(each.verdicts) for each in found] == [1] * 4
    assert [len(each.samples) for each in found] == [4] * 4


def test_a_report_is_written_where_it_is_asked_for(project: Path) -> None:
    results = evaluated()
    assert not (project / "reports").exists()
    assert "accuracy" in results.report(project / "out/report.html").read_text()


def test_what_a_model_wrote_is_shown_as_text(project: Path) -> None:
    results = evaluated({"evil": lambda text: "<script>alert(1)</script>"})
    for shown in (results._repr_html_(), results.samples._repr_html_()):
        assert "<script" not in shown
    assert "&lt;script" in results.samples._repr_html_()
