"""``llamacpp/PATH.gguf[?lora=PATH…]``: a GGUF file answered for inside this process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.core.needs import Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError
from evalkit.models.continuation import choice_response
from evalkit.models.embedded.fingerprint import file_revision
from evalkit.models.embedded.generation_server import GenerationServer
from evalkit.models.embedded.ranking_backend import Precision, likely_precision
from evalkit.models.embedded.ranking_pool import RankingPool
from evalkit.models.model import BaseModel, ModelSettings
from evalkit.models.open import missing_extra
from evalkit.models.spec_params import Reader, count, flag, read_params

if TYPE_CHECKING:
    from evalkit.models.embedded.llama_model import LlamaModel
from evalkit.models.wire.http_model import GENERATION_PARAMS


def precision(text: str) -> Precision:
    """Reader of ``?precision=``. Raises ValueError."""
    if text not in ("f32", "stored"):
        raise ValueError("write f32 or stored")
    return "f32" if text == "f32" else "stored"


PARAMS: Mapping[str, Reader] = {
    "lora": str,
    "chat": flag,
    "ctx": count,
    "threads": count,
    "precision": precision,
    "concurrency": count,
    **GENERATION_PARAMS,
}

#: Part of the cache key: raise it when the engines are driven in another way.
ADAPTER_VERSION = 2

#: Requests in flight: what the ranking engines read together. The generation server has a bound of its own.
DEFAULT_CONCURRENCY = 64

#: Tokens of prompt and answer together, for each request.
DEFAULT_CTX = 4096


def open_model(spec: ModelSpec, settings: ModelSettings) -> EmbeddedModel:
    """The path, and that of ``?lora=`` (a GGUF adapter), is relative to the working directory."""
    return EmbeddedModel(spec, settings, _existing(settings.base_dir / spec.name))


class EmbeddedModel(BaseModel):
    """llama.cpp in this process: its server for generation, its C interface for ranking choices, or numpy.

    Each half loads the weights when it is first needed. ``chat=0`` gives the bare text even to a model with a
    chat template, ``ctx`` is in tokens, ``threads`` defaults to the cores.
    """

    is_free = True

    def __init__(self, spec: ModelSpec, settings: ModelSettings, path: Path) -> None:
        params = read_params(spec, PARAMS)
        if find_spec("xllamacpp") is None:
            raise missing_extra("local", "the embedded engine (xllamacpp)")
        n_threads = params.pop("threads", None) or settings.n_threads or _n_cores()
        self.default_concurrency: int = params.pop("concurrency", DEFAULT_CONCURRENCY)
        lora = params.get("lora")
        self._path = path
        self._lora = _existing(settings.base_dir / lora) if lora else None
        super().__init__(spec)
        self.revision: str | None = None
        self.params: Mapping[str, Any] = params
        n_ctx = params.get("ctx", DEFAULT_CTX)
        self._precision: Precision | None = params.pop("precision", None)
        self._ranking = RankingPool(path, self._lora, n_ctx, n_threads, self._precision)
        self._generation = GenerationServer(
            path, self._lora, settings, n_ctx=n_ctx, n_threads=n_threads, params=params
        )

    @property
    def cache_identity(self) -> Mapping[str, Any]:  # type: ignore[override]  # known once it has started
        """Without the thread count: it changes the speed, and no bit of a ranking."""
        params = {key: value for key, value in self.params.items() if key != "lora"}
        engine = f"xllamacpp {version('xllamacpp')}"
        identity = {"provider": "llamacpp", "revision": self.revision, "engine": engine}
        return {**identity, "ranking": self._precision, "adapter": ADAPTER_VERSION, **params}

    @property
    def carries(self) -> frozenset[Need]:  # type: ignore[override]  # known once it has started
        """JSON by a grammar, and tools where the chat template has a place for them; a model without a
        template gets bare text. No images, and no effort."""
        if not self._generation.is_chat:
            return frozenset()
        carries: set[Need] = {"response_format"}
        return frozenset(carries | {"tools"} if self._generation.takes_tools else carries)

    async def start(self) -> None:
        """The engines wait until they are needed."""
        await self.identify()

    async def identify(self) -> None:
        """Hash the files."""
        files = [path for path in (self._path, self._lora) if path is not None]
        revisions = await asyncio.to_thread(lambda: [file_revision(path) for path in files])
        self.revision = "+".join(revisions)
        self._precision = await asyncio.to_thread(likely_precision, self._path, self._precision)

    async def respond(self, request: Request) -> Response:
        """One generation, or the ranking of the request's continuations."""
        if request.continuations is None:
            return await self._generation.generate(request)
        text = await self._generation.layout(request)
        ranked = await self._ranking.rank(text, request.continuations)
        return choice_response(
            request,
            ranked.logprobs,
            choice_tokens=ranked.choice_tokens,
            prompt_tokens=ranked.prompt_tokens,
            cost_usd=0.0,
            latency_s=ranked.latency_s,
            queue_s=ranked.queue_s,
        )

    def count_tokens(self, request: Request) -> int | None:
        """Of bare text, and of the continuations behind it; what a chat template adds only the engine knows.

        Raises ModelSpecError where llama.cpp cannot load the file.
        """
        if self._generation.is_chat and (request.continuations is None or request.has_roles):
            return None
        n_tokens = len(self._tokenizer.tokenize(request.text))
        ends = [len(self._tokenizer.tokenize(request.text + each)) for each in request.continuations or ()]
        return n_tokens + sum(end - n_tokens for end in ends)

    @cached_property
    def _tokenizer(self) -> LlamaModel:
        from evalkit.models.embedded.llama_model import LlamaModel

        return LlamaModel(self._path, vocab_only=True)

    async def close(self) -> None:
        await self._ranking.close()
        await self._generation.close()


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ModelSpecError(
            "no such file", where=str(path), hint="paths of specs are relative to the working directory"
        )
    return path


def _n_cores() -> int:
    """Cores that this process may use, at most 8: more engines would cost memory rather than save time."""
    try:
        n = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        n = os.cpu_count() or 1
    return min(n, 8)
