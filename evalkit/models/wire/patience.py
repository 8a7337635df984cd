"""When a Model that does not answer is given up: what it still costs to find that out has a bound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.errors import FailureKind, ModelError


@frozen(slots=True)
class Bound:
    """What a Model must have failed at, without one answer in between, to be given up.

    Attributes:
        n_failures: failed attempts of one kind, >= 1.
        n_requests: unlike requests that they were made for: one input may break a server that is well.
        first_s, later_s: seconds since the first of them, where the Model never answered and where it has:
            what worked before may be starting again.
    """

    n_failures: int
    n_requests: int = 1
    first_s: float = 0.0
    later_s: float = 0.0


#: A key that is refused stays so; who answers 403 may mean one text, who answers 5xx may come back.
BOUNDS: Mapping[FailureKind, Bound] = {
    "key": Bound(3),
    "missing": Bound(3, 3),
    "forbidden": Bound(20, 20),
    "unreachable": Bound(5, 1, 8.0, 30.0),
    "broken": Bound(20, 3, 10.0, 30.0),
    "busy": Bound(20, 3, 120.0, 120.0),
    "late": Bound(3, 3, 30.0, 30.0),
}


@dataclass(slots=True)
class _Streak:
    began_at: float
    n_failures: int = 0
    requests: set[object] = field(default_factory=set)


class Patience:
    """What is known of one Model's failures, over all that ask it. Used in one event loop.

    Args:
        clock: seconds, for tests.

    Attributes:
        given_up: why nothing more is asked, None while there is hope.
    """

    def __init__(
        self, bounds: Mapping[FailureKind, Bound] = BOUNDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.given_up: str | None = None
        self._bounds = bounds
        self._clock = clock
        self._streaks: dict[FailureKind, _Streak] = {}
        self._has_answered = False
        self._over: asyncio.Event | None = None
        self._kind: FailureKind | None = None

    def note_answer(self) -> None:
        """The Model answered."""
        self._has_answered = True
        if self._streaks:
            self._streaks.clear()

    def note_failure(self, error: ModelError, request: object) -> None:
        """An attempt failed; ``request`` tells requests apart."""
        kind = error.kind
        if kind is None or self.given_up is not None:
            return
        now = self._clock()
        streak = self._streaks.setdefault(kind, _Streak(now))
        streak.n_failures += 1
        streak.requests.add(request)
        if self._is_enough(self._bounds[kind], streak, now):
            failures = plural(streak.n_failures, "consecutive failure")
            self.given_up, self._kind = f"given up after {failures}: {error}", kind
            if self._over is not None:
                self._over.set()

    def _is_enough(self, bound: Bound, streak: _Streak, now: float) -> bool:
        return (
            streak.n_failures >= bound.n_failures
            and len(streak.requests) >= bound.n_requests
            and now - streak.began_at >= (bound.later_s if self._has_answered else bound.first_s)
        )

    def require_hope(self) -> None:
        """Raises ModelError once the Model is given up."""
        if self.given_up is not None:
            raise ModelError(self.given_up, kind=self._kind)

    async def pause(self, seconds: float) -> None:
        """Wait before the next attempt. Raises ModelError as soon as the Model is given up."""
        if self._over is None:
            self._over = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            pass
        self.require_hope()
