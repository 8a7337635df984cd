"""Asking again when that may help: exponential back-off with full jitter, bounded."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from evalkit.core.frozen import frozen
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import FailureKind, ModelError
from evalkit.models.model import Model
from evalkit.models.pacing.throttle import Admission, Throttle
from evalkit.models.wire.patience import BOUNDS, Bound, Patience

#: Where nobody is there, the pause before the next attempt grows no longer than after so many.
_AWAY = 2


@frozen
class RetryPolicy:
    """How often and how patiently a failed call is repeated.

    The wait before attempt k + 1 is uniform in [0, min(cap_s, base_s * 2**k)] ("full jitter": Brooker,
    "Exponential Backoff And Jitter", AWS 2015), or what the server asked for if that is longer.

    Attributes:
        max_attempts: calls in all, >= 1; those that a limit rejected count apart.
        max_rejections: calls that a limit may reject, >= 1: nothing is wrong with the request then, but one
            that is larger than the limit is rejected for ever.
        base_s, cap_s: seconds, as above.
        max_retry_after_s: the longest wish of a server that is granted; a longer one ends the retries.
        bounds: when a model is given up (see ``patience``).
    """

    max_attempts: int = 6
    max_rejections: int = 12
    base_s: float = 0.5
    cap_s: float = 30.0
    max_retry_after_s: float = 120.0
    bounds: Mapping[FailureKind, Bound] = field(default_factory=lambda: BOUNDS, hash=False)

    def wait_s(self, n_failed: int, error: ModelError, rng: random.Random) -> float | None:
        """Seconds to wait after ``n_failed`` failed attempts, or None when no further one is made.

        Attempts at which nobody was there do not count: who comes back has lost no call.
        """
        is_away = error.kind == "unreachable"
        if n_failed >= self.max_attempts and not is_away:
            return None
        return self._pause_s(min(n_failed, _AWAY) if is_away else n_failed, error, rng)

    def wait_after_rejection_s(
        self, n_rejected: int, n_in_row: int, error: ModelError, rng: random.Random
    ) -> float | None:
        """Seconds that all calls wait after a limit rejected one, or None when it is not asked again.

        Args:
            n_rejected: how often this call was rejected.
            n_in_row: how often calls of the model were, without an answer in between.
        """
        return None if n_rejected >= self.max_rejections else self._pause_s(n_in_row, error, rng)

    def _pause_s(self, n_failed: int, error: ModelError, rng: random.Random) -> float | None:
        asked_s = error.retry_after_s or 0.0
        if not error.is_retryable or asked_s > self.max_retry_after_s:
            return None
        # Those who were told the same time do not come back in the same instant.
        return asked_s + rng.uniform(0, min(self.cap_s, self.base_s * 2 ** (n_failed - 1)))


_RNG = random.Random()


async def respond_with_retry(
    model: Model,
    request: Request,
    policy: RetryPolicy,
    *,
    patience: Patience | None = None,
    throttle: Throttle | None = None,
    on_retry: Callable[[ModelError], None] | None = None,
    rng: random.Random = _RNG,
) -> Response:
    """Ask until there is an answer, or until asking again cannot help or has been tried often enough.

    ``patience`` knows what all calls of the model came to, and ends the attempts once it is given up. Where
    nobody is there to answer, the call waits for that end: no attempt of its own was wrong. ``throttle``
    keeps the pace of all calls of the model, and holds them all when one was rejected.

    ``latency_s`` is the time of the successful attempt alone, unless the provider set it or says with
    ``has_latency = False`` that what it does not know cannot be measured; waits for a limit are in
    ``queue_s``. Raises the last ModelError; other exceptions pass at once.
    """
    patience, throttle = patience or Patience(policy.bounds), throttle or Throttle()
    parts = request, policy, patience, throttle, on_retry, rng
    call: _Call | None = None  # nearly always for good: no limit rules, and nothing fails
    while True:
        patience.require_hope()
        if throttle.is_ruling:
            call = call or _Call(*parts)
            await call.wait_for_limit()
        started_s = time.perf_counter()
        try:
            response = await model.respond(request)
        except ModelError as error:
            call = call or _Call(*parts)
            await call.fail(error)
            continue
        took_s = time.perf_counter() - started_s
        patience.note_answer()
        throttle.settle(request, response, None if call is None else call.admission)
        if not model.has_latency:
            return response
        return _timed(response, took_s) if call is None else call.timed(response, took_s)


def _timed(response: Response, took_s: float, n_failed: int = 0, n_rejected: int = 0) -> Response:
    """The answer with its latency, unless it brought one, and how often it was asked for in vain."""
    if response.latency_s is None:
        return response.timed(took_s - (response.queue_s or 0.0), n_failed, n_rejected)
    if response.retries is None:
        return response.timed(response.latency_s, n_failed, n_rejected)
    return response


@dataclass(slots=True)
class _Call:
    """One request that was held up, over all its attempts."""

    request: Request
    policy: RetryPolicy
    patience: Patience
    throttle: Throttle
    on_retry: Callable[[ModelError], None] | None
    rng: random.Random
    n_failed: int = 0
    n_rejected: int = 0
    waited_s: float = 0.0
    admission: Admission | None = None

    async def wait_for_limit(self) -> None:
        """Raises ModelError when the model is given up meanwhile."""
        self.admission = await self.throttle.admit(self.request, self.patience.pause)
        self.waited_s += self.admission.waited_s

    async def fail(self, error: ModelError) -> None:
        """Wait before the next attempt. Raises ``error`` when there is none."""
        request, is_rejected = self.request, error.kind == "busy"
        self.n_failed += 1
        self.patience.note_failure(error, (request.task, request.sample.id, request.repeat))
        self.patience.require_hope()
        wait_s = self._after_rejection_s(error) if is_rejected else self._after_failure_s(error)
        if wait_s is None:
            raise _counted(error, self.n_failed, self.n_rejected) from None
        if self.on_retry is not None:
            self.on_retry(error)
        if is_rejected or error.retry_after_s is not None:
            self.throttle.pause(wait_s)  # of all calls, this one's too
        else:
            await self.patience.pause(wait_s)
        self.admission = None

    def _after_rejection_s(self, error: ModelError) -> float | None:
        self.n_rejected += 1
        n_in_row = self.throttle.reject(self.admission)
        return self.policy.wait_after_rejection_s(self.n_rejected, n_in_row, error, self.rng)

    def _after_failure_s(self, error: ModelError) -> float | None:
        return self.policy.wait_s(self.n_failed - self.n_rejected, error, self.rng)

    def timed(self, response: Response, took_s: float) -> Response:
        """The answer with its times, those that it waited for limits among them."""
        response = _timed(response, took_s, self.n_failed, self.n_rejected)
        if self.waited_s:
            return replace(response, queue_s=(response.queue_s or 0.0) + self.waited_s)
        return response


def _counted(error: ModelError, n_failed: int, n_busy: int) -> ModelError:
    error.retries, error.throttled = n_failed - 1, n_busy
    if n_failed > 1:
        error.what = f"{error.what} (after {n_failed} attempts)"
    return error
