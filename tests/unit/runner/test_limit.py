"""The adaptive limit follows throttling down and success up."""

from __future__ import annotations

from evalkit.runner.limit import Limit


def test_a_fixed_limit_never_moves() -> None:
    limit = Limit(8)
    limit.on_throttled()
    assert limit.current == 8


def test_an_adaptive_limit_halves_once_for_a_burst_of_throttled_answers() -> None:
    limit = Limit(64, is_adaptive=True)
    for _ in range(10):
        limit.on_throttled()
    assert limit.current == 32


def test_an_adaptive_limit_grows_by_one_after_as_many_successes() -> None:
    limit = Limit(64, is_adaptive=True)
    limit.on_throttled()
    for _ in range(32):
        limit.on_success()
    assert limit.current == 33


def test_an_adaptive_limit_never_falls_below_one() -> None:
    limit = Limit(2, is_adaptive=True)
    for _ in range(5):
        limit.on_throttled()
        limit.on_success()
    assert limit.current >= 1
