"""Asking again when that may help: exponential back-off with full jitter, bounded."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import FailureKind, ModelError
from evalkit.models.model import Model
from evalkit.models.wire.patience import BOUNDS, Bound, Patience

#: Where nobody is there, the pause before the next attempt grows no longer than after so many.
_AWAY = 2


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a failed call is repeated.

    The wait before attempt k + 1 is uniform in [0, min(cap_s, base_s * 2**k)] ("full jitter": Brooker,
    "Exponential Backoff And Jitter", AWS 2015), or what the server asked for if that is longer.

    Attributes:
        max_attempts: calls in all, >= 1.
        base_s, cap_s: seconds, as above.
        max_retry_after_s: the longest wish of a server that is granted; a longer one ends the retries.
        bounds: when a model is given up (see ``patience``).
    """

    max_attempts: int = 6
    base_s: float = 0.5
    cap_s: float = 30.0
    max_retry_after_s: float = 120.0
    bounds: Mapping[FailureKind, Bound] = field(default_factory=lambda: BOUNDS, hash=False)

    def wait_s(self, n_failed: int, error: ModelError, rng: random.Random) -> float | None:
        """Seconds to wait after ``n_failed`` failed attempts, or None when no further one is made.

        Attempts at which nobody was there do not count: who comes back has lost no call.
        """
        is_away = error.kind == "unreachable"
        if not error.is_retryable or (n_failed >= self.max_attempts and not is_away):
            return None
        n_failed = min(n_failed, _AWAY) if is_away else n_failed
        asked_s = error.retry_after_s or 0.0
        if asked_s > self.max_retry_after_s:
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
    on_retry: Callable[[ModelError], None] | None = None,
    rng: random.Random = _RNG,
) -> Response:
    """Ask until there is an answer, or until asking again cannot help or has been tried often enough.

    ``patience`` knows what all calls of the model came to, and ends the attempts once it is given up. Where
    nobody is there to answer, the call waits for that end: no attempt of its own was wrong.

    ``latency_s`` is the time of the successful attempt alone, unless the provider set it or says with
    ``has_latency = False`` that what it does not know cannot be measured. Raises the last ModelError; other
    exceptions pass at once.
    """
    n_failed = n_busy = 0
    patience = patience or Patience(policy.bounds)
    while True:
        patience.require_hope()
        started_s = time.perf_counter()
        try:
            response = await model.respond(request)
        except ModelError as error:
            n_failed += 1
            patience.note_failure(error, (request.task, request.sample.id, request.repeat))
            patience.require_hope()
            wait_s = policy.wait_s(n_failed, error, rng)
            if wait_s is None:
                raise _counted(error, n_failed, n_busy) from None
            if on_retry is not None:
                on_retry(error)
            n_busy += error.kind == "busy"
            await patience.pause(wait_s)
            continue
        patience.note_answer()
        if not model.has_latency:
            return response
        if response.latency_s is None:
            latency_s = time.perf_counter() - started_s - (response.queue_s or 0.0)
            return response.timed(latency_s, n_failed, n_busy)
        if response.retries is not None:
            return response
        return response.timed(response.latency_s, n_failed, n_busy)


def _counted(error: ModelError, n_failed: int, n_busy: int) -> ModelError:
    error.retries, error.throttled = n_failed - 1, n_busy
    if n_failed > 1:
        error.what = f"{error.what} (after {n_failed} attempts)"
    return error
