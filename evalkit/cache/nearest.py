"""The entry that a request came nearest to, and what kept it from being found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from evalkit.cache.differences import Difference, Key, differences
from evalkit.cache.entries import CacheEntry
from evalkit.cache.entry import identity_text, request_digest
from evalkit.cache.parts import Parts, input_digest, options_digest, options_text, parts_text
from evalkit.core.request import Request
from evalkit.models.model import READS_SAMPLE

#: What "nearest" means, for people.
NEAREST: Sequence[str] = (
    "nearest: of the entries of this sample, or with its input, those of the same model come first, then",
    "those of the same repeat, then the one with the fewest parts that differ, then the latest",
)

#: The rendered input of an entry, None where nobody has it.
InputOf = Callable[[CacheEntry], str | None]


@dataclass(frozen=True, slots=True)
class Nearest:
    """One entry, and every part in which the request is not it."""

    entry: CacheEntry
    differences: Sequence[Difference]


def nearest(asked: Key, entries: Sequence[CacheEntry], input_of: InputOf) -> Nearest | None:
    """See ``NEAREST``; None where there is no entry at all."""
    if not entries:
        return None

    def rank(entry: CacheEntry) -> tuple[bool, bool, int, float]:
        kept = entry.taken_apart()
        is_other_model = asked.identity is not None and _model(kept) != _model(asked)
        return is_other_model, kept.repeat != asked.repeat, len(differences(asked, kept)), -entry.stored_at

    best = min(entries, key=rank)
    return Nearest(best, differences(asked, best.taken_apart(input_of(best))))


def key_of(identity: Mapping[str, Any], request: Request) -> Key:
    """A request that may be asked now, taken apart."""
    options = options_text(request)
    reads_sample = bool(identity.get(READS_SAMPLE))
    parts = parts_text(request, options_digest(options), reads_sample=reads_sample)
    return Key(
        request.sample.id,
        request.repeat,
        orjson.loads(identity_text(identity)),
        request_digest(request, reads_sample=reads_sample).hex(),
        input_digest(request.text).hex(),
        Parts.load(parts),
        orjson.loads(options),
        request.text,
    )


def _model(key: Key) -> tuple[object, object]:
    identity = key.identity or {}
    return identity.get("provider"), identity.get("name")
