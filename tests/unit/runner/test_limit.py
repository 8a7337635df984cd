"""A fixed bound stays, an adaptive one finds where latency begins to grow, and makes way for rejections."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterator

import pytest

from evalkit.runner.adaptive import AdaptiveLimit
from evalkit.runner.limit import Limit

#: Seconds of an answer where so many are in flight, or None where the server rejects it.
Latency = Callable[[int], float | None]


def levels(
    latency: Latency, n_answers: int, *, n_suits: int = 32, spread: float = 0.5
) -> Iterator[tuple[AdaptiveLimit, int]]:
    """The bound after each answer of a server, with as many in flight as it allows; latencies vary as those
    of answers of different length do (log-normal, standard deviation ``spread``)."""
    now, rng = 0.0, random.Random(5)
    limit = AdaptiveLimit(n_suits, clock=lambda: now)
    ends: list[tuple[float, float | None]] = []
    for _ in range(n_answers):
        while len(ends) < limit.current:
            mean_s = latency(len(ends) + 1)
            took_s = None if mean_s is None else mean_s * math.exp(rng.gauss(0, spread))
            heapq.heappush(ends, (now + (took_s or 0.01), took_s))
        now, took_s = heapq.heappop(ends)
        if took_s is None:
            limit.on_throttled()
        else:
            limit.on_success(took_s)
        yield limit, limit.current


def test_a_fixed_limit_never_moves() -> None:
    limit = Limit(8)
    limit.on_throttled()
    limit.on_success(0.1)
    assert limit.current == 8


def test_an_adaptive_limit_halves_once_for_a_burst_of_rejected_calls() -> None:
    limit = AdaptiveLimit(32)
    for _ in range(10):
        limit.on_throttled()
    assert limit.current == 8


def test_an_adaptive_limit_never_falls_below_one() -> None:
    limit = AdaptiveLimit(2)
    for _ in range(5):
        limit.on_throttled()
        limit.on_success(0.0)
    assert limit.current == 1


def test_it_grows_to_the_end_where_the_server_has_room() -> None:
    *_, (limit, current) = levels(lambda n: 1.0, 3000)
    assert current == limit.n_max == 256


@pytest.mark.parametrize("room", [24, 60, 100])
def test_it_rests_where_latency_begins_to_grow(room: int) -> None:
    """A server that works on ``room`` at once: more only wait for each other."""
    *_, (_, current) = levels(lambda n: max(1.0, n / room), 4000)
    assert room / 2 <= current <= room * 2


def test_it_finds_more_room_when_there_is_some() -> None:
    seen = [level for _, level in levels(lambda n: max(1.0, n / 20), 3000)]
    rooms = iter([20] * 3000)
    later = [level for _, level in levels(lambda n: max(1.0, n / next(rooms, 150)), 9000)]
    assert max(seen[1500:]) <= 60
    assert max(later) >= 75


def test_a_server_that_takes_so_many_at_once_rejects_few_and_is_kept_busy() -> None:
    found = list(levels(lambda n: 1.0 if n <= 50 else None, 8000))
    half = [current for _, current in found[4000:]]
    assert min(half) >= 20
    assert sum(half) / len(half) >= 30


def test_where_something_else_holds_calls_up_it_does_not_grow() -> None:
    now = 0.0
    limit = AdaptiveLimit(32, clock=lambda: now)
    for _ in range(500):
        now += 1.0  # one at a time, each of a tenth of a second
        limit.on_success(0.1)
    assert limit.current == 16
