"""Talking to a loopback server in a vendor's protocol, once by evalkit and once by the vendor's client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.loopback import Answer, Call, Reply, serving

#: Of a base URL without a path to what a client of the vendor does there.
Client = Callable[[str], Awaitable[Any]]


def root_of(base_url: str) -> str:
    """The server's address without a path."""
    return base_url.removesuffix("/v1")


def respond(answer: Answer | Reply, request: Request, spec: str) -> tuple[Response, list[Call]]:
    """One request through the model of ``spec``, in which ``{root}`` stands for the server's address.

    Raises what the model raises.
    """
    answering = answer if callable(answer) else lambda call: answer

    async def run() -> tuple[Response, list[Call]]:
        async with serving(answering) as server:
            text = spec.replace("{root}", root_of(server.base_url))
            model = open_model(ModelSpec.parse(text), ModelSettings(is_offline=True))
            try:
                await model.start()
                return await model.respond(request), server.calls
            finally:
                await model.close()

    return asyncio.run(run())


def call_by_us(answer: Answer | Reply, request: Request, spec: str) -> Call:
    """What arrives when evalkit asks."""
    return respond(answer, request, spec)[1][-1]


def call_by(client: Client, answer: Answer | Reply) -> Call:
    """What arrives when the vendor's own client asks."""
    answering = answer if callable(answer) else lambda call: answer

    async def run() -> Call:
        async with serving(answering) as server:
            await client(root_of(server.base_url))
            return server.calls[-1]

    return asyncio.run(run())
