"""What class of failure an error is: the words of ``errors.FailureKind``, and ``other``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from evalkit.errors import FailureKind, ModelError

ErrorKind = Literal[FailureKind, "other"]

#: A failure that is this call's own: a request that the server refuses, code of an application that raised.
OTHER: ErrorKind = "other"

#: Each kind -> how people call it, the ones to worry about first.
MEANINGS: Mapping[ErrorKind, str] = {
    "busy": "throttled",
    "late": "timed out",
    "broken": "server broken",
    "unreachable": "unreachable",
    "key": "key refused",
    "forbidden": "forbidden",
    "missing": "not found",
    "other": "for another reason",
}

ERROR_KINDS: tuple[ErrorKind, ...] = (*get_args(FailureKind), OTHER)


def error_kind(error: BaseException) -> ErrorKind:
    """The kind of what was raised instead of an answer."""
    kind = error.kind if isinstance(error, ModelError) else None
    return kind or OTHER


def counted_kinds(counts: Mapping[str, int]) -> str:
    """``3 throttled, 2 timed out``; empty without errors."""
    known = [(words, counts.get(kind, 0)) for kind, words in MEANINGS.items()]
    return ", ".join(f"{n:,} {words}" for words, n in known if n)
