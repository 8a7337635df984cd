"""Asking again: bounded, jittered, and honest about what it cost."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError
from evalkit.models.model import Model

#: Providers bound their own calls and word the error better; this is what they get on top of ``timeout_s``.
GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to ask again.

    Attributes:
        max_attempts: calls in all, >= 1.
        base_s: the first back-off is drawn from [0, base_s]; the bound doubles with each attempt.
        cap_s: no back-off is longer, in seconds.
        max_retry_after_s: a longer wish of the server is not waited for: the error is final at once.
        timeout_s: bound on one call, in seconds; None trusts the provider.
    """

    max_attempts: int = 6
    base_s: float = 0.5
    cap_s: float = 30.0
    max_retry_after_s: float = 120.0
    timeout_s: float | None = None

    def delay_s(self, attempt: int, error: ModelError, draw: float) -> float:
        """Seconds to wait after the failed ``attempt`` (1, 2, …); ``draw`` is uniform in [0, 1).

        Full jitter: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015. A server's own
        wish is a lower bound, with the jitter on top, so that 64 callers do not come back in one instant.
        """
        backoff_s = draw * min(self.cap_s, self.base_s * 2.0 ** (attempt - 1))
        return backoff_s if error.retry_after_s is None else error.retry_after_s + min(backoff_s, 1.0)

    def is_worth_it(self, attempt: int, error: ModelError) -> bool:
        """Whether to ask again after the failed ``attempt``."""
        is_bearable = error.retry_after_s is None or error.retry_after_s <= self.max_retry_after_s
        return error.is_retryable and attempt < self.max_attempts and is_bearable


async def respond_with_retry(
    model: Model,
    request: Request,
    policy: RetryPolicy,
    *,
    draw: Callable[[], float] = random.random,
    on_retry: Callable[[int, ModelError, float], None] | None = None,
) -> Response:
    """One answer of ``model``, asked up to ``policy.max_attempts`` times.

    The Response carries ``latency_s`` of the attempt that succeeded, unless the provider knows a better one
    or says with ``has_latency = False`` that there is none. ``on_retry(attempt, error, delay_s)`` is called
    before each wait. Raises ModelError: at once when no retry can mend it, else the last one with the number
    of attempts.
    """
    attempt = 1
    while True:
        started = time.perf_counter()
        try:
            response = await _bounded(model, request, policy.timeout_s)
        except ModelError as error:
            if not policy.is_worth_it(attempt, error):
                raise _final(error, attempt) from error.__cause__
            delay_s = policy.delay_s(attempt, error, draw())
            if on_retry is not None:
                on_retry(attempt, error, delay_s)
            await asyncio.sleep(delay_s)
            attempt += 1
            continue
        if response.latency_s is None and getattr(model, "has_latency", True):
            return replace(response, latency_s=time.perf_counter() - started)
        return response


async def _bounded(model: Model, request: Request, timeout_s: float | None) -> Response:
    if timeout_s is None:
        return await model.respond(request)
    try:
        async with asyncio.timeout(timeout_s + GRACE_S):
            return await model.respond(request)
    except TimeoutError:
        raise ModelError(f"no answer within {timeout_s:g} s", is_retryable=True) from None


def _final(error: ModelError, attempt: int) -> ModelError:
    if attempt == 1:
        return error
    return ModelError(
        f"{error.what} (attempt {attempt})",
        is_retryable=error.is_retryable,
        retry_after_s=error.retry_after_s,
        where=error.where,
        mend=error.mend,
    )
