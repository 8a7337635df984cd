"""Many requests at once to ``hf/…``, or one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.models.hf import HfModel
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model


def opened(spec: str, base_dir: Path = Path()) -> HfModel:
    model = open_model(ModelSpec.parse(spec), ModelSettings(is_offline=True, base_dir=base_dir))
    assert isinstance(model, HfModel)
    return model


def together(spec: str, requests: Sequence[Request]) -> list[Response]:
    """All in flight at the same time."""

    async def run() -> list[Response]:
        model = opened(spec)
        await model.start()
        try:
            return await asyncio.gather(*map(model.respond, requests))
        finally:
            await model.close()

    return asyncio.run(run())


def one_by_one(spec: str, requests: Sequence[Request]) -> list[Response]:
    """Each when the last was answered."""

    async def run() -> list[Response]:
        model = opened(spec)
        await model.start()
        try:
            return [await model.respond(request) for request in requests]
        finally:
            await model.close()

    return asyncio.run(run())
