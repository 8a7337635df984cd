"""``llamacpp/PATH.gguf[?lora=PATH…]``: a GGUF file answered for inside this process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError
from evalkit.models.completions import Overrides
from evalkit.models.continuation import choice_response
from evalkit.models.fingerprint import file_revision
from evalkit.models.generation_server import N_SLOTS, GenerationServer
from evalkit.models.model import ModelSettings
from evalkit.models.open import missing_extra
from evalkit.models.parameters import Parameters
from evalkit.models.ranking_pool import RankingPool

#: Raised whenever the engines are driven in another way, so that cached answers are not mixed.
ADAPTER_VERSION = 1

#: Tokens of prompt and answer together, for each request.
DEFAULT_CTX = 4096


class EmbeddedModel:
    """llama.cpp in this process: its server for generation, its C interface for ranking choices.

    Each half loads the weights when it is first needed. Spec parameters: ``lora`` (a GGUF adapter), ``chat``
    (0: bare text even where the model has a chat template), ``ctx`` (tokens), ``threads``, and the generation
    parameters ``temperature``, ``top_p``, ``max_tokens``, ``seed``.
    """

    default_concurrency = 2 * N_SLOTS

    def __init__(self, spec: ModelSpec, settings: ModelSettings, path: Path) -> None:
        parameters = Parameters(spec)
        lora = parameters.text("lora")
        self._is_chat = parameters.flag("chat")
        n_ctx = parameters.whole("ctx", low=64)
        n_threads = parameters.whole("threads", low=1) or settings.n_threads or _n_cores()
        self._overrides = Overrides.read(parameters)
        parameters.finish()
        self.spec, self.path = spec, path
        self._lora = _existing(settings.base_dir / lora, spec) if lora is not None else None
        self.revision: str | None = None
        if find_spec("xllamacpp") is None:
            raise missing_extra("the embedded engine (xllamacpp) is not installed", "local")
        self._n_ctx = n_ctx or DEFAULT_CTX
        self._ranking = RankingPool(path, self._lora, self._n_ctx, n_threads)
        self._generation = GenerationServer(
            path,
            self._lora,
            settings,
            n_ctx=self._n_ctx,
            n_threads=n_threads,
            is_chat=self._is_chat,
            overrides=self._overrides,
        )

    @property
    def params(self) -> Mapping[str, Any]:
        values: dict[str, Any] = {"ctx": self._n_ctx, **self._overrides.as_dict()}
        if self._is_chat is not None:
            values["chat"] = self._is_chat
        return values

    @property
    def cache_identity(self) -> Mapping[str, Any]:
        """Not the thread count: it changes no bit of a ranking, and of a greedy answer only its speed."""
        engine = f"xllamacpp {_version('xllamacpp')}"
        return {"provider": "llamacpp", "revision": self.revision, "engine": engine, **self._rest()}

    async def start(self) -> None:
        """Hash the weights; the engines wait until they are needed."""
        self.revision = await asyncio.to_thread(_revision, self.path, self._lora)

    async def respond(self, request: Request) -> Response:
        if request.continuations is None:
            return await self._generation.generate(request)
        text = await self._generation.apply_template(request) if request.has_roles else request.text
        ranked = await self._ranking.rank(text, request.continuations)
        tokens, latency_s = ranked.n_tokens, ranked.latency_s
        return choice_response(
            request, ranked.logprobs, prompt_tokens=tokens, cost_usd=0.0, latency_s=latency_s
        )

    async def close(self) -> None:
        await self._ranking.close()
        await self._generation.close()

    def _rest(self) -> dict[str, Any]:
        return {"adapter": ADAPTER_VERSION, **self.params}


def open_model(spec: ModelSpec, settings: ModelSettings) -> EmbeddedModel:
    """The registry's factory."""
    return EmbeddedModel(spec, settings, _existing(settings.base_dir / spec.name, spec))


def _existing(path: Path, spec: ModelSpec) -> Path:
    if not path.is_file():
        raise ModelSpecError(
            f"no such file: {path}", where=spec.text, mend="the path is relative to the working directory"
        )
    return path


def _revision(path: Path, lora: Path | None) -> str:
    return "+".join(map(file_revision, filter(None, (path, lora))))


def _n_cores() -> int:
    """Cores that this process may use, at most 8: more engines would cost memory rather than save time."""
    try:
        n = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        n = os.cpu_count() or 1
    return min(n, 8)


def _version(distribution: str) -> str:
    from importlib.metadata import version

    return version(distribution)
