"""Headers with a token that expires: one fetch for all calls that wait for it, off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from evalkit.errors import EvalkitError, ModelError
from evalkit.redaction.redact import redact

#: Seconds before its end at which a token is no longer sent: a call may take its time.
_MARGIN_S = 300.0

#: Gives the headers and the time at which they expire, in seconds since the epoch. May take its time.
Fetch = Callable[[], tuple[Mapping[str, str], float]]


class ExpiringToken:
    """The ``authorize`` of a JsonClient.

    Args:
        fetch: what a vendor's library for credentials does; it runs in a thread.
        clock: seconds since the epoch, for tests.

    Attributes:
        keep_secret: told each new token, so that none is ever shown. Set it before the first call.
    """

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.time) -> None:
        self.keep_secret: Callable[[str], None] = lambda token: None
        self._fetch = fetch
        self._clock = clock
        self._headers: Mapping[str, str] = {}
        self._expires_at = 0.0
        self._fetching: asyncio.Lock | None = None

    async def __call__(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """Headers of one call. Raises ModelError where there is no token to be had."""
        if self._is_fresh():
            return self._headers
        if self._fetching is None:
            self._fetching = asyncio.Lock()
        async with self._fetching:
            if not self._is_fresh():
                await self._renew()
        return self._headers

    def _is_fresh(self) -> bool:
        return self._clock() < self._expires_at - _MARGIN_S

    async def _renew(self) -> None:
        try:
            headers, expires_at = await asyncio.to_thread(self._fetch)
        except EvalkitError:
            raise
        except Exception as error:  # of the vendor's library, or of what it asks
            said = " ".join(redact(str(error)).split())[:300]
            what = f"no token: {type(error).__name__}: {said}"
            is_retryable = bool(getattr(error, "retryable", False))
            raise ModelError(what, is_retryable=is_retryable, kind=None if is_retryable else "key") from None
        for value in headers.values():
            self.keep_secret(value.removeprefix("Bearer "))
        # One that came with less than the margin is used while it lasts.
        self._headers, self._expires_at = headers, max(expires_at, self._clock() + _MARGIN_S + 1)
