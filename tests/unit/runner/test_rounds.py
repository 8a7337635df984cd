"""Asking again: rounds come after the first pass, keep to its limits, and stand beside its answers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.errors import ModelError
from evalkit.runner.rounds import Ask
from evalkit.runner.runner import Runner
from evalkit.runner.unit import FurtherAnswer, Unit
from tests.unit.runner.test_runner import FAST, Collecting, Echo, make_unit


class Fixed:
    """Rounds that are known beforehand; remembers what came and whether the first pass was over."""

    def __init__(self, sink: Collecting, rounds: Sequence[Sequence[Ask]]) -> None:
        self._sink = sink
        self._rounds = iter(rounds)
        self.answers: list[tuple[str, int, str | None]] = []
        self.was_after_first_pass = False
        self.done = threading.Event()

    def next_round(self) -> Sequence[Ask]:
        self.was_after_first_pass = self._sink.done.is_set()
        asks = next(self._rounds, ())
        if not asks:
            self.done.set()
        return asks

    def on_answer(self, ask: Ask, response: Response, scores: Sequence[Score]) -> None:
        self.answers.append((response.sample_id, response.repeat, response.error))


def run_rounds(units: Sequence[Unit], rounds: Sequence[Sequence[Ask]], cache: ResponseCache, n: int) -> Fixed:
    sink = Collecting(len(units))
    fixed = Fixed(sink, rounds)
    runner = Runner(cache, policy=FAST, n_concurrent=n)
    runner.start(units, sink, rounds=fixed)
    assert fixed.done.wait(30)
    runner.stop()
    assert runner.failure is None
    return fixed


def asks(unit: Unit, repeat: int, *, is_recheck: bool = False) -> list[Ask]:
    return [Ask(unit, index, repeat, is_recheck) for index in range(len(unit.samples))]


@pytest.fixture
def no_cache(tmp_path: Path) -> ResponseCache:
    return ResponseCache.open(tmp_path, "off")


def test_a_round_is_asked_after_the_first_pass_within_the_limit(no_cache: ResponseCache) -> None:
    model = Echo()
    a, b = make_unit(model, name="a"), make_unit(model, name="b")
    fixed = run_rounds([a, b], [[*asks(a, 1), *asks(b, 1)], asks(a, 2)], no_cache, 3)
    assert fixed.was_after_first_pass
    assert model.n_calls == 100
    assert model.most_in_flight == 3
    assert len(fixed.answers) == len(set(fixed.answers)) + 20 == 60


def test_further_answers_stand_beside_the_first_ones(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(), n=3)
    run_rounds([unit], [asks(unit, 1)[1:]], no_cache, 4)
    observations = unit.observations()
    assert observations.sample_ids == ["0", "1", "1", "2", "2"]
    assert [response.repeat for response in observations.responses] == [0, 0, 1, 0, 1]
    assert [score.value for score in observations.scores["exact_match"]] == [1.0] * 5
    assert unit.next_repeats() == [1, 2, 2]


def test_rechecks_are_left_out_of_the_observations(no_cache: ResponseCache) -> None:
    unit = make_unit(Echo(), n=3)
    run_rounds([unit], [asks(unit, 1, is_recheck=True)], no_cache, 4)
    assert unit.observations().sample_ids == ["0", "1", "2"]
    assert unit.next_repeats() == [2, 2, 2]


def test_new_repeats_are_asked_anew_although_the_first_ones_are_cached(tmp_path: Path) -> None:
    cache = ResponseCache.open(tmp_path)
    model = Echo()
    unit = make_unit(model, n=5)
    run_rounds([unit], [asks(unit, 1)], cache, 4)
    assert model.n_calls == 10
    cache.close()


def test_a_further_answer_that_fails_is_an_error_of_its_unit(no_cache: ResponseCache) -> None:
    def before(request: Request) -> None:
        if request.repeat == 1 and request.sample.id == "2":
            raise ModelError("HTTP 500: no", is_retryable=True)

    unit = make_unit(Echo(before), n=5)
    fixed = run_rounds([unit], [asks(unit, 1)], no_cache, 4)
    assert [answer for answer in fixed.answers if answer[2]] == [("2", 1, "HTTP 500: no (after 3 attempts)")]
    assert unit.n_errors == 1


def test_stopping_in_the_middle_of_a_round_keeps_what_came(no_cache: ResponseCache) -> None:
    came = threading.Event()

    def before(request: Request) -> None:
        if request.repeat == 1 and request.sample.id == "9":
            came.set()

    unit = make_unit(Echo(before), n=2_000)
    sink = Collecting()
    fixed = Fixed(sink, [asks(unit, 1)])
    runner = Runner(no_cache, policy=FAST, n_concurrent=2)
    runner.start([unit], sink, rounds=fixed)
    assert came.wait(60)
    runner.stop()
    assert 10 <= len(unit.further) + 2 < 2_000
    assert len(unit.further) == len(fixed.answers)
    assert not fixed.done.is_set()


def test_a_recheck_that_fails_is_no_error_of_its_unit() -> None:
    unit = make_unit(Echo(), n=1)
    unit.record_further(FurtherAnswer(0, Response(None, error="down"), (), is_recheck=True))
    assert unit.n_errors == 0
    assert unit.further[0].is_error
