"""A budget is never passed, and whoever waits for room is served in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from evalkit.core.budget import Amount, BudgetLimits, BudgetRecord
from evalkit.core.response import Response
from evalkit.errors import BudgetSpentError, ModelError
from evalkit.runner.budget.budget import Budget
from evalkit.runner.budget.cost_bound import CostBound
from evalkit.runner.budget.ticket import Ticket

ONE = Amount(1, 100, 0.01)


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(coroutine)


def budget(**limits: Any) -> Budget:
    return Budget(BudgetLimits(**limits))


@pytest.mark.parametrize(
    ("limits", "n"), [({"max_requests": 7}, 7), ({"max_tokens": 799}, 7), ({"max_cost": 0.07}, 7)]
)
def test_each_limit_ends_what_it_bounds(limits: dict[str, float], n: int) -> None:
    async def spend() -> int:
        its, n_made = budget(**limits), 0
        while await its.reserve(ONE):
            its.settle(ONE, ONE)
            n_made += 1
        assert its.record.spent_by == next(iter(limits))
        return n_made

    assert run(spend()) == n


def test_what_is_in_flight_is_waited_for_as_it_may_take_less() -> None:
    async def spend() -> bool:
        its = budget(max_tokens=150)
        assert await its.reserve(ONE)
        waiting = asyncio.create_task(its.reserve(ONE))
        await asyncio.sleep(0)
        assert not waiting.done()
        its.settle(ONE, Amount(1, 40, 0.0))
        return await waiting

    assert run(spend())


def test_nobody_waits_for_what_rounding_left_of_prices() -> None:
    """0.1 + 0.2 - 0.1 - 0.2 is 2.8e-17, which nobody is going to settle."""

    async def spend() -> bool:
        its = budget(max_cost=0.35)
        calls = [Amount(1, 0, 0.1), Amount(1, 0, 0.2)]
        assert await its.reserve(calls[0] + calls[1])
        for call in calls:
            its.settle(call, call)
        return await asyncio.wait_for(its.reserve(calls[0]), 10)

    assert run(spend()) is False


def test_no_small_request_is_let_past_a_large_one() -> None:
    async def spend() -> list[str]:
        its, served = budget(max_tokens=150), []

        async def ask(name: str, n_tokens: int) -> None:
            if await its.reserve(Amount(1, n_tokens)):
                served.append(name)

        assert await its.reserve(ONE)
        asks = [asyncio.create_task(ask("large", 120)), asyncio.create_task(ask("small", 10))]
        await asyncio.sleep(0.01)
        assert not served
        its.settle(ONE, Amount(1, 20))
        await asyncio.gather(*asks)
        return served

    assert run(spend()) == ["large", "small"]


def test_after_the_first_that_does_not_fit_nothing_fits() -> None:
    async def settled() -> list[bool]:
        its = budget(max_tokens=150)
        found = []
        for n in (100, 120, 1):
            found.append(await its.reserve(Amount(1, n)))
            if found[-1]:
                its.settle(Amount(1, n), Amount(1, n))
        return found

    assert run(settled()) == [True, False, False]


def test_calls_that_surely_fit_are_counted_by_the_dearest() -> None:
    its = budget(max_requests=100, max_tokens=1000)
    assert its.n_affordable == 100
    its.note_need(ONE)
    its.note_need(Amount(1, 300))
    assert its.n_affordable == 3


def test_what_nobody_settled_counts_as_spent() -> None:
    its = budget(max_requests=3)
    assert its.try_reserve(ONE)
    assert its.record.spent == ONE


def test_an_answer_is_charged_what_it_says_and_what_it_does_not_say_in_full() -> None:
    its = budget(max_tokens=1000, max_cost=1)
    bound = CostBound(1000.0, 2000.0)
    for response in (Response("a", prompt_tokens=10, completion_tokens=5), Response("a")):
        assert its.try_reserve(ONE)
        ticket = Ticket(its, ONE, bound)
        ticket.begin()
        ticket.answered(response)
        ticket.close()
    record = its.record
    assert (record.spent.n_requests, record.spent.n_tokens, record.n_assumed) == (2, 15 + 100, 1)
    assert record.spent.cost_usd == pytest.approx(0.02 + 0.01)


def test_a_failed_attempt_is_a_request_and_a_late_one_counts_in_full() -> None:
    its = budget(max_requests=4, max_tokens=1000)
    assert its.try_reserve(ONE)
    ticket = Ticket(its, ONE)
    ticket.begin()
    ticket.again(ModelError("busy", kind="busy", is_retryable=True))
    ticket.again(ModelError("late", kind="late", is_retryable=True))
    ticket.answered(Response("a", prompt_tokens=1, completion_tokens=1))
    ticket.close()
    assert (its.record.spent.n_requests, its.record.spent.n_tokens) == (3, 102)


def test_a_repetition_that_does_not_fit_is_not_made() -> None:
    its = budget(max_requests=1)
    assert its.try_reserve(ONE)
    ticket = Ticket(its, ONE)
    ticket.begin()
    with pytest.raises(BudgetSpentError):
        ticket.again(ModelError("busy", kind="busy", is_retryable=True))
    ticket.close()
    assert its.record.spent.n_requests == 1
    assert its.record.spent_by == "max_requests"


def test_a_record_is_read_as_it_was_written() -> None:
    record = BudgetRecord(BudgetLimits(0.5, 400), Amount(400, 8123, 0.41), "max_requests", 2)
    assert BudgetRecord.from_dict(record.as_dict()) == record
    assert record.text == "400 of 400 requests, $0.4100 of $0.5"
