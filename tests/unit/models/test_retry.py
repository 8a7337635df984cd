"""Asking again: when, how long after, and when not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import BaseModel
from evalkit.models.wire.patience import Bound, Patience
from evalkit.models.wire.retry import RetryPolicy, respond_with_retry
from tests.asking import ask

FAST = RetryPolicy(max_attempts=4, base_s=0.001, cap_s=0.002)
BUSY = ModelError("busy", is_retryable=True)


class Scripted(BaseModel):
    """Fails with each error in turn, then answers."""

    spec = ModelSpec("test", "scripted")
    revision: str | None = None
    params: Mapping[str, Any] = {}
    cache_identity: Mapping[str, Any] | None = None
    default_concurrency = 1

    def __init__(self, errors: Sequence[ModelError], latency_s: float | None = None) -> None:
        self.errors = list(errors)
        self.n_calls = 0
        self.latency_s = latency_s

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def respond(self, request: Request) -> Response:
        self.n_calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return Response("done", latency_s=self.latency_s)


def run(model: Scripted, policy: RetryPolicy = FAST) -> Response:
    return asyncio.run(respond_with_retry(model, ask(), policy))


def test_a_busy_server_is_asked_until_it_answers() -> None:
    model = Scripted([BUSY, BUSY])
    assert run(model).output == "done"
    assert model.n_calls == 3


def test_a_refusal_is_not_repeated() -> None:
    model = Scripted([ModelError("bad request"), BUSY])
    with pytest.raises(ModelError, match="bad request"):
        run(model)
    assert model.n_calls == 1


def test_the_last_error_says_how_many_attempts_were_made() -> None:
    model = Scripted([ModelError("busy", is_retryable=True) for _ in range(9)])
    with pytest.raises(ModelError, match="4 attempts"):
        run(model)
    assert model.n_calls == 4


def test_a_wish_beyond_the_bound_ends_the_retries() -> None:
    model = Scripted([ModelError("tomorrow", is_retryable=True, retry_after_s=86_400.0)])
    with pytest.raises(ModelError, match="tomorrow"):
        run(model)
    assert model.n_calls == 1


def test_latency_leaves_the_waits_out() -> None:
    policy = RetryPolicy(max_attempts=2, base_s=0.0, cap_s=0.0)
    model = Scripted([ModelError("busy", is_retryable=True, retry_after_s=0.2)])
    latency_s = run(model, policy).latency_s
    assert latency_s is not None
    assert latency_s < 0.2


def test_a_latency_that_the_provider_knows_is_kept() -> None:
    assert run(Scripted([], latency_s=3.5)).latency_s == 3.5


@given(n_failed=st.integers(1, 5), asked_s=st.none() | st.floats(0, 120), seed=st.integers())
def test_a_wait_is_never_shorter_than_asked_for_nor_longer_than_the_bounds(
    n_failed: int, asked_s: float | None, seed: int
) -> None:
    policy = RetryPolicy()
    error = ModelError("busy", is_retryable=True, retry_after_s=asked_s)
    wait_s = policy.wait_s(n_failed, error, random.Random(seed))
    assert wait_s is not None
    assert (asked_s or 0) <= wait_s <= (asked_s or 0) + min(policy.cap_s, policy.base_s * 2 ** (n_failed - 1))


def test_a_recording_without_a_latency_gets_none() -> None:
    model = Scripted([])
    model.has_latency = False
    assert run(model).latency_s is None


AWAY = ModelError("nobody there", is_retryable=True, kind="unreachable")


def test_a_server_that_comes_back_within_the_bound_costs_no_answer() -> None:
    policy = RetryPolicy(max_attempts=2, base_s=0.0, cap_s=0.0)
    model = Scripted([AWAY] * 20)
    assert run(model, policy).output == "done"


def test_a_server_that_stays_away_is_given_up_and_not_asked_again() -> None:
    policy = RetryPolicy(base_s=0.0, cap_s=0.0, bounds={"unreachable": Bound(5)})
    model, patience = Scripted([AWAY] * 20), Patience(policy.bounds)

    async def both() -> list[str]:
        calls = [respond_with_retry(model, ask(), policy, patience=patience) for _ in range(2)]
        return [str(error) for error in await asyncio.gather(*calls, return_exceptions=True)]

    assert asyncio.run(both()) == ["given up after 5 consecutive failures: nobody there"] * 2
    assert model.n_calls == 5


def test_the_answer_says_how_many_attempts_failed_before_it() -> None:
    assert [run(Scripted([BUSY] * n)).retries for n in (0, 2)] == [0, 2]
    assert run(Scripted([BUSY], latency_s=3.5)).retries == 1
