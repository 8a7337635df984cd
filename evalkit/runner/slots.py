"""How many calls of a Model are in flight where it is asked from two sides: as a Subject, and as a judge.

A worker of the runner holds its place for a whole answer, with the scoring of it. So calls that scorers make
are counted by themselves: who holds a slot waits for nobody but the server.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from evalkit.runner.limit import Limit


class Slots:
    """At most ``limit.current`` calls at a time. Used in one event loop.

    Attributes:
        limit: the bound; who asks tells it of answers and of rejections.
        is_shared: whether a judge asks the Model too; until then nobody has to take a slot.
    """

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.is_shared = False
        self._n = 0
        self._has_room = asyncio.Event()

    async def __aenter__(self) -> None:
        while self._n >= self.limit.current:
            self._has_room.clear()
            await self._has_room.wait()
        self._n += 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._n -= 1
        self._has_room.set()
