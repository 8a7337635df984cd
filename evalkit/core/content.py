"""What a Sample asks and is scored by, as a short text: a digest for each field, so that two of them tell
which fields differ.

``input:9f86d081 target:60303ae2 row.passage:fd61a03a``. Fields of the row stand under ``row.NAME``, or all of
them together under ``row`` where something gets the whole row. A digest is 32 bits of BLAKE2b.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, unquote

from evalkit.core.canonical import canonical_json

#: How fields of the dataset's row begin; ``row`` alone is all of them.
ROW = "row"
#: Images, audio and files that the prompt shows.
MEDIA = "media"
_DIGEST_BYTES = 4


def content_text(fields: Iterable[tuple[str, Any]]) -> str:
    """The digests of fields by name, in the order given."""
    return " ".join([
        f"{_name(name)}:{blake2b(canonical_json(value), digest_size=_DIGEST_BYTES).hexdigest()}"
        for name, value in fields
    ])  # fmt: skip


def changed_fields(old: str | None, new: str | None) -> list[str] | None:
    """The fields in which two contents differ, none where they are the same; None where that cannot be told,
    because a side has no content or one of another form.

    A field of the row counts where both sides have it, and so do media: what one side's prompt does not read
    cannot have changed its answer.
    """
    if old is None or new is None:
        return None
    if old == new:
        return []
    before, after = _parsed(old), _parsed(new)
    if before is None or after is None:
        return ["sample"] if before is None and after is None else None
    names = dict.fromkeys([*before, *after])
    return [_shown(name) for name in names if _differs(name, before, after)]


def _differs(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    if name.partition(".")[0] in (ROW, MEDIA) and not (name in before and name in after):
        return False
    return before.get(name) != after.get(name)


def _shown(name: str) -> str:
    return unquote(name.removeprefix(f"{ROW}.")) if name != ROW else "another field of the row"


def _parsed(text: str) -> dict[str, str] | None:
    parts = [part.partition(":") for part in text.split(" ")]
    return {name: digest for name, _, digest in parts} if all(colon for _, colon, _ in parts) else None


@lru_cache(maxsize=1024)
def _name(name: str) -> str:
    return quote(name, safe=".")
