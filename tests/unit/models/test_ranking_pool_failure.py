"""A ranking engine that cannot be opened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evalkit.errors import ModelError
from evalkit.models.embedded import ranking_pool
from evalkit.models.embedded.ranking_pool import RankingPool


class NoRoom:
    """Weights over which no engine can be opened."""

    def __init__(self, *_: object) -> None:
        pass

    def open_engine(self) -> None:
        raise MemoryError("no room for a key-value store")

    def close(self) -> None:
        pass


def test_nobody_waits_for_an_engine_that_could_not_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking_pool, "RankingBackend", NoRoom)

    async def run() -> list[object]:
        pool = RankingPool(Path("x.gguf"), None, 256, 2)
        try:
            asked = (asyncio.wait_for(pool.rank("The sky is", (" blue",)), 20) for _ in range(3))
            return list(await asyncio.gather(*asked, return_exceptions=True))
        finally:
            await pool.close()

    for error in asyncio.run(run()):
        assert isinstance(error, ModelError)
        assert "no room for a key-value store" in str(error)
