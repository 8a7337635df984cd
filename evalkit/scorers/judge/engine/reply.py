"""JSON objects in what a judge wrote, however it is wrapped: in a fenced block, behind its thoughts, with
commas too many."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.scorers.judge.engine.words import MalformedError

#: Characters from the end of an answer that are looked at, and how often an object is looked for in them.
_MOST_CHARS = 50_000
_MOST_STARTS = 100
#: Characters of an object that is not JSON and may be Python, or have a comma before its end.
_MOST_REPAIRED = 8_000
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
#: An escape that Python does not have, and warns of.
_ESCAPE = re.compile(r"\\[^\\'\"nrtbfu]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LINE = re.compile(r"[ \t>*_#\"'-]*(?:final )?verdict[*_\"']*[ \t]*[:=][ \t]*(\S.*)", re.IGNORECASE)
_CURLY = str.maketrans({"“": '"', "”": '"'})

Document = Mapping[str, Any]


def documents(text: str) -> list[Document]:
    """Every outermost JSON object, in order, its keys in small letters. Raises MalformedError where an object
    has two values under one key, or is nested without end."""
    return list(_objects(text[-_MOST_CHARS:]))


def last_verdict(text: str) -> str | None:
    """What stands behind ``Verdict:`` on the last line. A line before it may be a quotation."""
    last = text[-_MOST_CHARS:].rstrip().rpartition("\n")[2]
    match = _LINE.fullmatch(last)
    return None if match is None else match[1]


def _objects(text: str) -> Iterator[Document]:
    start, n_starts = text.find("{"), 0
    while start >= 0 and n_starts < _MOST_STARTS:
        found = _decoded(text, start) or _repaired(text, start)
        if found is not None and isinstance(found[0], Mapping):
            yield found[0]
        start, n_starts = text.find("{", start + 1 if found is None else found[1]), n_starts + 1


def _decoded(text: str, start: int) -> tuple[Any, int] | None:
    try:
        return _DECODER.raw_decode(text, start)
    except MalformedError:
        raise
    except RecursionError:
        raise MalformedError("an object is nested too deeply") from None
    except ValueError:
        return None


def _repaired(text: str, start: int) -> tuple[Any, int] | None:
    """As JSON would have it: without a comma before a bracket that closes, with straight quotation marks; or
    as Python writes it."""
    end = _end(text, start)
    if end is None:
        return None
    inner = text[start:end]
    for candidate in (inner, inner.translate(_CURLY)):
        found = _decoded(_without_commas(candidate), 0)
        if found is not None:
            return found[0], end
    if _ESCAPE.search(inner):
        return None
    try:
        value = ast.literal_eval(inner)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return (_keyed(value.items()), end) if isinstance(value, dict) else None


def _without_commas(text: str) -> str:
    """Commas before a closing bracket removed, those within texts left alone."""
    parts, at = [], 0
    for match in _STRING.finditer(text):
        parts += [_TRAILING_COMMA.sub(r"\1", text[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*parts, _TRAILING_COMMA.sub(r"\1", text[at:])])


def _end(text: str, start: int) -> int | None:
    """Behind the bracket that closes the one at ``start``; None where it is far away."""
    depth, quote, at = 0, "", start
    while at < min(len(text), start + _MOST_REPAIRED):
        letter = text[at]
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter == '"':
            quote = letter
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
            if depth == 0:
                return at + 1
        at += 1
    return None


def _keyed(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        key = str(key).strip().lower()
        if key in found and found[key] != value:
            raise MalformedError(f"the object has two values under {key[:40]!r}")
        found[key] = value
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_keyed, strict=False)
