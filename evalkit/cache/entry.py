"""One entry of the response cache: what it is found by, and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields
from hashlib import blake2b
from typing import Any

import orjson

from evalkit.cache.parts import ASKED
from evalkit.core.canonical import canonical_json
from evalkit.core.compiled import compiled
from evalkit.core.frozen import frozen
from evalkit.core.message import MediaPart, Message
from evalkit.core.request import Request
from evalkit.core.response import GIVEN, KINDS, Response, response_of
from evalkit.core.response_values import checked
from evalkit.core.sample import Sample
from evalkit.core.text import shown
from evalkit.errors import ModelError

IDENTITY_BYTES = 8
REQUEST_BYTES = 16

#: Part of every key: raised when keys or entries change their meaning, so that old entries are not found.
_SCHEME = b"1"


def identity_text(identity: Mapping[str, Any]) -> bytes:
    """What answers, as canonical JSON."""
    return canonical_json(dict(identity))


def identity_digest(text: bytes) -> bytes:
    return blake2b(_SCHEME + text, digest_size=IDENTITY_BYTES).digest()


@frozen(slots=True)
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
    return {name: getattr(sample, name) for name in ASKED}


#: Fields of a Response in the order of an entry; what belongs to the sample is left out. Older entries end
#: sooner, and so does one whose last values are None.
_KEPT = ("output", *(name for name in GIVEN if name != "is_cached"))
#: Values of the shortest entry.
_N_LEAST = 12


def dump(response: Response) -> bytes:
    """What a response keeps in the cache."""
    kept = _values_of(response)
    while len(kept) > _N_LEAST and kept[-1] is None:
        kept.pop()
    return canonical_json(kept)


def load(value: bytes) -> Response:
    """The response with its original latency, cost and time, marked as cached.

    Raises ValueError for an entry that no checked response was written to: damaged, or of somebody else.
    """
    try:
        kept = orjson.loads(value)
        if not _N_LEAST <= len(kept) <= len(_KEPT):
            raise ValueError(f"it holds {len(kept)} values")
        return checked(_loaded(kept + [None] * (len(_KEPT) - len(kept))))
    except (ValueError, TypeError, ModelError) as error:
        raise ValueError(f"the entry is damaged: {error}") from None


def as_object(value: bytes) -> dict[str, Any]:
    """A kept response as an object with the names of its fields, for files that people read. Raises
    ValueError as ``load``."""
    load(value)
    return {name: each for name, each in zip(_KEPT, orjson.loads(value), strict=False) if each is not None}


def of_object(given: Any) -> bytes:
    """What ``dump`` keeps, of what ``as_object`` gave. Raises ValueError."""
    if not isinstance(given, dict):
        raise ValueError("the response is no object")
    unknown = next((name for name in given if name not in _KEPT), None)
    if unknown is not None:
        raise ValueError(f"the response has an unknown field {shown(unknown)}")
    if not isinstance(given.get("output"), str):
        raise ValueError("the response has no output")
    return dump(load(orjson.dumps([given.get(name) for name in _KEPT])))


def _dumper() -> Callable[[Response], list[Any]]:
    def value(name: str) -> str:
        pack = KINDS[name].pack if name in KINDS else None
        whole = f"response.{name}"
        return whole if pack is None else f"None if {whole} is None else pack_{name}({whole})"

    packs = {f"pack_{name}": kind.pack for name, kind in KINDS.items() if kind.pack is not None}
    source = f"def values_of(response): return [{', '.join(map(value, _KEPT))}]"
    found: Callable[[Response], list[Any]] = compiled("values_of", source, packs)
    return found


def _loader() -> Callable[[list[Any]], Response]:
    def argument(each: Field[Any]) -> str:
        if each.name not in _KEPT:
            return "True" if each.name == "is_cached" else repr(each.default)
        unpack = KINDS[each.name].unpack if each.name in KINDS else None
        if unpack is None:
            return each.name
        return f"unpack_{each.name}({each.name}) if type({each.name}) is list else {each.name}"

    unpacks = {f"unpack_{name}": kind.unpack for name, kind in KINDS.items() if kind.unpack is not None}
    source = (
        "def loaded(kept):\n"
        f"    {', '.join(_KEPT)} = kept\n"
        f"    return response_of({', '.join(map(argument, fields(Response)))})"
    )
    found: Callable[[list[Any]], Response] = compiled(
        "loaded", source, {"response_of": response_of, **unpacks}
    )
    return found


_values_of, _loaded = _dumper(), _loader()
