"""Servers that limit by the minute are used up, and reject next to nothing, whatever their limiter is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from evalkit.models.pacing.rate_limits import NO_RATE_LIMITS, RateLimits
from evalkit.models.pacing.throttle import Throttle
from evalkit.models.wire.retry import RetryPolicy, respond_with_retry
from tests import virtual_time
from tests.asking import ask
from tests.limited_server import (
    LIMITERS,
    Bucket,
    FixedWindow,
    Headers,
    LimitedModel,
    Limiter,
    gateway_headers,
    openai_headers,
)


def asked(
    limiter: Limiter,
    n_calls: int,
    *,
    rates: RateLimits = NO_RATE_LIMITS,
    headers: Headers | None = None,
    says_when: bool = True,
    n_clients: int = 1,
    n_in_flight: int = 30,
) -> LimitedModel:
    """``n_calls`` through the code that asks real models, on a virtual clock; none may be lost."""

    async def ask_all(clock: Callable[[], float]) -> LimitedModel:
        rng = random.Random(7)
        model = LimitedModel(limiter, clock, rng, headers=headers, says_when=says_when)

        async def work(throttle: Throttle, n: int) -> None:
            for _ in range(n):
                await respond_with_retry(model, ask(), RetryPolicy(), throttle=throttle, rng=rng)

        throttles = [Throttle(rates, clock) for _ in range(n_clients)]
        for throttle in throttles:
            model.listen(throttle.hear)
        n_each = n_calls // n_clients // n_in_flight
        await asyncio.gather(*(work(t, n_each) for t in throttles for _ in range(n_in_flight)))
        return model

    model = virtual_time.run(ask_all)
    assert model.n_answered == n_calls // n_clients // n_in_flight * n_in_flight * n_clients
    return model


@pytest.mark.parametrize("kind", LIMITERS)
@pytest.mark.parametrize("limit, n_calls", [(12, 150), (300, 900)])
def test_a_limit_that_the_user_names_is_used_up_and_not_passed(kind: str, limit: int, n_calls: int) -> None:
    model = asked(LIMITERS[kind](limit, random.Random(1)), n_calls, rates=RateLimits(rpm=limit))
    assert model.used_share >= 0.95
    assert model.rejected_share < 0.005


@pytest.mark.parametrize("kind", LIMITERS)
@pytest.mark.parametrize("headers", [openai_headers, gateway_headers])
def test_a_limit_that_the_server_names_is_used_up_and_not_passed(kind: str, headers: Headers) -> None:
    model = asked(LIMITERS[kind](300, random.Random(2)), 900, headers=headers)
    assert model.used_share >= 0.95
    assert model.rejected_share < 0.005


@pytest.mark.parametrize("limiter", [Bucket(300, held_s=1.0), FixedWindow(50, 3.0, window_s=10.0)])
def test_servers_that_look_at_shorter_times_reject_next_to_nothing(limiter: Limiter) -> None:
    model = asked(limiter, 900, rates=RateLimits(rpm=300))
    assert model.n_answered / (model.ended_at / 60) >= 0.95 * 300
    assert model.rejected_share < 0.01


@pytest.mark.parametrize("kind", LIMITERS)
def test_rejections_without_a_word_are_learned_from(kind: str) -> None:
    model = asked(LIMITERS[kind](600, random.Random(3)), 2400, says_when=False)
    assert model.used_share >= 0.8
    assert model.rejected_share < 0.03


@pytest.mark.parametrize("kind", LIMITERS)
@pytest.mark.parametrize("headers", [None, openai_headers])
def test_two_sessions_with_one_key_share_what_there_is(kind: str, headers: Headers | None) -> None:
    limiter = LIMITERS[kind](300, random.Random(4))
    model = asked(limiter, 1200, rates=RateLimits(rpm=300), headers=headers, n_clients=2)
    assert model.used_share >= 0.9
    assert model.rejected_share < 0.03
