"""llama.cpp's own server inside this process, on a loopback port, for generation from a GGUF file."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from struct import pack
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.embedded import llama_api
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OpenAiModel
from evalkit.models.wire.http import JsonClient
from evalkit.models.wire.openai_ranking import chat_text

#: Requests that are generated side by side; each has a KV cache of its own.
N_SLOTS = 4

#: Without the prompt cache: a reused prefix is decoded in other batches, and a repeat may differ.
_EXTRA = {"cache_prompt": False}

#: How a GGUF header holds the key of its chat template: length, then text.
_TEMPLATE_KEY = pack("<Q", 23) + b"tokenizer.chat_template"
_MOST_HEADER_BYTES = 64 << 20

#: The server's words; the number of tokens, and how many there may be.
_TOO_LONG = re.compile(r"request \((\d+) tokens\) exceeds the available context size \((\d+) tokens\)")


class GenerationServer:
    """Starts when first asked; then it is one more server that speaks OpenAI's protocol.

    Args:
        n_ctx: tokens of prompt and answer, for each request.
        params: of the spec: ``chat`` and the generation parameters that it sets.
    """

    def __init__(
        self,
        path: Path,
        lora: Path | None,
        settings: ModelSettings,
        *,
        n_ctx: int,
        n_threads: int,
        params: Mapping[str, Any],
    ) -> None:
        self._path, self._lora, self._settings = path, lora, settings
        self._n_ctx, self._n_threads = n_ctx, n_threads
        self._params = dict(params)
        self._takes_tools: bool | None = None
        self._server: Any = None
        self._model: OpenAiModel | None = None
        self._lock = asyncio.Lock()
        # What waits here is not yet late for ?timeout_s; some more than the slots keeps them busy.
        self._gate = asyncio.Semaphore(2 * N_SLOTS)

    async def generate(self, request: Request) -> Response:
        """One answer. Raises ModelError, or ModelSpecError where llama.cpp cannot load the file."""
        model = self._model or await self._start()
        asked_s = time.perf_counter()
        async with self._gate:
            begun_s = time.perf_counter()
            try:
                response = await model.respond(request)
            except ModelError as error:
                raise _too_long(error) or error from None
        ended_s = time.perf_counter()
        latency_s = ended_s - begun_s if response.latency_s is None else response.latency_s
        queue_s = max(0.0, ended_s - asked_s - latency_s)
        return replace(response, latency_s=latency_s, queue_s=queue_s)

    async def layout(self, request: Request) -> str:
        """The text that choices are ranked after: laid out by the chat template where there are roles."""
        if not request.has_roles or not await self._is_chat():
            return request.text
        model = self._model or await self._start()
        return await chat_text(model.client, request)

    async def close(self) -> None:
        model, self._model = self._model, None
        if model is not None:
            await model.close()
        # The server's destructor joins its threads: not in the event loop.
        holder, self._server = [self._server], None
        await asyncio.to_thread(holder.clear)

    async def _start(self) -> OpenAiModel:
        async with self._lock:
            if self._model is None:
                self._server = await asyncio.to_thread(self._load)
                url = f"{self._server.listening_address}/v1"
                client = JsonClient(url, {}, timeout_s=self._settings.timeout_s, is_offline=True)
                spec = ModelSpec("openai", self._path.stem)
                params = {**self._params, "chat": await self._is_chat(), "base_url": url}
                self._model = _Served(spec, client, params, extra=_EXTRA)
            return self._model

    async def _is_chat(self) -> bool:
        return await asyncio.to_thread(lambda: self.is_chat)

    @property
    def is_chat(self) -> bool:
        """Whether messages are laid out by a chat template; the file is looked at once."""
        if "chat" not in self._params:
            self._params["chat"] = has_chat_template(self._path)
        return bool(self._params["chat"])

    @property
    def takes_tools(self) -> bool:
        """Whether the chat template has a place for tools: llama.cpp leaves them out of one that has none."""
        if not self.is_chat:
            return False
        if self._takes_tools is None:
            self._takes_tools = b"tools" in (chat_template(self._path) or b"")
        return self._takes_tools

    def _load(self) -> Any:
        engine = llama_api.import_engine()
        params = engine.CommonParams()
        params.model.path = str(self._path)
        params.n_parallel, params.n_ctx = N_SLOTS, N_SLOTS * self._n_ctx
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._n_threads
        params.port, params.ui, params.warmup, params.fit_params = 0, False, False, False
        params.verbosity, params.cache_ram_mib, params.n_gpu_layers = -1, 0, 0
        # Repacked weights round by batch size: an answer would depend on its neighbours.
        params.no_extra_bufts = True
        if self._lora is not None:
            params.lora_adapters = [engine.CommonAdapterLoraInfo(str(self._lora), 1.0)]
        try:
            return engine.Server(params)
        except Exception as error:
            raise ModelSpecError(
                f"llama.cpp cannot load this file: {error}", where=str(self._path), hint="is it a GGUF model?"
            ) from None


def _too_long(error: ModelError) -> ModelError | None:
    """In our words, with the parameter that helps, where the server says that a prompt does not fit."""
    found = _TOO_LONG.search(error.what)
    if found is None:
        return None
    made = ModelError(
        f"a prompt of {found[1]} tokens exceeds {found[2]}",
        hint="shorten the prompt, or raise ?ctx=… up to the model's limit",
    )
    made.retries, made.throttled = error.retries, error.throttled
    return made


class _Served(OpenAiModel):
    """Knows what llama.cpp adds to its answers."""

    def _response(self, answer: Any, choice: Any, output: Any, message: Mapping[str, Any]) -> Response:
        """With the seconds of reading and writing alone: half of what is sent waits in the server for a slot.
        Without a revision: the server says the path of the file. Nobody is billed for a model in one's own
        process."""
        response = super()._response(answer, choice, output, message)
        response = replace(response, model_revision=None, cost_usd=0.0)
        timings = answer.get("timings") or {}
        reading_ms, writing_ms = timings.get("prompt_ms"), timings.get("predicted_ms")
        if not isinstance(reading_ms, int | float) or not isinstance(writing_ms, int | float):
            return response
        return response.timed((reading_ms + writing_ms) / 1000)


def has_chat_template(path: Path) -> bool:
    """Whether a GGUF file brings a chat template; the server gives one even to models never taught any."""
    return chat_template(path) is not None


def chat_template(path: Path) -> bytes | None:
    """The chat template of a GGUF file as it stands in its header: behind the key the kind of value (4
    bytes), its length (8) and the text."""
    with path.open("rb") as file:
        header = file.read(_MOST_HEADER_BYTES)
    at = header.find(_TEMPLATE_KEY)
    if at < 0:
        return None
    start = at + len(_TEMPLATE_KEY) + 4
    length = int.from_bytes(header[start : start + 8], "little")
    return header[start + 8 : start + 8 + length]
