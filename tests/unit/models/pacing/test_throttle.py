"""All calls of a model wait for its limits together, in order, and none longer than it has to."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import BaseModel
from evalkit.models.pacing.rate_limits import RateLimits
from evalkit.models.pacing.throttle import Throttle
from evalkit.models.wire.patience import Bound, Patience
from evalkit.models.wire.retry import RetryPolicy, respond_with_retry
from tests import virtual_time
from tests.asking import ask

BUSY = ModelError("HTTP 429", is_retryable=True, kind="busy")


class Scripted(BaseModel):
    """Gives or raises one thing after the other, and says when it was called."""

    def __init__(self, clock: Callable[[], float], *script: Response | ModelError) -> None:
        super().__init__(ModelSpec("test", "scripted"))
        self.times: list[float] = []
        self._clock = clock
        self._script = list(script)

    async def respond(self, request: Request) -> Response:
        self.times.append(self._clock())
        await asyncio.sleep(0.001)
        step = self._script.pop(0) if self._script else Response("ok")
        if isinstance(step, ModelError):
            raise step
        return step


async def ask_times(
    model: Scripted, throttle: Throttle, n: int, *, n_in_flight: int = 1, **given: Any
) -> list[Response]:
    """``n`` answers, so many in flight."""

    async def work(n_each: int) -> list[Response]:
        rng = random.Random(1)
        given.setdefault("policy", RetryPolicy())
        return [
            await respond_with_retry(model, ask(), throttle=throttle, rng=rng, **given) for _ in range(n_each)
        ]

    parts = await asyncio.gather(*(work(n // n_in_flight) for _ in range(n_in_flight)))
    return [response for part in parts for response in part]


def test_without_a_limit_no_call_asks() -> None:
    assert not Throttle().is_ruling


def test_a_pause_after_a_rejected_call_holds_all_and_not_one() -> None:
    async def work(clock: Callable[[], float]) -> list[float]:
        asked_to_wait = ModelError("HTTP 429", is_retryable=True, kind="busy", retry_after_s=20.0)
        model = Scripted(clock, asked_to_wait)
        await ask_times(model, Throttle(clock=clock), 12, n_in_flight=4)
        return model.times

    times = virtual_time.run(work)
    assert all(time < 0.1 or time >= 20 for time in times)
    assert sum(time >= 20 for time in times) >= 8


def test_after_a_pause_the_first_calls_go_one_by_one() -> None:
    async def work(clock: Callable[[], float]) -> list[float]:
        model = Scripted(clock, BUSY)
        await ask_times(model, Throttle(clock=clock), 64, n_in_flight=32)
        return model.times

    times = virtual_time.run(work)[32:40]
    gaps = [later - sooner for sooner, later in pairwise(times)]
    assert gaps[:3] == pytest.approx([0.25, 0.125, 0.0625], abs=0.005)


def test_waiting_for_a_limit_is_queue_and_no_latency() -> None:
    async def work(clock: Callable[[], float]) -> list[Response]:
        return await ask_times(Scripted(clock), Throttle(RateLimits(rpm=30), clock), 3)

    first, second, third = virtual_time.run(work)
    assert (first.queue_s or 0.0) == 0.0
    assert second.queue_s == pytest.approx(60 / 30 / 0.98, abs=0.01)
    assert all(each.latency_s is not None and each.latency_s < 1 for each in (first, second, third))


def test_tokens_are_thought_of_before_the_call_and_put_right_after_it() -> None:
    """Answers have a bound of 8 tokens and bring 1: the first calls wait for 8, the later ones for less."""

    async def work(clock: Callable[[], float]) -> list[float]:
        answers = [Response("ok", prompt_tokens=1, completion_tokens=1)] * 40
        model = Scripted(clock, *answers)
        await ask_times(model, Throttle(RateLimits(tpm=60), clock), 40)
        return model.times

    times = virtual_time.run(work)
    assert times[-1] / 39 == pytest.approx(2 / 0.98, rel=0.1)


def test_a_session_that_is_cancelled_waits_no_longer() -> None:
    async def work(clock: Callable[[], float]) -> float:
        model = Scripted(clock, ModelError("429", is_retryable=True, kind="busy", retry_after_s=100.0))
        task = asyncio.ensure_future(ask_times(model, Throttle(clock=clock), 8, n_in_flight=4))
        await asyncio.sleep(5)
        task.cancel()
        await asyncio.wait([task])
        return clock()

    assert virtual_time.run(work) == pytest.approx(5)


def test_a_model_that_is_given_up_lets_those_go_who_wait() -> None:
    async def work(clock: Callable[[], float]) -> float:
        throttle, patience = Throttle(RateLimits(rpm=1), clock), Patience({"busy": Bound(1)}, clock)
        model = Scripted(clock, Response("ok"))
        calls = [
            respond_with_retry(model, ask(), RetryPolicy(), patience=patience, throttle=throttle)
            for _ in range(6)
        ]
        waiting = asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(3)
        patience.note_failure(BUSY, 1)
        results = await waiting
        assert sum(isinstance(each, ModelError) for each in results) == 5
        return clock()

    assert virtual_time.run(work) == pytest.approx(3)


def test_a_request_that_is_always_rejected_ends() -> None:
    async def work(clock: Callable[[], float]) -> int:
        model = Scripted(clock, *[BUSY] * 30)
        policy = RetryPolicy(max_rejections=5)
        with pytest.raises(ModelError, match="after 5 attempts"):
            await ask_times(model, Throttle(clock=clock), 1, policy=policy)
        return len(model.times)

    assert virtual_time.run(work) == 5


def test_what_rules_is_said_while_somebody_waits() -> None:
    async def work(clock: Callable[[], float]) -> tuple[str | None, str | None]:
        throttle = Throttle(RateLimits(rpm=6), clock)
        before = throttle.text()
        task = asyncio.ensure_future(ask_times(Scripted(clock), throttle, 4))
        await asyncio.sleep(12)
        during = throttle.text()
        await task
        return before, during

    assert virtual_time.run(work) == (None, "6 requests a minute")


def test_limits_of_a_day_set_no_pace() -> None:
    throttle = Throttle()
    throttle.hear(
        {
            "x-ratelimit-limit-requests": "14400",
            "x-ratelimit-remaining-requests": "14370",
            "x-ratelimit-reset-requests": "2m59.56s",
        }
    )
    assert not throttle.is_ruling


def test_servers_that_tell_no_limits_are_soon_not_listened_to() -> None:
    throttle = Throttle()
    for _ in range(5):
        throttle.hear({})
    throttle.hear({"x-ratelimit-limit-requests": "60"})
    assert not throttle.is_ruling
    throttle.reject(None)
    throttle.hear({"x-ratelimit-limit-requests": "60"})
    assert throttle.is_ruling
