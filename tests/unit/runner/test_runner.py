"""The scheduler: every sample is asked, limits hold, failures stay where they are."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.core.message import Media
from evalkit.core.prompt import Prompt
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.run import SubjectRecord
from evalkit.core.score import Score
from evalkit.core.subject import ModelSpec, Subject
from evalkit.core.task import ScorerSpec, Task
from evalkit.errors import ModelError, UsageError
from evalkit.models.model import BaseModel
from evalkit.models.wire.retry import RetryPolicy
from evalkit.runner.jobs import interleaved
from evalkit.runner.prepared_task import prepare
from evalkit.runner.runner import Runner
from evalkit.runner.unit import Unit
from evalkit.scorers.open import open_scorer

FAST = RetryPolicy(max_attempts=3, base_s=0.001, cap_s=0.002)


class Echo(BaseModel):
    """A model in this process: answers the prompt's text, after ``before`` had its say."""

    spec = ModelSpec("test", "echo", {}, "test/echo")
    revision: str | None = "1"
    params: Mapping[str, Any] = {}
    cache_identity: Mapping[str, Any] | None = {"model": "echo"}
    default_concurrency = 4

    def __init__(self, before: Callable[[Request], None] = lambda request: None) -> None:
        self.before = before
        self.n_calls = 0
        self.n_in_flight = 0
        self.most_in_flight = 0

    async def start(self) -> None: ...

    async def respond(self, request: Request) -> Response:
        self.n_calls += 1
        self.n_in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.n_in_flight)
        await asyncio.sleep(0.001)
        self.n_in_flight -= 1
        self.before(request)
        return Response(request.text)

    async def close(self) -> None: ...


class Collecting:
    """A Sink that remembers."""

    def __init__(self, n_units: int = 1) -> None:
        self.responses: list[Response] = []
        self.samples_done: list[str] = []
        self._left = n_units
        self.done = threading.Event()

    def on_media(self, media: Sequence[Media]) -> None: ...

    def on_response(self, unit: Unit, position: int, response: Response, scores: Sequence[Score]) -> None:
        self.responses.append(response)

    def on_sample_done(self, unit: Unit, sample_index: int) -> None:
        self.samples_done.append(unit.samples[sample_index].id)

    def on_unit_done(self, unit: Unit) -> None:
        self._left -= 1
        if self._left == 0:
            self.done.set()


def make_unit(
    model: Echo, n: int = 20, n_repeats: int = 1, name: str = "echo", prompt: str = "{{ input }}"
) -> Unit:
    task = Task(task=name, samples=[{"id": str(i), "input": f"x{i}", "target": f"x{i}"} for i in range(n)])
    prepared = prepare(task, lambda spec: spec.rows or ())
    return Unit(
        f"run-{name}-{prompt}",
        prepared,
        Subject(model.spec),
        SubjectRecord("s", "test/echo"),
        model,
        Prompt.parse(prompt),
        prepared.samples,
        [open_scorer(ScorerSpec("exact_match"))],
        n_repeats,
    )


def run(units: Sequence[Unit], cache: ResponseCache, **options: Any) -> Collecting:
    sink = Collecting(len(units))
    runner = Runner(cache, policy=FAST, **options)
    runner.start(units, sink)
    assert sink.done.wait(300)
    runner.stop()
    return sink


@pytest.fixture
def no_cache(tmp_path: Path) -> ResponseCache:
    return ResponseCache.open(tmp_path, "off")


def test_every_sample_and_repeat_is_asked_once(no_cache: ResponseCache) -> None:
    model = Echo()
    unit = make_unit(model, n=20, n_repeats=3)
    sink = run([unit], no_cache)
    assert model.n_calls == 60
    assert {(r.sample_id, r.repeat) for r in sink.responses} == {
        (str(i), k) for i in range(20) for k in range(3)
    }
    assert sorted(sink.samples_done) == sorted(str(i) for i in range(20))


def test_observations_stand_in_dataset_order(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(), n=20, n_repeats=2)
    run([unit], no_cache)
    observations = unit.observations()
    assert observations.sample_ids == [str(i) for i in range(20) for _ in range(2)]
    assert [score.value for score in observations.scores["exact_match"]] == [1.0] * 40


def test_the_limit_of_a_model_holds_over_all_its_tasks(no_cache: ResponseCache) -> None:
    model = Echo()
    run([make_unit(model, name="a"), make_unit(model, name="b")], no_cache, n_concurrent=3)
    assert model.most_in_flight == 3


def test_a_sample_that_always_fails_costs_no_other(no_cache: ResponseCache) -> None:
    def before(request: Request) -> None:
        if request.sample.id == "7":
            raise ModelError("HTTP 500: no", is_retryable=True)

    model = Echo(before)
    unit = make_unit(model)
    run([unit], no_cache)
    failed = [r for r in unit.responses if r is not None and r.error]
    assert [r.sample_id for r in failed] == ["7"]
    assert unit.n_errors == 1
    assert model.n_calls == 19 + FAST.max_attempts


def test_an_exception_that_no_retry_can_mend_is_an_error_row(no_cache: ResponseCache) -> None:
    def before(request: Request) -> None:
        raise KeyError("broken")

    model = Echo(before)
    unit = make_unit(model, n=2)
    run([unit], no_cache)
    assert model.n_calls == 2
    assert all(r is not None and "KeyError" in (r.error or "") for r in unit.responses)


def test_a_model_that_cannot_start_fails_every_sample_with_the_reason(no_cache: ResponseCache) -> None:
    class Unable(Echo):
        async def start(self) -> None:
            raise UsageError("no weights", hint="fetch them")

    unit = make_unit(Unable(), n=3)
    run([unit], no_cache)
    assert [r.error for r in unit.responses if r] == ["no weights (fetch them)"] * 3


def test_a_prompt_that_cannot_be_rendered_fails_the_sample_not_the_session(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(), n=2, prompt="{{ nothing }}")
    run([unit], no_cache)
    assert all(r is not None and "nothing" in (r.error or "") for r in unit.responses)


def test_a_second_run_asks_nothing_that_the_first_one_got(tmp_path: Path) -> None:
    first = Echo()
    run([make_unit(first)], ResponseCache.open(tmp_path, "readwrite"))
    second = Echo()
    unit = make_unit(second)
    run([unit], ResponseCache.open(tmp_path, "readwrite"))
    assert (first.n_calls, second.n_calls) == (20, 0)
    assert all(r is not None and r.is_cached for r in unit.responses)


def test_errors_are_never_cached(tmp_path: Path) -> None:
    def before(request: Request) -> None:
        raise ModelError("down")

    run([make_unit(Echo(before), n=3)], ResponseCache.open(tmp_path, "readwrite"))
    second = Echo()
    run([make_unit(second, n=3)], ResponseCache.open(tmp_path, "readwrite"))
    assert second.n_calls == 3


def test_a_model_without_cache_identity_is_always_asked(tmp_path: Path) -> None:
    class Uncached(Echo):
        cache_identity = None

    run([make_unit(Uncached(), n=3)], ResponseCache.open(tmp_path, "readwrite"))
    second = Uncached()
    run([make_unit(second, n=3)], ResponseCache.open(tmp_path, "readwrite"))
    assert second.n_calls == 3


def test_subjects_of_a_task_are_asked_side_by_side() -> None:
    model = Echo()
    one, two = make_unit(model, n=3, prompt="a {{ input }}"), make_unit(model, n=3, prompt="b {{ input }}")
    order = [(unit.prompt.text[0], position) for unit, position in interleaved([one, two])]
    assert order == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_stopping_half_way_keeps_what_came(no_cache: ResponseCache) -> None:
    came = threading.Event()

    class Hanging(Echo):
        async def respond(self, request: Request) -> Response:
            if request.sample.id == "30":
                came.set()
            if int(request.sample.id) >= 30:
                await asyncio.Event().wait()
            return await super().respond(request)

    unit = make_unit(Hanging(), n=100)
    sink = Collecting()
    runner = Runner(no_cache, policy=FAST)
    runner.start([unit], sink)
    assert came.wait(300)
    runner.stop()
    n = sum(response is not None for response in unit.responses)
    assert 26 <= n <= 30
    assert len(unit.observations()) == n == len(sink.responses)


class _Full(Collecting):
    """A Sink on a full disk."""

    def __init__(self, method: str) -> None:
        super().__init__()
        setattr(self, method, self._refuse)

    def _refuse(self, *arguments: object) -> None:
        raise OSError("no space left")


@pytest.mark.parametrize("method", ["on_response", "on_sample_done", "on_unit_done"])
def test_a_sink_that_cannot_keep_a_row_ends_the_work_with_the_reason(
    no_cache: ResponseCache, method: str
) -> None:
    model = Echo()
    runner = Runner(no_cache, policy=FAST)
    runner.start([make_unit(model, n=20 if method == "on_unit_done" else 2000)], _Full(method))
    for _ in range(30_000):
        if runner.failure:
            break
        time.sleep(0.01)
    runner.stop()
    assert runner.failure == "OSError: no space left"
    assert model.n_calls <= 20


def test_a_model_that_is_given_up_is_not_asked_for_the_rest(no_cache: ResponseCache) -> None:
    def refuse(request: Request) -> None:
        raise ModelError("HTTP 401: no", kind="key")

    model = Echo(refuse)
    units = [make_unit(model, n=500, name="a"), make_unit(model, n=500, name="b")]
    run(units, no_cache)
    errors = {r.error for unit in units for r in unit.responses if r is not None}
    assert errors == {"HTTP 401: no", "given up after 3 consecutive failures: HTTP 401: no"}
    assert [unit.n_errors for unit in units] == [500, 500]
    assert model.n_calls <= 3 + model.default_concurrency


def test_a_model_that_cannot_be_closed_keeps_no_other_one_open(no_cache: ResponseCache) -> None:
    class Stuck(Echo):
        async def close(self) -> None:
            raise RuntimeError("stuck")

    class Closing(Echo):
        is_closed = False

        async def close(self) -> None:
            self.is_closed = True

    closing = Closing()
    run([make_unit(Stuck(), name="a"), make_unit(closing, name="b")], no_cache)
    assert closing.is_closed
