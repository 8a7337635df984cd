"""Calls in flight of a Model that is a Subject and a judge at once."""

from __future__ import annotations

import asyncio

from evalkit.runner.limit import Limit
from evalkit.runner.slots import Slots


def test_no_more_calls_are_in_flight_than_the_limit_says() -> None:
    async def run() -> int:
        slots, n, most = Slots(Limit(2)), 0, 0

        async def call() -> None:
            nonlocal n, most
            async with slots:
                n += 1
                most = max(most, n)
                await asyncio.sleep(0)
                n -= 1

        await asyncio.gather(*(call() for _ in range(9)))
        return most

    assert asyncio.run(run()) == 2


def test_a_call_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    async def run() -> bool:
        slots = Slots(Limit(1))

        async def call() -> None:
            async with slots:
                await asyncio.sleep(0)

        async with slots:
            waiting = asyncio.create_task(call())
            await asyncio.sleep(0)
            waiting.cancel()
        await asyncio.wait_for(call(), 1)
        return True

    assert asyncio.run(run())
