"""What all providers over HTTP have in common: keys, parameters of a spec, streams, times."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from evalkit.core.needs import EVERYTHING, PARAMETERS, Knob, Need
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingKeyError, ModelError, ModelSpecError
from evalkit.models.model import BaseModel, HeaderListener, ModelSettings
from evalkit.models.pacing.rate_limits import RATE_PARAMS, RateLimits
from evalkit.models.spec_params import Reader, amount, count, flag, read_params
from evalkit.models.wire.events import DONE, server_events
from evalkit.models.wire.http import Authorize, HttpReply, JsonClient
from evalkit.models.wire.keys import read_key as read_key
from evalkit.models.wire.keys import variable_name

if TYPE_CHECKING:
    from aiohttp import ClientResponse

#: What a spec may set over the task's own ``generate:``.
GENERATION_PARAMS: Mapping[str, Reader] = {"temperature": amount, "top_p": amount, "max_tokens": count}

#: What the spec of every provider over HTTP takes.
COMMON_PARAMS: Mapping[str, Reader] = {
    "base_url": str,
    "api_key_env": variable_name,
    "revision": str,
    "timeout_s": amount,
    "concurrency": count,
    "stream": flag,
    "drop_unsupported": flag,
    **RATE_PARAMS,
    **GENERATION_PARAMS,
}


def bearer(key: str) -> Mapping[str, str]:
    """``Authorization: Bearer …`` (RFC 6750)."""
    return {"Authorization": f"Bearer {key}"}


@dataclass(frozen=True)
class Vendor:
    """What is the same for all models of one provider.

    Attributes:
        provider: the part of a spec before its first slash.
        base_url: where it is reached; None where the spec must say it.
        key_env: variable that holds the key for ``base_url`` alone: another server gets a key only where
            ``api_key_env`` names its variable. None where no key is needed.
        key_headers: headers that carry the key.
        headers: sent with every request, not secret.
        params: parameters of a spec beside the common ones; they are part of the cache key.
        carries: what a request may have beside text.
        lacks: generation parameters that the vendor has no place for.
        filter_codes: codes of errors that mean that a filter kept the answer back: an answer, and no error.
        extra: what brings the libraries that it needs beside the shared client; None where it needs none.
        streams: whether ``?stream=1`` works.
        ranks: in a few words, where it gives log-likelihoods of choices; empty where nowhere.
        batches: whether its batch endpoint is spoken (``--llm-batch``).
        adapter_version: part of the cache key: raise it when requests are built differently.
    """

    provider: str
    base_url: str | None = None
    key_env: str | None = None
    key_headers: Callable[[str], Mapping[str, str]] = bearer
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Reader] = field(default_factory=dict)
    carries: frozenset[Need] = EVERYTHING
    lacks: frozenset[Knob] = frozenset()
    filter_codes: frozenset[str] = frozenset()
    extra: str | None = None
    streams: bool = True
    ranks: str = ""
    batches: bool = False
    adapter_version: int = 1

    def read(self, spec: ModelSpec) -> dict[str, Any]:
        """The parameters of a spec. Raises ModelSpecError on a wrong one, and without an address."""
        params = read_params(spec, {**COMMON_PARAMS, **self.params})
        if self.base_url is None and "base_url" not in params:
            raise ModelSpecError(
                f"{spec.provider}/{spec.name} needs an address", hint="add ?base_url=https://…"
            )
        return params

    def client(
        self,
        spec: ModelSpec,
        settings: ModelSettings,
        params: Mapping[str, Any],
        authorize: Authorize | None = None,
        kind: type[JsonClient] = JsonClient,
    ) -> JsonClient:
        """A client of the server that the spec names. A missing key is an error of the first call, so that
        answers that the cache has need none; what cannot be a key raises ModelSpecError."""
        missing: MissingKeyError | None = None
        headers = dict(self.headers)
        try:
            headers |= self._key_headers(spec, params)
        except MissingKeyError as error:
            missing = error
        return kind(
            params.get("base_url") or self.base_url or "",
            headers,
            missing_key=missing,
            timeout_s=params.get("timeout_s", settings.timeout_s),
            is_offline=settings.is_offline,
            authorize=authorize,
        )

    def _key_headers(self, spec: ModelSpec, params: Mapping[str, Any]) -> Mapping[str, str]:
        name = params.get("api_key_env") or (self.key_env if "base_url" not in params else None)
        return {} if name is None else self.key_headers(read_key(name, spec))


class StreamJoiner(Protocol):
    """Puts the events of a stream together to the answer that would have come without one."""

    def add(self, event: Any) -> bool:
        """Take one event; whether it brought some of the output (text, thinking, a call of a tool)."""
        ...

    def answer(self) -> Any:
        """The whole answer. Raises ModelError, retryable, where the stream ended before it did."""
        ...


class HttpModel(BaseModel):
    """Base of the providers over HTTP. Write ``path_of``, ``body_of``, ``read`` and ``joiner``.

    Attributes:
        set_by_spec: generation parameters that the spec sets over the task's.
        drops_unsupported: whether what the vendor does not take is left out, and no error.
    """

    def __init__(
        self, spec: ModelSpec, client: JsonClient, vendor: Vendor, params: Mapping[str, Any]
    ) -> None:
        super().__init__(spec)
        self.client = client
        self.vendor = vendor
        self.missing_key = client.missing_key
        self.revision = params.get("revision")
        self.default_concurrency = params.get("concurrency", 32)
        self.rates = RateLimits.of(params)
        self.is_streamed: bool = params.get("stream", False)
        self.set_by_spec = {key: params[key] for key in GENERATION_PARAMS if key in params}
        self.base_url: str = params.get("base_url") or vendor.base_url or ""
        own = {key: params[key] for key in vendor.params if key in params}
        self.params = {
            **({"base_url": params["base_url"]} if "base_url" in params else {}),
            **own,
            **self.set_by_spec,
        }
        self.cache_identity = {
            "provider": vendor.provider,
            "name": spec.name,
            "base_url": self.base_url,
            **own,
            "revision": self.revision,
            "adapter": vendor.adapter_version,
            **self.set_by_spec,
        }
        self._set_support(vendor, drops=params.get("drop_unsupported", False))

    def _set_support(self, vendor: Vendor, *, drops: bool) -> None:
        """What a task may ask for. With ``?drop_unsupported=1`` what the vendor does not take is left out of
        the request, and the store says so."""
        lacks: frozenset[Knob | Need] = vendor.lacks | (PARAMETERS - vendor.carries)
        self.drops_unsupported = drops
        self.carries = vendor.carries | PARAMETERS if drops else vendor.carries
        self.lacks = frozenset() if drops else vendor.lacks
        if drops and lacks:
            self.params = {**self.params, "not_sent": sorted(lacks)}
        for name in self.set_by_spec:
            if name in vendor.lacks and not drops:
                raise ModelSpecError(
                    f"{self.spec.text} has no parameter {name}",
                    hint="leave it out, or drop what is not supported: ?drop_unsupported=1",
                )

    def takes(self, name: Knob | Need) -> bool:
        """Whether the vendor has a place for a parameter; what it has none for is never sent."""
        return name not in self.vendor.lacks and (name not in PARAMETERS or name in self.vendor.carries)

    def temperature_of(self, generate: GenerateParams) -> tuple[float, bool]:
        """The temperature, and whether the spec or a task asked for it: else it is a default of ours, which
        gives way to what does not go with it."""
        if "temperature" in self.set_by_spec:
            return self.set_by_spec["temperature"], True
        return generate.temperature, bool(generate.temperature) or "temperature" in generate.named

    def sampling_of(self, request: Request) -> dict[str, Any]:
        """What is to be sent of the generation parameters, by our names: those that are set, by the spec
        before the task, and that the vendor has a place for. Repeats have seeds of their own."""
        generate, set_by_spec = request.generate, self.set_by_spec
        top_p = set_by_spec.get("top_p", generate.top_p)
        found: dict[str, Any] = {"max_tokens": set_by_spec.get("max_tokens", generate.max_tokens)}
        if "temperature" not in self.vendor.lacks:
            found["temperature"] = set_by_spec.get("temperature", generate.temperature)
        if top_p is not None and "top_p" not in self.vendor.lacks:
            found["top_p"] = top_p
        if generate.stop and "stop" not in self.vendor.lacks:
            found["stop"] = generate.stop
        if generate.seed is not None and "seed" not in self.vendor.lacks:
            found["seed"] = generate.seed + request.repeat
        return found

    def listen(self, listener: HeaderListener) -> None:
        self.client.listener = listener

    async def close(self) -> None:
        await self.client.close()

    @abstractmethod
    def path_of(self, request: Request) -> str:
        """Below the base URL."""

    @abstractmethod
    def body_of(self, request: Request) -> dict[str, Any]:
        """The JSON that is sent, without what asks for a stream. Raises ModelError on what has no form
        there."""

    @abstractmethod
    def read(self, reply: HttpReply) -> Response:
        """The Response of an answer. Raises ModelError; LookupError, TypeError and the like mean that the
        answer has an unknown form. Counters are passed on as they are: the runner checks them."""

    def joiner(self) -> StreamJoiner:
        """For ``?stream=1``."""
        raise ModelError(f"{self.spec.provider} has no stream here", kind="missing")

    def streamed_body(self, body: dict[str, Any]) -> dict[str, Any]:
        """``body`` with what asks for a stream."""
        return {**body, "stream": True}

    def events_of(self, response: ClientResponse) -> AsyncIterator[bytes]:
        """The JSON of each event of a stream."""
        return server_events(response)

    def streamed_path(self, request: Request) -> str:
        """Where a stream is asked for."""
        return self.path_of(request)

    async def rank(self, request: Request) -> Response:
        """Log-likelihoods of the continuations. Raises ModelError where the vendor has none."""
        what = f"{self.spec.text} gives no log-likelihoods"
        raise ModelError(what, kind="missing", hint="take a model that ranks: local/, llamacpp/, hf/")

    async def respond(self, request: Request) -> Response:
        """One generation, or the ranking of the request's continuations."""
        if request.continuations is not None:
            return await self.rank(request)
        body = self.body_of(request)
        try:
            if self.is_streamed:
                return await self._respond_streamed(request, body)
            return self._read(await self.client.exchange(self.path_of(request), body))
        except ModelError as error:
            if error.code is None or error.code not in self.vendor.filter_codes:
                raise
            return Response("", finish_reason="content_filter", vendor_finish_reason=error.code)

    async def _respond_streamed(self, request: Request, body: dict[str, Any]) -> Response:
        joiner, started_s, ttft_s = self.joiner(), time.perf_counter(), None
        path = self.streamed_path(request)
        async with self.client.streamed(path, self.streamed_body(body)) as response:
            async for data in self.events_of(response):
                if data == DONE:
                    break
                has_output = self._taken(joiner, self.client.read_answer(data))
                if has_output and ttft_s is None:
                    ttft_s = time.perf_counter() - started_s
            headers = response.headers
        found = self._read(HttpReply(self.client.cut_keys(joiner.answer()), headers))
        if ttft_s is not None and isinstance(found.queue_s, int | float):
            ttft_s = max(0.0, ttft_s - found.queue_s)
        return replace(found, ttft_s=ttft_s)

    def _taken(self, joiner: StreamJoiner, event: Any) -> bool:
        try:
            return joiner.add(event)
        except (AttributeError, LookupError, TypeError, ValueError):
            raise _unknown_form() from None

    def _read(self, reply: HttpReply) -> Response:
        try:
            return self.read(reply)
        except (AttributeError, LookupError, TypeError, ValueError):
            raise _unknown_form() from None


def _unknown_form() -> ModelError:
    return ModelError("the server's answer has an unknown form", is_retryable=True)


def cut_off() -> ModelError:
    """A stream that ended before its answer did."""
    return ModelError("the stream ended in the middle", is_retryable=True)
