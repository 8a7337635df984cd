"""``hf/ORG/NAME[?adapter=…]``: a model of the Hub or a folder, through transformers in this process."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from evalkit.core.needs import Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.models.model import BaseModel, ModelSettings
from evalkit.models.open import missing_extra
from evalkit.models.spec_params import Reader, count, flag, read_params
from evalkit.models.torch_engine.batch_thread import BatchEngine, BatchThread
from evalkit.models.torch_engine.chat_template import chat_template, takes_tools
from evalkit.models.torch_engine.source import Source, Wanted
from evalkit.models.wire.http_model import GENERATION_PARAMS

_DEVICE = re.compile(r"cpu|mps|(cuda|xpu)(:\d+)?")
_DTYPES = ("auto", "bfloat16", "float16", "float32")


def device(text: str) -> str:
    """Reader of ``?device=``. Raises ValueError."""
    if not _DEVICE.fullmatch(text):
        raise ValueError("write cpu, cuda, cuda:0, xpu or mps")
    return text


def dtype(text: str) -> str:
    """Reader of ``?dtype=``. Raises ValueError."""
    if text not in _DTYPES:
        raise ValueError(f"write {', '.join(_DTYPES[:-1])} or {_DTYPES[-1]}")
    return text


PARAMS: Mapping[str, Reader] = {
    "adapter": str,
    "adapter_revision": str,
    "revision": str,
    "gguf": str,
    "dtype": dtype,
    "device": device,
    "chat": flag,
    "batch": count,
    "threads": count,
    "concurrency": count,
    **GENERATION_PARAMS,
}

#: Part of the cache key: raise it when the engine is driven in another way.
ADAPTER_VERSION = 2

#: Requests in flight: some batches' worth, so that a full one waits whenever the last is done.
DEFAULT_CONCURRENCY = 64


def open_model(spec: ModelSpec, settings: ModelSettings) -> HfModel:
    """The name is a folder or GGUF file relative to the working directory, else a repository of the Hub."""
    return HfModel(spec, settings, read_params(spec, PARAMS))


class HfModel(BaseModel):
    """transformers and torch in this process: batches of answers and of log-likelihoods.

    Weights are loaded when the first request needs them. Nothing is downloaded before ``start``, nor when
    the session is offline.
    """

    default_concurrency: int
    params: Mapping[str, Any]
    is_free = True

    def __init__(self, spec: ModelSpec, settings: ModelSettings, params: dict[str, Any]) -> None:
        super().__init__(spec)
        _require_libraries(params, spec.name)
        self._is_offline = settings.is_offline
        self._n_threads: int | None = params.pop("threads", None) or settings.n_threads
        self.default_concurrency = params.pop("concurrency", DEFAULT_CONCURRENCY)
        base, name, gguf = settings.base_dir, params.pop("adapter", None), params.pop("gguf", None)
        self._wanted = Wanted(spec.name, base, revision=params.pop("revision", None), gguf=gguf)
        adapter_revision = params.pop("adapter_revision", None)
        self._wanted_adapter = (
            Wanted(name, base, "adapter_config.json", adapter_revision) if name is not None else None
        )
        self._source: Source | None = self._wanted.find()
        self._adapter = self._wanted_adapter.find() if self._wanted_adapter is not None else None
        self._overrides = {key: params[key] for key in GENERATION_PARAMS if key in params}
        self.revision: str | None = None
        self.params = params
        self._thread = BatchThread(self._open_engine, "evalkit-torch")

    @property
    def cache_identity(self) -> Mapping[str, Any]:  # type: ignore[override]  # known once it has started
        """Without threads, which change the speed. With ``?batch=``, which may change answers."""
        gguf = self._source.gguf if self._source is not None else None
        libraries = ["torch", "transformers"]
        libraries += (["peft"] if self._adapter is not None else []) + (["gguf"] if gguf is not None else [])
        engine = " ".join(f"{name} {version(name)}" for name in libraries)
        identity = {"provider": "hf", "revision": self.revision, "gguf": gguf, "engine": engine}
        return {**identity, "adapter": ADAPTER_VERSION, **self.params}

    @property
    def carries(self) -> frozenset[Need]:  # type: ignore[override]  # known once its files are there
        """Tools where the chat template has a place for them and their calls are read. No JSON by a grammar,
        no images, no effort."""
        is_unknown = self._source is None
        has_place = is_unknown or (self._is_chat and takes_tools(chat_template(self._found)))
        return frozenset({"tools"}) if has_place else frozenset()

    async def start(self) -> None:
        """Find the files, or fetch them, and hash them; the weights wait until they are needed."""
        await asyncio.to_thread(self._locate)

    async def identify(self) -> None:
        """Hash the files where they are here; nothing is fetched."""
        is_whole = self._wanted_adapter is None or self._adapter is not None
        if self._source is not None and is_whole:
            await asyncio.to_thread(self._locate)

    def count_tokens(self, request: Request) -> int | None:
        """As the model reads the prompt, chat template and all; None where its files are not here.

        Raises ModelError where the template refuses the messages.
        """
        if self._source is None:
            return None
        from evalkit.models.torch_engine.token_count import count_tokens

        return count_tokens(self._tokenizer, request, is_chat=self._is_chat)

    @cached_property
    def _tokenizer(self) -> Any:
        from evalkit.models.torch_engine.loaded_model import open_tokenizer

        return open_tokenizer(self._found)

    async def respond(self, request: Request) -> Response:
        """One answer, or the ranking of the request's continuations."""
        return await self._thread.ask(request)

    async def close(self) -> None:
        await self._thread.close()

    @property
    def _found(self) -> Source:
        assert self._source is not None, "start has found it"
        return self._source

    @property
    def _is_chat(self) -> bool:
        return bool(self.params.get("chat", True)) and chat_template(self._found) is not None

    def _locate(self) -> None:
        self._source = self._wanted.fetch(is_offline=self._is_offline)
        sources = [self._source]
        if self._wanted_adapter is not None:
            self._adapter = self._wanted_adapter.fetch(is_offline=self._is_offline)
            sources.append(self._adapter)
        self.revision = "+".join(source.revision() for source in sources)
        used = self.params.get("device") or _default_device()
        self.params = {**self.params, "device": used}
        # An accelerator takes what the files have; a CPU is slow at half a precision, and rounds.
        default = "float32" if used == "cpu" or self._source.gguf is not None else "auto"
        self.params = {"dtype": default, **self.params}

    def _open_engine(self) -> BatchEngine:
        from evalkit.models.torch_engine.engine import EngineSettings, TorchEngine

        return TorchEngine(
            EngineSettings(
                self._found,
                self._adapter,
                self.params["device"],
                self.params["dtype"],
                self._is_chat,
                self.params.get("batch"),
                self._n_threads,
                self._overrides,
            )
        )


def _default_device() -> str:
    from evalkit.models.torch_engine.loaded_model import device_of

    return device_of(None)


def _require_libraries(params: Mapping[str, Any], name: str) -> None:
    """Raises MissingExtraError where the spec needs a library that is not there. Imports none."""
    needed = ["torch", "transformers"]
    if "adapter" in params:
        needed.append("peft")
    if "gguf" in params or name.endswith(".gguf"):
        needed.append("gguf")
    for library in needed:
        if find_spec(library) is None:
            raise missing_extra("hf", library)
