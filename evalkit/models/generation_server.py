"""llama.cpp's own server inside this process, on a loopback port, for generation from a GGUF file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelSpecError
from evalkit.models import llama_api
from evalkit.models.completions import Completions, Overrides, Prices
from evalkit.models.http import HttpClient
from evalkit.models.model import ModelSettings

#: Requests that are generated side by side; each has a KV cache of its own.
N_SLOTS = 4

#: Without the prompt cache: a reused prefix is decoded in other batches, and a repeat may differ.
_EXTRA = {"cache_prompt": False}


class GenerationServer:
    """Starts when first asked. Raises ModelSpecError where llama.cpp cannot load the file."""

    def __init__(
        self,
        path: Path,
        lora: Path | None,
        settings: ModelSettings,
        *,
        n_ctx: int,
        n_threads: int,
        is_chat: bool | None,
        overrides: Overrides,
    ) -> None:
        self._path, self._lora, self._settings = path, lora, settings
        self._n_ctx, self._n_threads = n_ctx, n_threads
        self._is_chat, self._overrides = is_chat, overrides
        self._server: Any = None
        self._http: HttpClient | None = None
        self._root: HttpClient | None = None
        self._completions: Completions | None = None
        self._lock = asyncio.Lock()

    async def generate(self, request: Request) -> Response:
        """One answer. Raises ModelError, or ModelSpecError on the first call."""
        completions = self._completions or await self._start()
        return await completions.generate(request)

    async def apply_template(self, request: Request) -> str:
        """The request's messages as the model's chat template lays them out, up to the assistant's turn."""
        if self._completions is None:
            await self._start()
        assert self._root is not None
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        return str((await self._root.post("/apply-template", {"messages": messages}))["prompt"])

    async def close(self) -> None:
        self._completions = None
        for client in (self._http, self._root):
            if client is not None:
                await client.close()
        server, self._server = self._server, None
        if server is not None:
            # Its destructor joins the server's threads.
            holder = [server]
            del server
            await asyncio.to_thread(holder.clear)

    async def _start(self) -> Completions:
        async with self._lock:
            if self._completions is None:
                self._server = await asyncio.to_thread(self._load)
                address = self._server.listening_address
                self._root = HttpClient(address, self._settings)
                self._http = HttpClient(f"{address}/v1", self._settings)
                self._completions = Completions(
                    self._http,
                    self._path.stem,
                    is_chat=await self._has_template() if self._is_chat is None else self._is_chat,
                    overrides=self._overrides,
                    prices=Prices(0.0, 0.0),
                    extra=_EXTRA,
                )
            return self._completions

    async def _has_template(self) -> bool:
        assert self._root is not None
        return bool((await self._root.get("/props")).get("chat_template"))

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
                f"llama.cpp cannot load this file: {error}", where=str(self._path), mend="is it a GGUF model?"
            ) from None
