"""Servers that limit, on a virtual clock: what each kind of limiter takes and rejects, and what it says."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import BaseModel, HeaderListener

MINUTE_S = 60.0


class Limiter(Protocol):
    """Takes costs at times that do not fall; ``reset_s`` is what it says with ``left``."""

    limit: float

    def take(self, cost: float, now: float) -> bool: ...

    def left(self, now: float) -> float: ...

    def reset_s(self, now: float) -> float: ...


@dataclass
class FixedWindow:
    """So much from one full minute to the next; the first begins at ``phase_s``."""

    limit: float
    phase_s: float = 0.0
    window_s: float = MINUTE_S
    _window: int = -1
    _used: float = 0.0

    def _turn(self, now: float) -> None:
        window = int((now + self.phase_s) // self.window_s)
        if window != self._window:
            self._window, self._used = window, 0.0

    def take(self, cost: float, now: float) -> bool:
        self._turn(now)
        if self._used + cost > self.limit:
            return False
        self._used += cost
        return True

    def left(self, now: float) -> float:
        self._turn(now)
        return self.limit - self._used

    def reset_s(self, now: float) -> float:
        return self.window_s - (now + self.phase_s) % self.window_s


@dataclass
class SlidingWindow:
    """So much in any minute; says when the oldest falls out of it."""

    limit: float
    window_s: float = MINUTE_S
    _taken: deque[tuple[float, float]] = field(default_factory=deque)
    _used: float = 0.0

    def _forget(self, now: float) -> None:
        while self._taken and self._taken[0][0] <= now - self.window_s:
            self._used -= self._taken.popleft()[1]

    def take(self, cost: float, now: float) -> bool:
        self._forget(now)
        if self._used + cost > self.limit + 1e-6:
            return False
        self._taken.append((now, cost))
        self._used += cost
        return True

    def left(self, now: float) -> float:
        self._forget(now)
        return self.limit - self._used

    def reset_s(self, now: float) -> float:
        self._forget(now)
        return self._taken[0][0] + self.window_s - now if self._taken else 0.0


@dataclass
class Bucket:
    """Refills all the time; ``held_s`` is how long an empty one takes to be full."""

    limit: float
    held_s: float = MINUTE_S
    _level: float = -1.0
    _at: float = 0.0

    @property
    def _size(self) -> float:
        return max(1.0, self.limit * self.held_s / MINUTE_S)

    def _refill(self, now: float) -> None:
        if self._level < 0:
            self._level = self._size
        self._level = min(self._size, self._level + (now - self._at) * self.limit / MINUTE_S)
        self._at = now

    def take(self, cost: float, now: float) -> bool:
        self._refill(now)
        if cost > self._level + 1e-9:
            return False
        self._level -= cost
        return True

    def left(self, now: float) -> float:
        self._refill(now)
        return float(int(self._level))

    def reset_s(self, now: float) -> float:
        self._refill(now)
        return (self._size - self._level) / self.limit * MINUTE_S


#: Name of a kind -> a limiter of so many a minute whose windows begin anywhere.
LIMITERS: Mapping[str, Callable[[float, random.Random], Limiter]] = {
    "fixed": lambda limit, rng: FixedWindow(limit, rng.uniform(0, MINUTE_S)),
    "sliding": lambda limit, rng: SlidingWindow(limit),
    "bucket": lambda limit, rng: Bucket(limit),
}


Headers = Callable[[Limiter, float], Mapping[str, str]]


def openai_headers(limiter: Limiter, now: float, unit: str = "requests") -> Mapping[str, str]:
    """As OpenAI tells a limit by the minute."""
    return {
        f"x-ratelimit-limit-{unit}": f"{limiter.limit:.0f}",
        f"x-ratelimit-remaining-{unit}": f"{limiter.left(now):.0f}",
        f"x-ratelimit-reset-{unit}": f"{limiter.reset_s(now):.3f}s",
    }


def gateway_headers(limiter: Limiter, now: float) -> Mapping[str, str]:
    """As a gateway tells a limit, without saying of which window it is."""
    return {
        "ratelimit-limit": f"{limiter.limit:.0f}",
        "ratelimit-remaining": f"{limiter.left(now):.0f}",
        "ratelimit-reset": f"{limiter.reset_s(now):.3f}",
    }


class LimitedModel(BaseModel):
    """Answers after ``latency_s`` what its limiter takes, and rejects the rest at once.

    Args:
        clock: the time of the loop that asks.
        headers: what stands with each answer.
        says_when: whether a rejection has a Retry-After.
        cost_of: what the limiter counts of a request.
    """

    def __init__(
        self,
        limiter: Limiter,
        clock: Callable[[], float],
        rng: random.Random,
        *,
        latency_s: tuple[float, float] = (0.2, 1.5),
        headers: Headers | None = None,
        says_when: bool = True,
        cost_of: Callable[[Request], float] = lambda request: 1.0,
        answer_of: Callable[[Request], Response] = lambda request: Response("ok"),
    ) -> None:
        super().__init__(ModelSpec("test", "limited"))
        self.n_rejected = self.n_answered = 0
        self.ended_at = 0.0
        self._limiter, self._clock, self._rng = limiter, clock, rng
        self._latency_s, self._headers, self._says_when = latency_s, headers, says_when
        self._cost_of, self._answer_of = cost_of, answer_of
        self._listeners: list[HeaderListener] = []

    def listen(self, listener: HeaderListener) -> None:
        self._listeners.append(listener)

    async def respond(self, request: Request) -> Response:
        await asyncio.sleep(self._rng.uniform(0, 0.05))  # on the way
        now = self._clock()
        is_taken = self._limiter.take(self._cost_of(request), now)
        headers = self._headers(self._limiter, now) if self._headers is not None else {}
        wait_s = self._limiter.reset_s(now) if self._says_when else None
        await asyncio.sleep(self._rng.uniform(*self._latency_s) if is_taken else 0.02)
        for listener in self._listeners:
            listener(headers)
        if not is_taken:
            self.n_rejected += 1
            raise ModelError("HTTP 429", is_retryable=True, retry_after_s=wait_s, kind="busy")
        self.n_answered += 1
        self.ended_at = self._clock()
        return self._answer_of(request)

    @property
    def rejected_share(self) -> float:
        """Of all calls."""
        return self.n_rejected / (self.n_rejected + self.n_answered)

    @property
    def used_share(self) -> float:
        """Answers a minute over the limit."""
        return self.n_answered / (self.ended_at / MINUTE_S) / self._limiter.limit
