"""One entry of the response cache: what it is found by, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any

import orjson

from evalkit.core.canonical import canonical_json
from evalkit.core.message import MediaPart, Message
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.response_values import checked
from evalkit.core.sample import Sample
from evalkit.errors import ModelError

IDENTITY_BYTES = 8
REQUEST_BYTES = 16

#: Part of every key: raised when keys or entries change their meaning, so that old entries are not found.
_SCHEME = b"1"

#: Fields of a Sample that an application under test may read; a conversation stands in its row.
_ASKED = tuple(
    each.name for each in fields(Sample) if each.name not in ("content_hash", "conversation", "quarantine")
)


def identity_text(identity: Mapping[str, Any]) -> bytes:
    """What answers, as canonical JSON."""
    return canonical_json(dict(identity))


def identity_digest(text: bytes) -> bytes:
    return blake2b(_SCHEME + text, digest_size=IDENTITY_BYTES).digest()


@dataclass(frozen=True, slots=True)
class _Text:
    """A message of text alone, as every key has had it from the first scheme on."""

    role: str
    content: str


@dataclass(slots=True)
class _Generation:
    """The parameters that every key has had from the first scheme on."""

    max_tokens: int
    temperature: float
    stop: tuple[str, ...]
    seed: int | None
    top_p: float | None


def request_digest(request: Request, *, reads_sample: bool = False) -> bytes:
    """Over everything of a request that can change the answer.

    The Sample is part of it where the model reads more of it than the messages show; of a ranking, the
    labels are, because one of them is the output.
    """
    given = request.generate
    asked: tuple[Any, ...] = (
        [_Text(each.role, each.content) if each.is_text else _asked_in(each) for each in request.messages],
        request.has_roles,
        request.continuations,
        _Generation(given.max_tokens, given.temperature, given.stop, given.seed, given.top_p),
        request.repeat,
    )
    if request.continuations is not None:
        asked = (*asked, request.sample.choices)
    if reads_sample:
        asked = (*asked, request.task, _asked_of(request.sample))
    if request.tools or request.response_schema is not None or given.reasoning is not None:
        asked = (*asked, _more_of(request))
    return blake2b(canonical_json(asked), digest_size=REQUEST_BYTES).digest()


def _more_of(request: Request) -> dict[str, Any]:
    """What a request has beside messages; no key of one without it knows of it."""
    schema, reasoning = request.response_schema, request.generate.reasoning
    return {
        "tools": request.tools,
        "tool_choice": request.tool_choice,
        "response_format": schema and schema.as_dict(),
        "reasoning": reasoning and reasoning.as_dict(),
    }


def _asked_in(message: Message) -> dict[str, Any]:
    """A message with more than text: its media by their hashes, files also by the name that goes out."""
    parts = [_media_of(part) if isinstance(part, MediaPart) else part.text for part in message.parts]
    return {
        "role": message.role,
        "parts": parts or message.content,
        "tool_calls": message.tool_calls,
        "tool_call_id": message.tool_call_id,
    }


def _media_of(part: MediaPart) -> list[str | None]:
    name = part.media.name if part.kind == "file" else None
    return [part.kind, part.media.media_type, part.media.sha256, name]


def _asked_of(sample: Sample) -> dict[str, Any]:
    """The Sample as it asks: that it may fail for a while changes no answer."""
    return {name: getattr(sample, name) for name in _ASKED}


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
        response.model_revision,
    )
    return canonical_json(kept)


def load(value: bytes) -> Response:
    """The response with its original latency, cost and time, marked as cached.

    Raises ValueError for an entry that no checked response was written to: damaged, or of somebody else.
    """
    try:
        return checked(_loaded(orjson.loads(value)))
    except (ValueError, TypeError, ModelError) as error:
        raise ValueError(f"the entry is damaged: {error}") from None


def _loaded(kept: Any) -> Response:
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
        *added,
    ) = kept
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
        contexts=contexts,
        tool_calls=tool_calls,
        choice_tokens=tuple(choice_tokens) if isinstance(choice_tokens, list) else choice_tokens,
        model_revision=added[0] if added else None,  # older entries do not have it
    )


def _logprob(value: float | None) -> float:
    return -float("inf") if value is None else value  # JSON has no infinity: it was written as null
