"""What the embedded server says of its own work."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.embedded.generation_server import GenerationServer, _Served
from evalkit.models.model import ModelSettings
from evalkit.models.wire.http import HttpReply, JsonClient
from tests.asking import ask

URL = "http://127.0.0.1:1/v1"


def read(**more: Any) -> Response:
    client = JsonClient(URL, {}, timeout_s=1.0, is_offline=True)
    served = _Served(ModelSpec("openai", "m"), client, {"chat": False, "base_url": URL})
    answer = {"model": "/a/path", "choices": [{"text": "yes"}], **more}
    return served.read(HttpReply(answer, {}))


def test_latency_is_reading_and_writing_without_the_wait_for_a_slot() -> None:
    assert read(timings={"prompt_ms": 500.0, "predicted_ms": 250}).latency_s == 0.75


@pytest.mark.parametrize("timings", [{}, {"prompt_ms": "x", "predicted_ms": 1}, None])
def test_a_server_without_timings_leaves_the_latency_to_who_asks(timings: Any) -> None:
    assert read(timings=timings).latency_s is None


def test_the_path_of_the_file_is_no_revision() -> None:
    assert read().model_revision is None


def test_what_the_service_did_not_take_is_the_queue() -> None:
    class Slow:
        async def respond(self, request: Request) -> Response:
            await asyncio.sleep(0.01)
            return Response("yes", latency_s=0.004)

    async def generate() -> Response:
        server = GenerationServer(Path("m"), None, ModelSettings(), n_ctx=8, n_threads=1, params={})
        server._model = Slow()  # type: ignore[assignment]
        return await server.generate(ask())

    found = asyncio.run(generate())
    assert found.latency_s == 0.004
    assert found.queue_s is not None
    assert found.queue_s >= 0.005


def test_a_prompt_that_does_not_fit_names_the_parameter_that_helps() -> None:
    class Small:
        async def respond(self, request: Request) -> Response:
            raise ModelError(
                "HTTP 400 from 127.0.0.1: request (90 tokens) exceeds the available context size (8 tokens), "
                "try increasing it"
            )

    async def generate() -> Response:
        server = GenerationServer(Path("m"), None, ModelSettings(), n_ctx=8, n_threads=1, params={})
        server._model = Small()  # type: ignore[assignment]
        return await server.generate(ask())

    with pytest.raises(ModelError, match=r"a prompt of 90 tokens exceeds 8 \(.*raise \?ctx=") as caught:
        asyncio.run(generate())
    assert not caught.value.is_retryable
