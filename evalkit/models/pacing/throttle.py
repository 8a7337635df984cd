"""What holds the calls of one model back, all of them together: its limits, and pauses that it asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.models.pacing.rate_limits import MINUTE_S, NO_RATE_LIMITS, RateLimits

if TYPE_CHECKING:
    from evalkit.models.pacing.limits import Limits
    from evalkit.models.pacing.tokens import Tokens

#: Rejections so close to each other say that pauses alone do not do.
_SOON_S = 30.0
#: Answers without a word of limits after which none is looked at any more, but for rejections.
_N_BARE = 5
#: After a pause the first calls go one by one, so that a server which still rejects does so to few:
#: seconds between the first two, halved each time.
_FIRST_GAP_S = 0.25
_LAST_GAP_S = 0.002
#: The longest wait before it is looked again: answers that come meanwhile may make it shorter.
_LOOK_S = 1.0
#: Waits below this are not worth a line for people.
_SHOWN_S = 1.0


@dataclass(slots=True)
class Admission:
    """A call that may go.

    Attributes:
        waited_s: seconds that it waited for the limit.
        sent_at: when it went, by the throttle's clock.
        tokens: what it counts with, None where tokens are not limited.
    """

    waited_s: float
    sent_at: float
    tokens: Tokens | None = None


class Throttle:
    """Says when calls of one model may go. Used in one event loop.

    While nothing is known of limits, ``is_ruling`` is false and a call is held up by no more than reading it.

    Args:
        rates: what the user says; what the server says counts, too, and the lower one rules.
        clock: seconds, for tests.

    Attributes:
        is_ruling: whether calls have to ask ``admit``.
        n_rejected: calls that the server rejected because of a limit.
        n_answered: calls that brought an answer.
        n_waiting: calls that wait.
        speed: seconds of limits in one second, for proofs in scaled time.
    """

    speed: ClassVar[float] = 1.0

    def __init__(
        self, rates: RateLimits = NO_RATE_LIMITS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.n_rejected = 0
        self.n_answered = 0
        self.n_waiting = 0
        self._clock = clock
        self._limits: Limits | None = None
        self._pause_until = self._pause_began_at = self._next_at = 0.0
        self._gap_s = 0.0
        self._n_rejected_in_row = 0
        self._n_looks_left = _N_BARE
        self._turn = asyncio.Lock()
        self._began_at = self.now
        if rates != NO_RATE_LIMITS:
            self._limits = self._new_limits(rates)
        self.is_ruling = self._limits is not None

    @property
    def now(self) -> float:
        """Seconds, of limits."""
        return self._clock() * self.speed

    @property
    def has_pace(self) -> bool:
        """Whether calls are spread."""
        return self._limits is not None and self._limits.has_pace

    @property
    def knows_limit(self) -> bool:
        """Whether the user or the server told a limit."""
        return self._limits is not None and self._limits.has_pace and not self._limits.is_learned

    async def admit(self, request: Request, pause: Callable[[float], Awaitable[None]]) -> Admission:
        """Wait until the call may go, and count it. Calls go in the order in which they came.

        Args:
            pause: waits so many seconds; what it raises ends the wait.
        """
        began_at = self.now
        self.n_waiting += 1
        try:
            async with self._turn:
                while (wait_s := self.wait_s(request)) > 0:
                    await pause(min(wait_s, _LOOK_S) / self.speed)
                admission = self.take(request)
        finally:
            self.n_waiting -= 1
        admission.waited_s = (admission.sent_at - began_at) / self.speed
        return admission

    def wait_s(self, request: Request) -> float:
        """Seconds, of limits, until the call may go; 0 or less: now."""
        now = self.now
        wait_s = max(self._pause_until, self._next_at) - now
        return wait_s if self._limits is None else max(wait_s, self._limits.wait_s(request, now))

    def take(self, request: Request) -> Admission:
        """The call goes."""
        now = self.now
        tokens = None if self._limits is None else self._limits.take(request, now)
        if self._gap_s:
            self._next_at = now + self._gap_s
            self._gap_s = self._gap_s / 2 if self._gap_s > _LAST_GAP_S else 0.0
        elif not self.has_pace:
            self.is_ruling = False
            self._n_rejected_in_row = 0
        return Admission(0.0, now, tokens)

    def settle(self, request: Request, response: Response, admission: Admission | None) -> None:
        """A call brought an answer; ``admission`` is None for one that did not have to ask."""
        self.n_answered += 1
        if admission is None:
            return
        if admission.sent_at >= self._pause_began_at:
            self._n_rejected_in_row = 0
        if self._limits is not None and admission.tokens is not None:
            self._limits.settle(request, response, admission.tokens, self.now)

    def reject(self, admission: Admission | None) -> int:
        """The server rejected a call because of a limit; returns how often in a row it did so.

        Calls that were on their way together count once. ``admission`` is None for one that did not have to
        ask.
        """
        now = self.now
        self.n_rejected += 1
        self._n_looks_left = max(self._n_looks_left, 1)
        sent_at = -inf if admission is None else admission.sent_at
        if self._n_rejected_in_row == 0 or sent_at >= self._pause_began_at:
            self._n_rejected_in_row += 1
        if sent_at >= self._pause_began_at and not self.has_pace:
            self._learn(now)
        if self._limits is not None:
            self._limits.reject(sent_at, now)
        return self._n_rejected_in_row

    def _learn(self, now: float) -> None:
        """A call was rejected soon after a pause that a rejection made: the pace is what was answered."""
        if now - self._pause_began_at < _SOON_S and self.n_answered:
            self._limits = self._limits or self._new_limits(NO_RATE_LIMITS)
            self._limits.learn(self.n_answered * MINUTE_S / max(now - self._began_at, 1.0), now)

    def pause(self, seconds: float) -> None:
        """Nothing goes for so long; then a few calls before all others."""
        now = self.now
        if now + seconds > self._pause_until:
            if now >= self._pause_until:
                self._pause_began_at = now
            self._pause_until = now + seconds
        if self._limits is not None:
            self._limits.pause(self._pause_until)
        self._gap_s = 0.0 if self.knows_limit else _FIRST_GAP_S
        self.is_ruling = True

    def hear(self, headers: Mapping[str, str]) -> None:
        """The headers of an answer, whatever its status."""
        if not self._n_looks_left:
            return
        from evalkit.models.pacing.quota import quotas

        found = quotas(headers)
        if not found:
            self._n_looks_left -= 1
            return
        self._n_looks_left = _N_BARE
        if self._limits is None:
            self._limits = self._new_limits(NO_RATE_LIMITS)
        self._limits.hear(found, self.now)
        self.is_ruling = self.is_ruling or self._limits.has_pace

    def _new_limits(self, rates: RateLimits) -> Limits:
        from evalkit.models.pacing.limits import Limits  # for models with limits alone

        return Limits(rates, self.now)

    def text(self) -> str | None:
        """What rules now, for people: ``600 requests a minute``; None while nobody waits."""
        if not self.n_waiting:
            return None
        pause_s = (self._pause_until - self.now) / self.speed
        if pause_s > _SHOWN_S:
            return f"a pause of {pause_s:.0f} s after a rejected call"
        return self._limits.text if self._limits is not None else None
