"""How many steps a regular expression may take, from its form alone: an upper bound for Python's engine.

A backtracking engine tries, from each start, every way to spread the text over the repeats and alternatives
until one fits. A repeat adds ways only where what follows could begin with what it repeats, and only where
something after it can fail. Ways of parts that follow one another multiply; a repeat of a part that has
several ways itself grows exponentially.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.limits.character_set import EVERY, NEWLINE, CharacterSet

#: Steps, of some 20 ns, that are taken without a second thought.
MOST_STEPS = 2e7
#: What passing over one more character of a repeat costs beside such a step.
_SCAN = 0.1
_MOST_CHARS = 1 << 24
_MANY = 64
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_ZERO_WIDTH = frozenset({"AT", "ASSERT", "ASSERT_NOT"})

_Item = tuple[Any, Any]


@frozen
class Growth:
    """``factor * n ** degree`` for a text of n characters; infinite where it is exponential."""

    factor: float = 1.0
    degree: float = 0.0

    @property
    def is_one(self) -> bool:
        return self.factor == 1 and self.degree == 0

    def times(self, other: Growth) -> Growth:
        return Growth(self.factor * other.factor, self.degree + other.degree)

    def plus(self, other: Growth) -> Growth:
        return Growth(self.factor + other.factor, max(self.degree, other.degree))

    def power(self, n: int) -> Growth:
        try:
            return Growth(self.factor**n, self.degree * n)
        except OverflowError:
            return _EXPONENTIAL

    def at(self, n: int) -> float:
        try:
            return self.factor * float(float(n) ** self.degree)
        except OverflowError:
            return inf


_ONE, _EXPONENTIAL = Growth(), Growth(degree=inf)


def safe_chars(compiled: re.Pattern[str]) -> int:
    """The length of text up to which searching stays below ``MOST_STEPS``; 0 where it is not known."""
    try:
        from re import _parser  # type: ignore[attr-defined]

        items = list(_parser.parse(compiled.pattern, compiled.flags))
        ways = _sequence(items, compiled.flags, EVERY, is_last=True)
        n_items, is_long = _size(items), _is_long(items)
    except (ImportError, AttributeError, KeyError, ValueError, RecursionError, re.error):
        return 0
    n = 0
    step = _MOST_CHARS
    while step:
        if _steps(n + step, ways, n_items, is_long=is_long) <= MOST_STEPS:
            n += step
        step //= 2
    return n


def _steps(n: int, ways: Growth, n_items: int, *, is_long: bool) -> float:
    return n * ways.at(n) * (n_items + (_SCAN * n if is_long else 0))


def _sequence(items: Sequence[_Item], flags: int, follow: int, *, is_last: bool) -> Growth:
    """Ways through parts that follow one another; ``follow``: what may stand after them."""
    ways = _ONE
    for i, item in enumerate(items):
        rest = items[i + 1 :]
        ends = is_last and all(map(_cannot_fail, rest))
        ways = ways.times(_ways(item, flags, _first(rest, flags, follow), is_last=ends))
    return ways


def _ways(item: _Item, flags: int, follow: int, *, is_last: bool) -> Growth:
    op, value = str(item[0]), item[1]
    if op in _REPEATS:
        # What a possessive repeat took it never gives back.
        return _of_repeat(value, flags, follow, is_last=is_last or op == "POSSESSIVE_REPEAT")
    if op == "SUBPATTERN":
        _, added, removed, inner = value
        return _sequence(list(inner), (flags | added) & ~removed, follow, is_last=is_last)
    if op == "ATOMIC_GROUP":
        return _sequence(list(value), flags, follow, is_last=is_last)
    if op in ("ASSERT", "ASSERT_NOT"):
        return _sequence(list(value[1]), flags, EVERY, is_last=True)
    if op == "BRANCH":
        return _of_branches([list(each) for each in value[1]], flags, follow, is_last=is_last)
    if op == "GROUPREF_EXISTS":
        return _of_branches([list(each or ()) for each in value[1:]], flags, follow, is_last=is_last)
    return _ONE


def _of_branches(branches: list[list[_Item]], flags: int, follow: int, *, is_last: bool) -> Growth:
    total, seen = Growth(0.0), 0
    largest, is_apart = _ONE, True
    for branch in branches:
        ways, first = _sequence(branch, flags, follow, is_last=is_last), _first(branch, flags, follow)
        is_apart = is_apart and not first & seen
        seen |= first
        total = total.plus(ways)
        largest = Growth(max(largest.factor, ways.factor), max(largest.degree, ways.degree))
    return largest if is_apart else total


def _of_repeat(value: Any, flags: int, follow: int, *, is_last: bool) -> Growth:
    low, high, body = int(value[0]), int(value[1]), list(value[2])
    first = _first(body, flags, 0)
    inner = _sequence(body, flags, first | follow, is_last=False)
    if not inner.is_one or all(map(_is_nullable, body)):
        if high > _MANY:
            return _EXPONENTIAL
        return inner.power(high).times(Growth(float(high - low + 1)))
    if is_last or low == high or not first & follow:
        return _ONE
    return Growth(degree=1.0) if high > _MANY else Growth(float(high - low + 1))


def _first(items: Sequence[_Item], flags: int, follow: int) -> int:
    """Bits of the characters that parts can begin with, and of ``follow`` where they can be empty."""
    bits = 0
    for item in items:
        op, value = str(item[0]), item[1]
        if op == "AT" and str(value) in ("AT_END", "AT_END_STRING"):
            return bits | NEWLINE
        bits |= _begins(op, value, flags)
        if op not in _ZERO_WIDTH and not _is_nullable(item):
            return bits
    return bits | follow


def _begins(op: str, value: Any, flags: int) -> int:
    if op in _ZERO_WIDTH:
        return 0
    if op == "LITERAL":
        return CharacterSet.of_range(value, value, flags).may
    if op == "NOT_LITERAL":
        return EVERY & ~CharacterSet.of_range(value, value, flags).must
    if op == "ANY":
        return EVERY if flags & re.DOTALL else EVERY & ~NEWLINE
    if op == "IN":
        return CharacterSet.of_class(value, flags).may
    if op in _REPEATS:
        return _first(list(value[2]), flags, 0)
    if op == "SUBPATTERN":
        _, added, removed, inner = value
        return _first(list(inner), (flags | added) & ~removed, 0)
    if op == "ATOMIC_GROUP":
        return _first(list(value), flags, 0)
    if op == "BRANCH":
        return _union(_first(list(each), flags, 0) for each in value[1])
    return EVERY


def _union(parts: Any) -> int:
    bits = 0
    for part in parts:
        bits |= part
    return bits


def _is_nullable(item: _Item) -> bool:
    op, value = str(item[0]), item[1]
    if op in _REPEATS:
        return value[0] == 0 or all(map(_is_nullable, value[2]))
    if op == "SUBPATTERN":
        return all(map(_is_nullable, value[3]))
    if op == "ATOMIC_GROUP":
        return all(map(_is_nullable, value))
    if op == "BRANCH":
        return any(all(map(_is_nullable, each)) for each in value[1])
    return op in _ZERO_WIDTH or op in ("GROUPREF", "GROUPREF_EXISTS")


def _cannot_fail(item: _Item) -> bool:
    op, value = str(item[0]), item[1]
    if op == "SUBPATTERN":
        return all(map(_cannot_fail, value[3]))
    return op in _REPEATS and value[0] == 0


def _inner(item: _Item) -> list[Sequence[_Item]]:
    """The parts that a part is made of."""
    op, value = str(item[0]), item[1]
    if op in _REPEATS:
        return [value[2]]
    if op == "SUBPATTERN":
        return [value[3]]
    if op == "ATOMIC_GROUP":
        return [value]
    if op in ("ASSERT", "ASSERT_NOT"):
        return [value[1]]
    if op == "BRANCH":
        return list(value[1])
    if op == "GROUPREF_EXISTS":
        return [each for each in value[1:] if each]
    return []


def _size(items: Sequence[_Item]) -> int:
    """Parts that one way through the pattern may touch, repeats of a known number unrolled."""
    total = 1
    for item in items:
        n = sum(map(_size, _inner(item)))
        if str(item[0]) in _REPEATS and 1 < int(item[1][1]) < 1 << 16:
            n *= int(item[1][1])
        total += max(1, n)
    return total


def _is_long(items: Sequence[_Item]) -> bool:
    """Whether one way may pass over any number of characters."""
    return any(
        (str(item[0]) in _REPEATS and int(item[1][1]) > _MANY)
        or str(item[0]) == "GROUPREF"
        or any(map(_is_long, _inner(item)))
        for item in items
    )
