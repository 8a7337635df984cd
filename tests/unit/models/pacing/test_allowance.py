"""The pace of one limit, call by call on a virtual clock."""

from __future__ import annotations

import random
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.models.pacing.allowance import Allowance
from evalkit.models.pacing.quota import Quota
from tests.limited_server import LIMITERS, MINUTE_S


def drive(allowance: Allowance, costs: list[float], rng: random.Random, late_s: float = 0.0) -> list[float]:
    """When each cost goes, for one who has always more to send and wakes up to ``late_s`` too late."""
    now, times = 0.0, []
    for cost in costs:
        while (wait_s := allowance.wait_s(cost, now)) > 0:
            now += wait_s + rng.uniform(0, late_s)
        allowance.take(cost, now)
        times.append(now)
    return times


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(LIMITERS)),
    limit=st.integers(1, 1500),
    way_s=st.floats(0, 0.5),
    seed=st.integers(0, 10**6),
)
def test_every_kind_of_limiter_is_used_to_95_percent_and_rejects_under_2(
    kind: str, limit: int, way_s: float, seed: int
) -> None:
    rng = random.Random(seed)
    limiter = LIMITERS[kind](limit, rng)
    n = max(20, 3 * limit)
    times = drive(Allowance(limit, MINUTE_S, 0.0), [1.0] * n, rng)
    arrivals = sorted(time + rng.uniform(0, way_s) for time in times)
    n_rejected = sum(not limiter.take(1.0, at) for at in arrivals)
    assert (n - 1) / (times[-1] / MINUTE_S) >= 0.95 * limit
    assert n_rejected < 0.02 * n


@given(limit=st.integers(1, 3000), idle_s=st.floats(0, 200))
@settings(max_examples=40, deadline=None)
def test_no_minute_holds_more_than_the_limit_even_after_a_rest(limit: int, idle_s: float) -> None:
    allowance, rng = Allowance(limit, MINUTE_S, 0.0), random.Random(0)
    recent: deque[float] = deque()
    now = idle_s
    for _ in range(2 * limit + 5):
        now += max(0.0, allowance.wait_s(1.0, now)) + (30.0 if rng.random() < 1 / limit / 2 else 0.0)
        allowance.take(1.0, now)
        recent.append(now)
        while recent[0] <= now - MINUTE_S + 1e-6:
            recent.popleft()
        assert len(recent) <= limit


@settings(max_examples=12, deadline=None)
@given(kind=st.sampled_from(sorted(LIMITERS)), largest=st.floats(0.001, 0.04), seed=st.integers(0, 10**6))
def test_tokens_are_used_to_95_percent_though_calls_differ(kind: str, largest: float, seed: int) -> None:
    rng, limit = random.Random(seed), 100_000.0
    limiter = LIMITERS[kind](limit, rng)
    costs: list[float] = []
    while sum(costs) < 3 * limit:
        costs.append(rng.uniform(0.1, 1) * largest * limit)
    times = drive(Allowance(limit, MINUTE_S, 0.0, is_weighted=True), costs, rng)
    n_rejected = sum(not limiter.take(cost, at) for cost, at in zip(costs, times, strict=True))
    assert sum(costs[:-1]) / (times[-1] / MINUTE_S) >= 0.95 * limit
    assert n_rejected < 0.02 * len(costs)


def test_calls_of_a_third_of_the_limit_are_not_rejected() -> None:
    limiter = LIMITERS["sliding"](900, random.Random(0))
    costs = [300.0] * 30
    times = drive(Allowance(900, MINUTE_S, 0.0, is_weighted=True), costs, random.Random(0))
    assert all(limiter.take(300.0, at) for at in times)
    assert times[-1] < 11 * MINUTE_S


def test_one_who_wakes_up_late_makes_up_for_it() -> None:
    times = drive(Allowance(600, MINUTE_S, 0.0), [1.0] * 3000, random.Random(1), late_s=0.5)
    assert 3000 / (times[-1] / MINUTE_S) >= 0.95 * 600


def test_what_calls_took_less_than_thought_is_given_back() -> None:
    allowance, now = Allowance(60_000, MINUTE_S, 0.0, is_weighted=True), 0.0
    for _ in range(100):
        now += max(0.0, allowance.wait_s(2000, now))
        allowance.take(2000, now)
        allowance.correct(-1000, now)
    assert now == pytest.approx(100 * 1000 / 60_000 * MINUTE_S, rel=0.05)


def test_a_single_rejection_may_be_chance_and_several_slow_down() -> None:
    allowance = Allowance(600, MINUTE_S, 0.0)
    allowance.reject(sent_at=1.0, now=1.0)
    assert _pace(allowance, 2.0) == pytest.approx(9.8, rel=0.01)
    allowance.reject(sent_at=7.0, now=7.0)
    assert _pace(allowance, 8.0) < 9.0


def test_the_pace_comes_back_after_rejections() -> None:
    allowance = Allowance(600, MINUTE_S, 0.0)
    for second in range(1, 20):
        allowance.reject(sent_at=float(second), now=float(second))
    assert _pace(allowance, 20.0) < 2.0
    assert _pace(allowance, 400.0) == pytest.approx(9.8, rel=0.01)


def _pace(allowance: Allowance, now: float) -> float:
    """Calls a second from ``now`` on, which are taken."""
    began_at = now
    for _ in range(30):
        now += max(0.0, allowance.wait_s(1.0, now))
        allowance.take(1.0, now)
    rest_at = now
    for _ in range(10):
        now += max(0.0, allowance.wait_s(1.0, now))
        allowance.take(1.0, now)
    assert now > began_at
    return 10 / (now - rest_at)


def test_where_others_leave_little_it_lasts_until_the_limit_is_whole() -> None:
    allowance = Allowance(600, MINUTE_S, 0.0)
    allowance.hear(Quota("requests", 600, 10, 20.0, MINUTE_S), 0.0)
    times = [0.0]
    for _ in range(9):
        times.append(times[-1] + max(0.0, allowance.wait_s(1.0, times[-1])))
        allowance.take(1.0, times[-1])
    assert 15 < times[-1] < 25


def test_a_users_own_bound_is_never_passed() -> None:
    allowance = Allowance(60, MINUTE_S, 0.0)
    allowance.hear(Quota("requests", 10_000, 9_999, 0.006, MINUTE_S), 0.0, bound=60)
    assert allowance.limit == 60
