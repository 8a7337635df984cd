"""``any/PROVIDER/NAME``: the long tail of vendors, through any-llm-sdk and the vendors' own clients."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.core.text import cut
from evalkit.errors import FailureKind, ModelError, ModelSpecError, UsageError
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OPENAI, OpenAiModel
from evalkit.models.spec_params import read_params
from evalkit.models.wire.http import HttpReply, JsonClient, is_loopback
from evalkit.models.wire.http_model import COMMON_PARAMS, HttpModel, Vendor

VENDOR = Vendor("any", None, carries=OPENAI.carries, extra="any")

#: Where it goes is known to the vendor's client alone.
_NOWHERE = "https://any.invalid"
_SHOWN_CHARS = 300

#: Error of any-llm -> what it says of the model, and whether asking again may help.
_FAILURES: Mapping[str, tuple[FailureKind | None, bool]] = {
    "RateLimitError": ("busy", True),
    "AuthenticationError": ("key", False),
    "MissingApiKeyError": ("key", False),
    "InsufficientFundsError": ("key", False),
    "ModelNotFoundError": ("missing", False),
    "UnsupportedProviderError": ("missing", False),
    "UnsupportedParameterError": ("missing", False),
    "InvalidRequestError": (None, False),
    "ContextLengthExceededError": (None, False),
}


def open_model(spec: ModelSpec, settings: ModelSettings) -> AnyModel:
    """``?base_url=`` where the vendor's client takes one; keys come from the variables that any-llm knows."""
    provider, _, name = spec.name.partition("/")
    if not provider or not name:
        raise ModelSpecError(f"{spec.text} names no model", hint="write any/PROVIDER/NAME")
    if find_spec("any_llm") is None:
        raise ModuleNotFoundError("no any_llm", name="any-llm-sdk")
    params = read_params(spec, COMMON_PARAMS)
    base_url = params.get("base_url", _NOWHERE)
    if settings.is_offline and not is_loopback(urlsplit(base_url).hostname or ""):
        what = f"--llm-offline refuses {spec.text}: it is not known where it connects to"
        raise UsageError(
            what, hint="use a local model or a recorded one (replay:FILE), or drop --llm-offline"
        )
    timeout_s = params.get("timeout_s", settings.timeout_s)
    client = KeyKeeper(base_url, {}, timeout_s=timeout_s, is_offline=settings.is_offline)
    return AnyModel(spec, client, params, timeout_s)


class KeyKeeper(JsonClient):
    """Connects to nobody itself, and knows which texts are keys."""

    def cleaned(self, error: Exception) -> str:
        """Its text without keys, on one line."""
        return cut(self._clean(" ".join(str(error).split())), _SHOWN_CHARS)


class AnyModel(OpenAiModel):
    """Chat completions, turned into a vendor's protocol by any-llm. Its own retries are switched off."""

    def __init__(
        self, spec: ModelSpec, client: KeyKeeper, params: Mapping[str, Any], timeout_s: float
    ) -> None:
        super().__init__(spec, client, params, None, VENDOR)
        self._keys = client
        self._provider, _, self._name = spec.name.partition("/")
        self._timeout_s = timeout_s
        self._address: str | None = params.get("base_url")
        self._key_name: str | None = params.get("api_key_env")
        self._opened: asyncio.Future[Any] | None = None

    async def rank(self, request: Request) -> Response:
        """No log-probabilities of given texts."""
        return await HttpModel.rank(self, request)

    async def respond(self, request: Request) -> Response:
        """One generation. Raises ModelError, whatever the vendor's client raises."""
        if request.continuations is not None:
            return await self.rank(request)
        body = {**self.body_of(request), "model": self._name}
        for name in ("stop", "tools"):
            if name in body:
                body[name] = list(body[name])  # no other sequence is taken
        try:
            async with asyncio.timeout(self._timeout_s):
                llm = await self._vendor_client()
                return await self._asked(llm, body)
        except TimeoutError:
            what = f"no answer from {self._provider} within {self._timeout_s:g} s"
            raise ModelError(what, is_retryable=True, kind="late") from None
        except ModelError:
            raise
        except Exception as error:
            return self._failed(error)

    async def _asked(self, llm: Any, body: dict[str, Any]) -> Response:
        if not self.is_streamed:
            answer = await llm.acompletion(**body)
            return self._read(HttpReply(self.client.cut_keys(_plain(answer)), {}))
        joiner, started_s, ttft_s = self.joiner(), time.perf_counter(), None
        async for chunk in await llm.acompletion(**body, stream=True):
            has_output = self._taken(joiner, _plain(chunk))
            if has_output and ttft_s is None:
                ttft_s = time.perf_counter() - started_s
        found = self._read(HttpReply(self.client.cut_keys(joiner.answer()), {}))
        return replace(found, ttft_s=ttft_s)

    async def _vendor_client(self) -> Any:
        """Opened by the first call: the import takes seconds."""
        if self._opened is None:
            self._opened = asyncio.ensure_future(asyncio.to_thread(self._open))
        return await asyncio.shield(self._opened)

    def _open(self) -> Any:
        from any_llm import AnyLLM

        key = os.environ.get(self._key_name) if self._key_name else None
        options: dict[str, Any] = {"api_key": key, "api_base": self._address, "unified_exceptions": True}
        kind = AnyLLM.get_provider_class(self._provider)
        known = key or os.environ.get(getattr(kind, "ENV_API_KEY_NAME", ""))
        if known:
            self._keys.keep_secret(known)
        try:
            return AnyLLM.create(self._provider, max_retries=0, **options)
        except Exception as error:
            if type(error).__name__ != "UnsupportedParameterError":
                raise
            return AnyLLM.create(self._provider, **options)

    def _failed(self, error: Exception) -> Response:
        name = type(error).__name__
        if name == "ContentFilterError":
            return Response("", finish_reason="content_filter", vendor_finish_reason=name)
        if isinstance(error, ImportError):
            hint = f"run: pip install 'any-llm-sdk[{self._provider}]'"
            raise ModelError(self._keys.cleaned(error), kind="missing", hint=hint) from None
        kind, is_retryable = _FAILURES.get(name, (None, True))
        raise ModelError(
            f"{self._provider}: {name}: {self._keys.cleaned(error)}",
            kind=kind,
            is_retryable=is_retryable,
            retry_after_s=_seconds(getattr(error, "retry_after", None)),
        ) from None


def _plain(answer: Any) -> dict[str, Any]:
    """As chat completions have it; any-llm keeps thinking in an object of its own."""
    found: dict[str, Any] = answer.model_dump(exclude_none=True, mode="json")
    for choice in found.get("choices") or ():
        message = choice.get("message", choice.get("delta")) or {}
        if isinstance(message.get("reasoning"), dict):
            message["reasoning"] = message["reasoning"].get("content")
        message.setdefault("content", None)
    return found


def _seconds(value: Any) -> float | None:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None
