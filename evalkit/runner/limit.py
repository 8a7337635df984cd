"""How many requests may be in flight for one Model."""

from __future__ import annotations

import asyncio


class Limit:
    """A bound on requests in flight, fixed or adaptive (additive increase, multiplicative decrease).

    Workers are numbered; worker i may ask only while ``i < current``. With a fixed limit that costs one
    comparison a request.

    Args:
        n_max: the bound, and with ``is_adaptive`` where it starts and what it never exceeds.
        is_adaptive: halve on a throttled answer, and grow by one after as many successes as the bound.
    """

    def __init__(self, n_max: int, *, is_adaptive: bool = False) -> None:
        self.n_max = n_max
        self.current = n_max
        self._is_adaptive = is_adaptive
        self._n_since_change = 0
        self._has_grown = asyncio.Event()

    async def admit(self, worker: int) -> None:
        """Wait until worker number ``worker`` may ask."""
        while worker >= self.current:
            self._has_grown.clear()
            await self._has_grown.wait()

    def on_success(self) -> None:
        """A request went through."""
        if not self._is_adaptive or self.current == self.n_max:
            return
        self._n_since_change += 1
        if self._n_since_change >= self.current:
            self._change(self.current + 1)

    def on_throttled(self) -> None:
        """The provider said 429: halve, once for all requests that were in flight together."""
        if self._is_adaptive and (self._n_since_change > 0 or self.current == self.n_max):
            self._change(max(1, self.current // 2))

    def lift(self) -> None:
        """Let every waiting worker go, for the end of the work."""
        self._change(self.n_max)

    def _change(self, current: int) -> None:
        if current > self.current:
            self._has_grown.set()
        self.current = current
        self._n_since_change = 0
