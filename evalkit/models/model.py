"""What every provider offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from evalkit.core.frozen import frozen
from evalkit.core.needs import Knob, Need
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingKeyError
from evalkit.models.pacing.rate_limits import NO_RATE_LIMITS, RateLimits

#: Hears the headers of an answer, to learn the limits of a server.
HeaderListener = Callable[[Mapping[str, str]], None]

#: Key of a ``cache_identity``: true where answers depend on more of the Sample than the messages show.
READS_SAMPLE = "reads_sample"


@frozen
class ModelSettings:
    """What a session tells every provider.

    Attributes:
        is_offline: refuse every connection except to loopback.
        timeout_s: time limit of one call in seconds, > 0.
        n_threads: threads for an embedded engine; None lets it take the cores.
        base_dir: folder that relative paths in specs start at.
    """

    is_offline: bool = False
    timeout_s: float = 120.0
    n_threads: int | None = None
    base_dir: Path = Path()


@runtime_checkable
class Model(Protocol):
    """Something that answers, as the engine sees it. Derive from ``BaseModel`` and write ``respond``.

    Factories are ``open_model(spec, settings) -> Model`` and do no slow work.

    Attributes:
        spec: the spec it was opened from.
        revision: the exact version that answers (a hash of the weights, a reported snapshot), None where
            unknown.
        params: parameters that change answers, for the store; never a secret.
        cache_identity: everything besides the request that can change the answer (provider, name, revision,
            base URL, engine and adapter version), or None if answers must not be cached. A model that looks
            at the request's Sample itself sets ``READS_SAMPLE`` in it.
        default_concurrency: requests in flight that suit the provider, >= 1.
        reads_sample: whether answers depend on more of the Sample than the messages show.
        is_recorded: whether its answers were recorded, so that asking again gives nothing new.
        has_latency: whether the duration of a call says anything about the model; if not, an answer without a
            latency of its own has none.
        missing_key: the error that no call can be made because a key is not set, or None; answers from the
            cache need no key.
        carries: what a request may have besides text; one with more is refused before it is sent.
        lacks: generation parameters that the model does not support; a request that sets one is refused too.
        rates: requests and tokens allowed per minute, from its spec and the session's limits.
        is_free: whether calls cost nothing, as for weights in this process.
    """

    spec: ModelSpec
    revision: str | None
    params: Mapping[str, Any]
    cache_identity: Mapping[str, Any] | None
    default_concurrency: int
    reads_sample: bool
    is_recorded: bool
    has_latency: bool
    carries: frozenset[Need]
    lacks: frozenset[Knob]
    missing_key: MissingKeyError | None
    rates: RateLimits
    is_free: bool

    def check_options(self, generate: GenerateParams, schema: ResponseSchema | None) -> None:
        """Raise ModelError on parameters that the model supports but not together, or on a form of one that
        it does not know. Called for each task before its first call."""

    async def start(self) -> None:
        """Load weights, open connections. Called once, in the loop of the calls. Raises UsageError."""

    async def identify(self) -> None:
        """Set ``revision`` and ``cache_identity`` without loading weights or connecting to anything. Called
        if nothing will be asked; ``start`` sets both, too. Raises UsageError."""

    def count_tokens(self, request: Request) -> int | None:
        """Number of tokens of the prompt by the model's own tokenizer, None if it has none here. Nothing but
        the tokenizer may be loaded for it. Called after ``identify``, from any thread."""

    async def respond(self, request: Request) -> Response:
        """One answer: output, usage, finish reason, cost, ``choice_logprobs`` for continuations.

        The caller sets ``sample_id``, ``repeat``, ``input``, ``latency_s`` and ``created_at`` (a provider
        that knows a better latency sets that itself). Raises ModelError; any other exception counts as an
        error that no retry can fix.
        """
        ...

    def unmatched(self, known: Mapping[str, Collection[str]]) -> list[str]:
        """Recorded samples that none of the tasks has; ``known`` maps each task to the ids of its samples."""
        ...

    def listen(self, listener: HeaderListener) -> None:
        """Pass the headers of each answer, including errors, to ``listener``, if there are any. Called before
        ``start``."""
        ...

    async def close(self) -> None:
        """Free everything. Safe to call twice, and without ``start``."""


class BaseModel:
    """Base of every model: everything that the engine reads, with defaults. Write ``respond``.

    See ``Model`` for what each attribute means.
    """

    revision: str | None = None
    params: Mapping[str, Any] = MappingProxyType({})
    cache_identity: Mapping[str, Any] | None = None
    default_concurrency: int = 8
    reads_sample: bool = False
    is_recorded: bool = False
    has_latency: bool = True
    missing_key: MissingKeyError | None = None
    carries: frozenset[Need] = frozenset()
    lacks: frozenset[Knob] = frozenset()
    rates: RateLimits = NO_RATE_LIMITS
    is_free: bool = False

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec

    def check_options(self, generate: GenerateParams, schema: ResponseSchema | None) -> None:
        """All parameters go together."""

    async def start(self) -> None:
        """There is nothing to load."""

    async def identify(self) -> None:
        """Everything is known."""

    def count_tokens(self, request: Request) -> int | None:
        """None: there is no tokenizer."""
        return None

    async def respond(self, request: Request) -> Response:
        """One answer. Raises ModelError."""
        raise NotImplementedError

    def unmatched(self, known: Mapping[str, Collection[str]]) -> list[str]:
        """None: nothing was recorded."""
        return []

    def listen(self, listener: HeaderListener) -> None:
        """There are no headers."""

    async def close(self) -> None:
        """There is nothing to free."""
