"""One entry of the response cache: what it is found by, and what it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

import orjson

from evalkit.core.request import Request
from evalkit.core.response import Response

IDENTITY_BYTES = 8
REQUEST_BYTES = 16

#: Part of every key: raised when keys or entries change their meaning, so that old entries are not found.
_SCHEME = b"1"
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def identity_text(identity: Mapping[str, Any]) -> bytes:
    """What answers, as canonical JSON."""
    return _canonical(dict(identity))


def identity_digest(text: bytes) -> bytes:
    return blake2b(_SCHEME + text, digest_size=IDENTITY_BYTES).digest()


def request_digest(request: Request) -> bytes:
    """Over everything of a request that can change the answer.

    The Sample is not part of it: a model that looks at more of it than the messages show must say so in
    its ``cache_identity``, or have none.
    """
    asked = (
        request.messages,
        request.has_roles,
        request.continuations,
        request.generate,
        request.repeat,
        request.extra,
    )
    return blake2b(_canonical(asked), digest_size=REQUEST_BYTES).digest()


def dump(response: Response) -> bytes:
    """What a response keeps in the cache; what belongs to the sample is left out."""
    kept = (
        response.output,
        response.finish_reason,
        response.prompt_tokens,
        response.completion_tokens,
        response.cost_usd,
        response.latency_s,
        response.ttft_s,
        response.choice_logprobs,
        response.created_at,
        response.contexts,
        response.tool_calls,
        response.choice_tokens,
    )
    return _canonical(kept)


def load(value: bytes) -> Response:
    """The response with its original latency, cost and time, marked as cached."""
    (
        output,
        finish_reason,
        prompt_tokens,
        completion_tokens,
        cost_usd,
        latency_s,
        ttft_s,
        logprobs,
        created_at,
        contexts,
        tool_calls,
        choice_tokens,
    ) = orjson.loads(value)
    return Response(
        output,
        finish_reason=finish_reason,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost_usd=cost_usd,
        latency_s=latency_s,
        ttft_s=ttft_s,
        choice_logprobs=None if logprobs is None else tuple(map(_logprob, logprobs)),
        is_cached=True,
        created_at=created_at,
        contexts=None if contexts is None else tuple(contexts),
        tool_calls=None if tool_calls is None else tuple(tool_calls),
        choice_tokens=None if choice_tokens is None else tuple(choice_tokens),
    )


def _logprob(value: float | None) -> float:
    return -float("inf") if value is None else value  # JSON has no infinity: it was written as null


def _canonical(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS)
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return json.dumps(value, default=_plain, sort_keys=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return asdict(value) if hasattr(value, "__dataclass_fields__") else str(value)
