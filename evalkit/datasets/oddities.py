"""Values that no later part could write, compare or show: found where rows come in, with their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Levels of lists and objects in a row. Writers of JSON give up at some 250, Python's own at some 1,000.
MOST_LEVELS = 64
#: Bits of a whole number: Python refuses to write one of more than 4,300 digits.
MOST_BITS = 14_000

_LARGE = 1 << 63
_PLAIN = frozenset({str, float, bool, type(None)})


def oddity_of(row: Mapping[str, Any]) -> str | None:
    """What is wrong with a row, or None; costs next to nothing where a row is flat."""
    if _PLAIN.issuperset(map(type, row.values())):
        return None
    for name, value in row.items():
        kind = type(value)
        if kind in _PLAIN or (kind is int and -_LARGE < value < _LARGE):
            continue
        if kind is not list or not _PLAIN.issuperset(map(type, value)):
            problem = _oddity(value)
            if problem:
                return f"field {name[:80]!r} {problem}"
    return None


def _oddity(value: Any) -> str | None:
    level = [value]
    for _ in range(MOST_LEVELS):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, int):
                if each.bit_length() > MOST_BITS:
                    return "holds a whole number of more than 4,200 digits"
            elif isinstance(each, dict):
                inner += [part for part in each.values() if type(part) not in _PLAIN]
            elif isinstance(each, list | tuple):
                inner += [part for part in each if type(part) not in _PLAIN]
        if not inner:
            return None
        level = inner
    return f"is nested more than {MOST_LEVELS} levels deep"
