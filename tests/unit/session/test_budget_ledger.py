"""Processes of a session share one budget through a file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evalkit.core.budget import Amount, BudgetLimits
from evalkit.runner.budget.budget import Budget
from evalkit.session.budget_ledger import SharedLedger

ONE = Amount(1, 10, 0.1)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Budget, Budget]:
    """The budget of two processes."""
    limits = BudgetLimits(max_requests=3)
    one, other = (Budget(limits, SharedLedger(tmp_path / "budget")) for _ in range(2))
    return one, other


def test_what_one_sets_aside_the_other_has_not(pair: tuple[Budget, Budget]) -> None:
    one, other = pair
    assert [one.try_reserve(ONE), other.try_reserve(ONE), one.try_reserve(ONE)] == [True] * 3
    assert not other.try_reserve(ONE)
    one.settle(ONE, Amount())
    assert other.try_reserve(ONE)


def test_one_waits_for_what_the_other_has_in_flight(pair: tuple[Budget, Budget]) -> None:
    one, other = pair

    async def ask() -> bool:
        assert one.try_reserve(Amount(3))
        waiting = asyncio.create_task(other.reserve(ONE))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        one.settle(Amount(3), Amount(2))
        return await waiting

    assert asyncio.run(ask())


def test_the_end_is_known_to_both_and_to_who_comes_later(pair: tuple[Budget, Budget], tmp_path: Path) -> None:
    one, _ = pair

    async def spend() -> bool:
        assert await one.reserve(Amount(3))
        one.settle(Amount(3), Amount(3))
        return await one.reserve(ONE)

    assert not asyncio.run(spend())
    later = Budget(BudgetLimits(max_requests=3), SharedLedger(tmp_path / "budget"))
    assert later.record.spent_by == "max_requests"
    assert later.n_affordable == 0
