"""Lanes over a loopback server, with a clock that no test waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.batch_model import BatchLimits, BatchPlan, Handle
from evalkit.models.batches.openai import OpenAiBatches
from evalkit.models.model import Model, ModelSettings
from evalkit.models.open import open_model
from evalkit.models.openai import OpenAiModel
from evalkit.session.batches.desk import BatchRules
from evalkit.session.batches.folder import BatchFolder, Timing
from evalkit.session.batches.lane import BatchLane
from tests.asking import ask
from tests.batch_server import BatchServer, serving_batches

T = TypeVar("T")

PRICES = "&input_usd_per_mtok=1&output_usd_per_mtok=10&batch_share=0.5"


@dataclass
class Clock:
    """Time passes only where somebody waits for it."""

    now_s: float = 1_000_000.0
    waits: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)

    @property
    def timing(self) -> Timing:
        return Timing(lambda: self.now_s, self.sleep)


class DiedError(Exception):
    """The process was killed here."""


@dataclass
class Bench:
    """One server and one store; each ``lane`` is another session."""

    server: BatchServer
    folder: BatchFolder
    cache: ResponseCache
    clock: Clock
    models: list[Model] = field(default_factory=list)

    def lane(self, *, is_waiting: bool = True, is_live: bool = False) -> BatchLane:
        rules = BatchRules(is_waiting)
        return BatchLane(self.cache, self.folder, rules, is_live=is_live, timing=self.clock.timing)

    def model(self, name: str = "gpt-x", kind: type[OpenAiBatches] = OpenAiBatches) -> Model:
        spec = ModelSpec.parse(f"openai/{name}?base_url={self.server.base_url}{PRICES}")
        model = open_model(spec, ModelSettings(is_offline=True))
        assert isinstance(model, OpenAiModel)
        if kind is not OpenAiBatches:
            made = model.open_batches()
            made.__class__ = kind
            model.open_batches = lambda: made  # type: ignore[method-assign]
        self.models.append(model)
        return model

    @property
    def n_asked(self) -> int:
        """Requests that the vendor was to answer."""
        return sum(self.server.asked.values())


class Small(OpenAiBatches):
    """Of a vendor that takes two requests in a batch."""

    limits = BatchLimits(2, 10_000)


class DiesBefore(OpenAiBatches):
    """The process is killed before the batch goes out."""

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        raise DiedError


class DiesAfter(OpenAiBatches):
    """The process is killed once the vendor has the batch, before it is noted."""

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        await super().submit(plan, items)
        raise DiedError


@asynccontextmanager
async def bench(path: Path, server: BatchServer, cache: str = "readwrite") -> AsyncIterator[Bench]:
    clock = Clock()
    async with serving_batches(server):
        opened = ResponseCache.open(path / "cache", cache)
        made = Bench(server, BatchFolder(path / "results.duckdb", clock.timing), opened, clock)
        try:
            yield made
        finally:
            for model in made.models:
                await model.close()
            opened.close()


def on_bench(path: Path, server: BatchServer, do: Callable[[Bench], Awaitable[T]]) -> T:
    async def run() -> T:
        async with bench(path, server) as made:
            return await do(made)

    return asyncio.run(run())


def requests(n: int, first: int = 0) -> list[Request]:
    return [ask(f"word {i}", str(i)) for i in range(first, first + n)]


def outcomes(lane: BatchLane, model: Model, asked: Sequence[Request]) -> list[str | None]:
    """The text of each answer, of each error after ``!``; None where the Model itself is to be asked."""
    return [_text(lane, model, request) for request in asked]


def _text(lane: BatchLane, model: Model, request: Request) -> str | None:
    try:
        found: Response | None = lane.at_hand(model, request)
    except ModelError as error:
        return f"!{error}"
    return None if found is None else found.output


def failing_for(word: str) -> Callable[[Mapping[str, Any]], tuple[int, Any]]:
    """A server that refuses requests with ``word``."""

    def answer(body: Mapping[str, Any]) -> tuple[int, Any]:
        if word in body["messages"][-1]["content"]:
            return 400, {"error": {"message": "refused"}}
        return BatchServer().answer(body)

    return answer
