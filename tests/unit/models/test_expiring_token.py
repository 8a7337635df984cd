"""Tokens that expire: fetched once for all who wait, anew before their end, and never shown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from evalkit.errors import ModelError
from evalkit.models.wire.expiring_token import ExpiringToken


class Source:
    """Gives a new token each time, good for 1,000 s; the clock stands until it is moved."""

    def __init__(self) -> None:
        self.now, self.n_fetched = 0.0, 0

    def fetch(self) -> tuple[Mapping[str, str], float]:
        self.n_fetched += 1
        return {"Authorization": f"Bearer t{self.n_fetched}"}, self.now + 1000

    def clock(self) -> float:
        return self.now


def test_calls_that_come_at_once_fetch_one_token() -> None:
    source = Source()
    token = ExpiringToken(source.fetch, source.clock)

    async def run() -> list[Mapping[str, str]]:
        return await asyncio.gather(*(token("POST", "u", b"") for _ in range(5)))

    assert asyncio.run(run()) == [{"Authorization": "Bearer t1"}] * 5
    assert source.n_fetched == 1


def test_a_token_is_fetched_anew_some_minutes_before_its_end() -> None:
    source, seen = Source(), list[str]()
    token = ExpiringToken(source.fetch, source.clock)
    token.keep_secret = seen.append

    async def run() -> None:
        for source.now in (0, 699, 701):
            await token("POST", "u", b"")

    asyncio.run(run())
    assert source.n_fetched == 2
    assert seen == ["t1", "t2"]


def test_no_token_is_an_error_that_says_why_and_shows_no_key() -> None:
    def fetch() -> tuple[Mapping[str, str], float]:
        raise RuntimeError("no credentials for sk-canary-0123456789abcdef")

    with pytest.raises(ModelError, match="no token: RuntimeError: no credentials") as caught:
        asyncio.run(ExpiringToken(fetch)("POST", "u", b""))
    assert (caught.value.kind, caught.value.is_retryable) == ("key", False)
    assert "canary" not in str(caught.value)
