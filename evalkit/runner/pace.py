"""Keeps units that are compared with each other side by side, though their Models are not equally fast."""

from __future__ import annotations

import asyncio

from evalkit.runner.unit import Unit


class Pace:
    """Holds a job back while its unit is too far ahead of a partner.

    Nobody waits for ever: Models go through tasks in one order, and the unit of a task that is furthest
    behind is ahead of nobody.
    """

    def __init__(self) -> None:
        self._moved = asyncio.Event()

    def moved(self) -> None:
        """A Response came, or a unit stopped."""
        self._moved.set()

    async def admit(self, unit: Unit, turn: int, n_ahead: int) -> None:
        """Wait until the job may begin, or the unit is stopped.

        Args:
            n_ahead: Samples that the unit may be ahead by, >= 0; those that are in flight count.
        """
        while not unit.is_stopped and _is_ahead(unit, turn, n_ahead):
            self._moved.clear()
            await self._moved.wait()


def _is_ahead(unit: Unit, turn: int, n_ahead: int) -> bool:
    sample = turn // unit.n_repeats
    return any(
        not partner.is_done and sample > (partner.n_done + partner.n_left_out) // partner.n_repeats + n_ahead
        for partner in unit.partners
    )
