"""How many requests may be in flight for one Model."""

from __future__ import annotations

import asyncio


class Limit:
    """A fixed bound on requests in flight.

    Workers are numbered; worker i may ask only while ``i < current``: one comparison a request.

    Attributes:
        n_max: what the bound never exceeds.
        current: what it is.
    """

    def __init__(self, n_max: int) -> None:
        self.n_max = n_max
        self.current = n_max
        self._has_grown = asyncio.Event()

    async def admit(self, worker: int) -> None:
        """Wait until worker number ``worker`` may ask."""
        while worker >= self.current:
            self._has_grown.clear()
            await self._has_grown.wait()

    def on_success(self, latency_s: float | None = None) -> None:
        """A request went through, and took so long."""

    def on_throttled(self) -> None:
        """The server rejected a request because of a limit."""

    def lift(self) -> None:
        """Let every waiting worker go, for the end of the work."""
        self._change(self.n_max)

    def _change(self, current: int) -> None:
        is_more = current > self.current
        self.current = current
        if is_more:
            self._has_grown.set()
