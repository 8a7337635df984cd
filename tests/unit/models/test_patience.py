"""When a Model is given up, and when it is not."""

from __future__ import annotations

import asyncio

import pytest

from evalkit.errors import FailureKind, ModelError
from evalkit.models.wire.patience import BOUNDS, Bound, Patience


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def failing(kind: FailureKind) -> ModelError:
    return ModelError("no", kind=kind)


def fail(patience: Patience, kind: FailureKind, n: int) -> None:
    for request in range(n):
        patience.note_failure(failing(kind), request)


@pytest.mark.parametrize("kind", ["key", "missing", "forbidden"])
def test_what_no_waiting_mends_is_given_up_after_a_number_of_failures(kind: FailureKind) -> None:
    patience = Patience(clock=Clock())
    fail(patience, kind, BOUNDS[kind].n_failures - 1)
    assert patience.given_up is None
    patience.note_failure(failing(kind), "one more")
    assert patience.given_up == f"given up after {BOUNDS[kind].n_failures} consecutive failures: no"


@pytest.mark.parametrize("kind", ["unreachable", "broken", "busy", "late"])
def test_what_may_come_back_has_time_to(kind: FailureKind) -> None:
    clock = Clock()
    patience = Patience(clock=clock)
    fail(patience, kind, 1000)
    clock.now = BOUNDS[kind].first_s - 0.1
    fail(patience, kind, 1000)
    assert patience.given_up is None
    clock.now = BOUNDS[kind].first_s
    patience.note_failure(failing(kind), 0)
    assert patience.given_up is not None


def test_a_model_that_has_answered_before_has_more_time() -> None:
    clock = Clock()
    patience = Patience(clock=clock)
    patience.note_answer()
    fail(patience, "unreachable", 10)
    clock.now = BOUNDS["unreachable"].first_s
    fail(patience, "unreachable", 10)
    assert patience.given_up is None
    clock.now = BOUNDS["unreachable"].later_s
    patience.note_failure(failing("unreachable"), 0)
    assert patience.given_up is not None


def test_one_answer_in_between_begins_the_count_anew() -> None:
    patience = Patience(clock=Clock())
    for _ in range(10):
        fail(patience, "key", 2)
        patience.note_answer()
    assert patience.given_up is None


def test_one_input_that_breaks_a_server_gives_nobody_up() -> None:
    clock = Clock()
    patience = Patience(clock=clock)
    for clock.now in range(100):
        patience.note_failure(failing("broken"), "the same request")
    assert patience.given_up is None


def test_failures_of_calls_alone_are_not_counted() -> None:
    patience = Patience(clock=Clock())
    for request in range(1000):
        patience.note_failure(ModelError("the prompt is too long"), request)
    assert patience.given_up is None


def test_a_pause_ends_as_soon_as_the_model_is_given_up() -> None:
    async def paused() -> None:
        patience = Patience({"key": Bound(1)})
        asyncio.get_running_loop().call_soon(patience.note_failure, failing("key"), 0)
        await patience.pause(3600.0)

    with pytest.raises(ModelError, match="given up after 1 consecutive failure: no"):
        asyncio.run(paused())
