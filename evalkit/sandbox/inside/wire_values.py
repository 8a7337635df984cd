"""Plain values as bytes and back. Never pickle or marshal: what comes back is data, whoever wrote the bytes.

JSON with one tag for each type that JSON has not: ``{"t": [1, 2]}`` is a tuple. A value of a subclass
crosses as its data, so what its ``__eq__`` says never matters to the check. Iterators cross as iterators over
what they yield, so that ``list(candidate(x)) == [1]`` holds and ``candidate(x) == [1]`` does not, as in one
process.
"""

from __future__ import annotations

import json
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

from .unpack import LONG_INT, MOST_BITS, TYPES, is_within_bounds, unpacked

#: Levels of nesting that come from a program; the interpreter's own recursion limit is 1,000.
DEEPEST = 300
#: And that go to it, as what came from it may lie deeper in what it is given next.
DEEPEST_SENT = 400

_ATOMS = (bool, int, float, str, type(None))
_ITERATORS: tuple[type, ...] = (
    type(_ for _ in ()),
    map,
    filter,
    zip,
    enumerate,
    reversed,
    type(iter([])),
    type(iter(())),
    type(iter("")),
    type(iter(range(0))),
    type(iter({})),
    type(iter(set())),
    type(reversed([])),
)


class NotPlainError(Exception):
    """A value that cannot cross; the text names its type."""


class TooLargeError(NotPlainError):
    """A number that costs too much to compute with."""


def _atom(value: Any) -> Any:
    if type(value) is int and not -LONG_INT < value < LONG_INT:
        if value.bit_length() > MOST_BITS:
            raise TooLargeError(f"a value of {value.bit_length()} bits")
        return {"i": hex(value)}
    return value


def pack(value: Any, handle: Callable[[Any], Any] | None = None, deepest: int = DEEPEST) -> Any:
    """``value`` as what JSON can say; ``handle`` gives a number to an object that may stay where it is.

    Args:
        deepest: levels of nesting that are left.

    Raises:
        NotPlainError: it, or something in it, is not a plain value, or it is nested too deeply.
    """
    kind = type(value)
    if kind in _ATOMS:
        return _atom(value)
    if deepest < 0:
        raise NotPlainError("nested too deeply")
    if kind is list:
        return [pack(each, handle, deepest - 1) for each in value]
    for base, tag, parts in _PACKED:
        if isinstance(value, base) and (base in _OPEN or kind is base):
            return {tag: [pack(each, handle, deepest - 1) for each in parts(value)]}
    for atom, plain in _ATOM_BASES:
        if isinstance(value, atom):
            return _atom(plain(value))
    if kind in _ITERATORS:
        return {"g": [pack(each, handle, deepest - 1) for each in value]}
    return _named(value, handle)


def _named(value: Any, handle: Callable[[Any], Any] | None) -> Any:
    """A type by its name, another object by its number. Raises NotPlainError."""
    if type(value) is type and value in TYPES.values():
        return {"y": value.__name__}
    number = handle(value) if handle is not None else None
    if number is None:
        raise NotPlainError(type_name(value))
    return {"h": [number, type_name(value)]}


def type_name(value: Any) -> str:
    """``module.Class`` of a value, as far as its type says so."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _bounded(value: Any) -> Any:
    if not is_within_bounds(value):
        raise TooLargeError(f"a value beyond the bounds of {type_name(value)}")
    return value


def _pairs(value: Any) -> Iterable[Any]:
    return [each for pair in dict.items(value) for each in pair]


#: What to look for, its tag, its parts. The narrower type first; a dict's methods are asked of dict itself.
_PACKED: tuple[tuple[Any, str, Callable[[Any], Iterable[Any]]], ...] = (
    (tuple, "t", lambda value: tuple.__iter__(value)),
    (Counter, "C", _pairs),
    (OrderedDict, "O", _pairs),
    (defaultdict, "D", _pairs),
    (dict, "d", _pairs),
    (set, "s", lambda value: set.__iter__(value)),
    (frozenset, "f", lambda value: frozenset.__iter__(value)),
    (list, "l", lambda value: list.__iter__(value)),
    (bytes, "b", lambda value: [bytes.decode(value, "latin-1")]),
    (bytearray, "B", lambda value: [bytearray.decode(value, "latin-1")]),
    (complex, "c", lambda value: [complex.__complex__(value).real, complex.__complex__(value).imag]),
    (range, "r", lambda value: [value.start, value.stop, value.step]),
    (deque, "q", lambda value: [list(deque.__iter__(value)), value.maxlen]),
    (Decimal, "m", lambda value: [str(_bounded(value))]),
    (Fraction, "n", lambda value: [_bounded(value).numerator, value.denominator]),
    (type({}.keys()), "k", lambda value: value),
    (type({}.values()), "v", lambda value: value),
    (type({}.items()), "e", lambda value: value),
)
#: Subclasses of these cross as their data; of the others only the type itself does.
_OPEN = (tuple, Counter, OrderedDict, defaultdict, dict, set, frozenset, list, bytes, bytearray, complex)
_ATOM_BASES: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (int, int.__index__),
    (float, float.__float__),
    (str, str.__str__),
)


def dumps(message: list[Any]) -> bytes:
    """A packed message as bytes."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def loads(data: bytes, remote: Callable[[Any, str], Any] | None = None, deepest: int = DEEPEST) -> list[Any]:
    """The message that ``data`` says, its values unpacked; ``remote`` stands in for an object left behind.

    Raises:
        ValueError: it is not a message that was packed, whatever else is wrong with it.
    """

    def unpack(pairs: list[tuple[str, Any]]) -> Any:
        ((tag, parts),) = pairs
        if tag == "h" and remote is not None:
            number, name = parts
            return remote(number, name)
        return unpacked(tag, parts)

    try:
        if data.count(b"[") > deepest and _depth(data) > deepest + 2:
            raise ValueError("nested too deeply")
        has_long_ints = _LONG_DIGITS.search(data) is not None
        message = json.loads(data, object_pairs_hook=unpack, parse_int=_short_int if has_long_ints else None)
    except (
        ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError
    ) as error:  # fmt: skip
        raise ValueError(f"not a message: {error}") from None
    if not isinstance(message, list) or not message:
        raise ValueError("not a message")
    return message


_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"')
_BUT_LISTS = bytes(sorted(set(range(256)) - set(b"[]")))
_STEPS = {ord("["): 1, ord("]"): -1}
_LONG_DIGITS = re.compile(rb"\d{19}")


def _depth(data: bytes) -> int:
    """How deeply lists lie in lists; every level of a packed value is one."""
    brackets = _TEXT.sub(b"", data).translate(None, _BUT_LISTS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _short_int(text: str) -> int:
    value = int(text) if len(text) <= len(str(-LONG_INT)) else LONG_INT
    if not -LONG_INT < value < LONG_INT:
        raise ValueError("a long number in decimal")
    return value
