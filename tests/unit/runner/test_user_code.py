"""Code of the user's may raise what it likes: every sample has its row, and the work comes to its end."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import ModelError
from evalkit.runner import scoring
from evalkit.runner.runner import Runner
from evalkit.runner.started import CANCELLED
from evalkit.scorers.base import BaseScorer
from tests.unit.runner.test_runner import FAST, Collecting, Echo, make_unit, run


class Own(BaseException):
    """An exception of the user's that is not an Exception, and does not know what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


RAISED = [
    SystemExit(0),
    KeyboardInterrupt(),
    GeneratorExit(),
    asyncio.CancelledError(),
    Own(),
    pytest.fail.Exception("x"),
]
each_raised = pytest.mark.parametrize("raised", RAISED, ids=lambda raised: type(raised).__name__)


@dataclass
class Judging(BaseScorer):
    """A scorer that does as it is told with each output."""

    does: Callable[[str], Any]
    name: str = "judging"
    signature: str = "judging"

    def __post_init__(self) -> None: ...

    def score(self, sample: Sample, response: Response) -> Any:
        return self.does(response.output or "")


@pytest.fixture
def no_cache(tmp_path: Path) -> ResponseCache:
    return ResponseCache.open(tmp_path, "off")


def _raise(error: BaseException) -> Any:
    raise error


@each_raised
def test_whatever_a_model_raises_is_an_error_row(no_cache: ResponseCache, raised: BaseException) -> None:
    def before(request: Request) -> None:
        if request.sample.id in ("3", "7"):
            raise raised

    unit = make_unit(Echo(before))
    run([unit], no_cache)
    failed = {r.sample_id: r.error for r in unit.responses if r is not None and r.error is not None}
    assert set(failed) == {"3", "7"}
    assert type(raised).__name__ in (failed["3"] or "")


@each_raised
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_whatever_a_scorer_raises_is_an_error_of_its_score(
    no_cache: ResponseCache, raised: BaseException, is_async: bool
) -> None:
    async def later(output: str) -> Score:
        await asyncio.sleep(0)
        return judged(output)

    def judged(output: str) -> Score:
        return _raise(raised) if output == "x3" else Score("judging", 1.0)

    unit = make_unit(Echo())
    unit.scorers = [Judging(later if is_async else judged)]
    run([unit], no_cache)
    scores = [score for (score,) in unit.scores]
    assert [row for row, score in enumerate(scores) if score.error is not None] == [3]
    assert type(raised).__name__ in (scores[3].error or "")


def test_a_model_that_cancels_its_own_task_costs_its_row_alone(no_cache: ResponseCache) -> None:
    class Cancelling(Echo):
        async def respond(self, request: Request) -> Response:
            if request.sample.id == "5":
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            return await super().respond(request)

    unit = make_unit(Cancelling())
    run([unit], no_cache)
    assert [(r.sample_id, r.error) for r in unit.responses if r and r.error] == [("5", CANCELLED)]


def test_a_model_that_cancels_every_task_leaves_no_sample_without_a_row(no_cache: ResponseCache) -> None:
    class Cancelling(Echo):
        async def respond(self, request: Request) -> Response:
            if request.sample.id == "5":
                for task in asyncio.all_tasks():
                    task.cancel()
            return await super().respond(request)

    unit, sink = make_unit(Cancelling()), Collecting()
    runner = Runner(no_cache, policy=FAST)
    runner.start([unit], sink)
    while not sink.done.wait(0.01) and runner.failure is None:
        pass
    runner.stop()
    assert unit.n_done == 20 or runner.failure == CANCELLED


def test_a_background_task_that_exits_ends_no_other(no_cache: ResponseCache) -> None:
    async def leave() -> None:
        raise SystemExit(3)

    class Careless(Echo):
        async def respond(self, request: Request) -> Response:
            if request.sample.id == "5":
                asyncio.create_task(leave()).add_done_callback(lambda task: task.exception())
            return await super().respond(request)

    unit = make_unit(Careless())
    run([unit], no_cache)
    assert [r.error for r in unit.responses if r] == [None] * 20


def test_a_model_that_stops_the_loop_stops_nothing(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(lambda request: asyncio.get_running_loop().stop()))
    run([unit], no_cache)
    assert [r.error for r in unit.responses if r] == [None] * 20


def test_an_exit_of_the_process_out_of_a_scorer_is_an_error_of_its_score(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(), n=2)
    unit.scorers = [Judging(lambda output: os._exit(0))]
    run([unit], no_cache)
    assert [score.error for (score,) in unit.scores] == ["SystemExit: os._exit(0)"] * 2


def test_a_verdict_that_exits_ends_the_work_with_the_reason(no_cache: ResponseCache) -> None:
    class Leaving(Collecting):
        def on_unit_done(self, unit: Any) -> None:
            raise SystemExit(1)

    runner = Runner(no_cache, policy=FAST)
    runner.start([make_unit(Echo(), n=2)], Leaving())
    while runner.failure is None:
        time.sleep(0.01)
    runner.stop()
    assert runner.failure == "SystemExit: 1"


def test_a_call_by_hand_that_is_cancelled_is_an_error_and_no_waiting(no_cache: ResponseCache) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    runner = Runner(no_cache, policy=FAST)
    with pytest.raises(ModelError, match="cancelled"):
        runner.wait(cancelled())
    runner.stop()


def places(no_cache: ResponseCache, monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> str:
    """Where a scorer worked whose calls take so long, one after the other: L in the loop, A aside."""
    threads: list[str] = []
    clock = [0.0]
    monkeypatch.setattr(scoring, "perf_counter", lambda: clock[0])

    def judge(output: str) -> Score:
        clock[0] += seconds[len(threads)]
        threads.append("L" if threading.current_thread().name == "evalkit" else "A")
        return Score("judging", 1.0)

    unit = make_unit(Echo(), n=len(seconds))
    unit.scorers = [Judging(judge)]
    run([unit], no_cache, n_concurrent=1)
    return "".join(threads)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([0.0001] * 5, "ALLLL"),
        ([0.01] * 5, "AAAAA"),
        ([0.0, 0.02, *[0.0001] * 50, 0.02, 0.0], "A" + "L" * 53),
        ([0.0, 0.02, 0.02, *[0.0] * 10], "ALL" + "A" * 8 + "LL"),
        ([0.02, *[0.0] * 10], "A" * 9 + "LL"),
    ],
    ids=["quick", "slow", "slow_now_and_then", "slow_twice", "slow_at_first"],
)
def test_scorers_that_take_long_work_beside_the_loop(
    no_cache: ResponseCache, monkeypatch: pytest.MonkeyPatch, seconds: list[float], expected: str
) -> None:
    assert places(no_cache, monkeypatch, seconds) == expected


def test_a_scorer_that_gives_nothing_is_asked_once_and_has_an_error(no_cache: ResponseCache) -> None:
    asked: list[str] = []
    unit = make_unit(Echo(), n=3)
    unit.scorers = [Judging(asked.append)]
    run([unit], no_cache)
    assert sorted(asked) == ["x0", "x1", "x2"]
    assert {score.error for (score,) in unit.scores} == {"the scorer gave None"}


def test_stopping_says_which_model_did_not_close_and_which_scorer_did_not_return(
    no_cache: ResponseCache,
) -> None:
    released, began = threading.Event(), threading.Event()

    class Stuck(Echo):
        async def close(self) -> None:
            await asyncio.Event().wait()

    def never(output: str) -> Score:
        began.set()
        released.wait()
        return Score("judging", 1.0)

    unit = make_unit(Stuck(), n=2)
    unit.scorers = [Judging(never)]
    runner = Runner(no_cache, policy=FAST)
    runner.start([unit], Collecting())
    began.wait()
    runner.stop(0.2)
    released.set()
    model, scorer = runner.hanging
    assert model == "test/echo has not closed"
    assert scorer.endswith(" in never")
