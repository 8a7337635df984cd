"""Asking again when that may help: exponential back-off with full jitter, bounded."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError
from evalkit.models.model import Model


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a failed call is repeated.

    The wait before attempt k + 1 is uniform in [0, min(cap_s, base_s * 2**k)] ("full jitter": Brooker,
    "Exponential Backoff And Jitter", AWS 2015), or what the server asked for if that is longer.

    Attributes:
        max_attempts: calls in all, >= 1.
        base_s, cap_s: seconds, as above.
        max_retry_after_s: the longest wish of a server that is granted; a longer one ends the retries.
    """

    max_attempts: int = 6
    base_s: float = 0.5
    cap_s: float = 30.0
    max_retry_after_s: float = 120.0

    def wait_s(self, n_failed: int, error: ModelError, rng: random.Random) -> float | None:
        """Seconds to wait after ``n_failed`` failed attempts, or None when no further one is made."""
        if not error.is_retryable or n_failed >= self.max_attempts:
            return None
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
    on_retry: Callable[[ModelError], None] | None = None,
    rng: random.Random = _RNG,
) -> Response:
    """Ask until there is an answer, or until asking again cannot help or has been tried often enough.

    ``latency_s`` is the time of the successful attempt alone, unless the provider set it or says with
    ``has_latency = False`` that what it does not know cannot be measured. Raises the last ModelError; other
    exceptions pass at once.
    """
    n_failed = 0
    while True:
        started_s = time.perf_counter()
        try:
            response = await model.respond(request)
        except ModelError as error:
            n_failed += 1
            wait_s = policy.wait_s(n_failed, error, rng)
            if wait_s is None:
                raise _counted(error, n_failed) from None
            if on_retry is not None:
                on_retry(error)
            await asyncio.sleep(wait_s)
            continue
        if response.latency_s is None and getattr(model, "has_latency", True):
            return response.timed(time.perf_counter() - started_s)
        return response


def _counted(error: ModelError, n_failed: int) -> ModelError:
    if n_failed > 1:
        error.what = f"{error.what} (after {n_failed} attempts)"
    return error
