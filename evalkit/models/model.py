"""What every provider offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from evalkit.core.needs import Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec

#: Key of a ``cache_identity``: true where answers depend on more of the Sample than the messages show.
READS_SAMPLE = "reads_sample"


@dataclass(frozen=True)
class ModelSettings:
    """What a session tells every provider.

    Attributes:
        is_offline: refuse every connection that is not to loopback.
        timeout_s: bound on one call, > 0.
        n_threads: threads for an embedded engine; None lets it take the cores.
        base_dir: folder that relative paths in specs start at.
    """

    is_offline: bool = False
    timeout_s: float = 120.0
    n_threads: int | None = None
    base_dir: Path = Path()


@runtime_checkable
class Model(Protocol):
    """Something that answers. Factories are ``open_model(spec, settings) -> Model`` and do no slow work.

    Attributes:
        spec: the spec it was opened from.
        revision: what exactly answers (a weights hash, a reported snapshot), None where unknown.
        params: parameters that change answers, for the store; never a secret.
        cache_identity: everything beside the request that can change the answer (provider, name, revision,
            base URL, engine and adapter version), or None when answers must not be cached. A model that
            looks at the request's Sample itself sets ``READS_SAMPLE`` in it.
        default_concurrency: requests in flight that suit the provider.

    It may also have ``carries``, a set of ``evalkit.core.needs.Need``: what a request may have beside text. A
    request with more is refused before it is sent; a provider that does not say carries text alone.
    """

    spec: ModelSpec
    revision: str | None
    params: Mapping[str, Any]
    cache_identity: Mapping[str, Any] | None
    default_concurrency: int

    async def start(self) -> None:
        """Load weights, open connections. Called once, in the loop that will ask. Raises UsageError."""

    async def respond(self, request: Request) -> Response:
        """One answer: output, usage, finish reason, cost, ``choice_logprobs`` for continuations.

        Leaves ``sample_id``, ``repeat``, ``input``, ``latency_s`` and ``created_at`` to the caller (a
        provider that knows a better latency sets it). Raises ModelError; any other exception
        counts as an error that no retry can fix.
        """
        ...

    async def close(self) -> None:
        """Free everything; safe to call twice, and without ``start``."""


def carried_by(model: Model) -> frozenset[Need]:
    """What a Model carries beside text: nothing where it does not say."""
    carries: frozenset[Need] = getattr(model, "carries", frozenset())
    return carries
