"""Plain values as bytes and back. Never pickle or marshal: what comes back is data, whoever wrote the bytes.

JSON with one tag for each type that JSON has not: ``{"t": [1, 2]}`` is a tuple. A value of a subclass
crosses as its data, so what its ``__eq__`` says never matters to the check. Iterators cross as iterators over
what they yield, so that ``list(candidate(x)) == [1]`` holds and ``candidate(x) == [1]`` does not, as in one
process.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

#: Beyond it an integer crosses in hexadecimal: decimal text is bounded and slow for long ones.
_LONG_INT = 1 << 63
#: Levels of nesting that cross; the interpreter's own recursion limit is 1,000.
DEEPEST = 300

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


def _atom(value: Any) -> Any:
    if type(value) is int and not -_LONG_INT < value < _LONG_INT:
        return {"i": hex(value)}
    return value


def pack(value: Any, handle: Callable[[Any], int | None] | None = None, depth: int = 0) -> Any:
    """``value`` as what JSON can say; ``handle`` gives a number to an object that may stay where it is.

    Raises:
        NotPlainError: it, or something in it, is not a plain value, or it is nested too deeply.
    """
    kind = type(value)
    if kind in _ATOMS:
        return _atom(value)
    if depth > DEEPEST:
        raise NotPlainError(f"nested deeper than {DEEPEST}")
    if kind is list:
        return [pack(each, handle, depth + 1) for each in value]
    for base, tag, parts in _PACKED:
        if isinstance(value, base) and (base in _OPEN or kind is base):
            return {tag: [pack(each, handle, depth + 1) for each in parts(value)]}
    for atom, plain in _ATOM_BASES:
        if isinstance(value, atom):
            return _atom(plain(value))
    if kind in _ITERATORS:
        return {"g": [pack(each, handle, depth + 1) for each in value]}
    if kind is type and value in _TYPES.values():
        return {"y": value.__name__}
    number = handle(value) if handle is not None else None
    if number is None:
        raise NotPlainError(type_name(value))
    return {"h": [number, type_name(value)]}


def type_name(value: Any) -> str:
    """``module.Class`` of a value, as far as its type says so."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _pairs(value: Any) -> Iterable[Any]:
    return [each for pair in dict.items(value) for each in pair]


def _unpairs(parts: list[Any]) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _default(parts: list[Any]) -> defaultdict[Any, Any]:
    return defaultdict(None, _unpairs(parts))


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
    (Decimal, "m", lambda value: [Decimal.__str__(value)]),
    (Fraction, "n", lambda value: [value.numerator, value.denominator]),
    (type({}.keys()), "k", lambda value: value),
    (type({}.values()), "v", lambda value: value),
    (type({}.items()), "e", lambda value: value),
)
#: Types that checks hand over, as in ``extract(values, str)``.
_TYPES: dict[str, type] = {
    kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
}
#: Subclasses of these cross as their data; of the others only the type itself does.
_OPEN = (tuple, Counter, OrderedDict, defaultdict, dict, set, frozenset, list, bytes, bytearray, complex)
_ATOM_BASES: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (int, int.__index__),
    (float, float.__float__),
    (str, str.__str__),
)

_UNPACKED: dict[str, Callable[[list[Any]], Any]] = {
    "i": lambda parts: int(str(parts), 16),
    "t": tuple,
    "C": lambda parts: Counter(_unpairs(parts)),
    "O": lambda parts: OrderedDict(_unpairs(parts)),
    "D": _default,
    "d": _unpairs,
    "s": set,
    "f": frozenset,
    "l": list,
    "b": lambda parts: parts[0].encode("latin-1"),
    "B": lambda parts: bytearray(parts[0], "latin-1"),
    "c": lambda parts: complex(*parts),
    "r": lambda parts: range(*parts),
    "q": lambda parts: deque(*parts),
    "m": lambda parts: Decimal(parts[0]),
    "n": lambda parts: Fraction(*parts),
    "g": iter,
    "k": lambda parts: dict.fromkeys(parts).keys(),
    "v": lambda parts: dict(enumerate(parts)).values(),
    "e": lambda parts: dict(parts).items(),
    "y": lambda name: _TYPES[str(name)],
}


def dumps(message: list[Any]) -> bytes:
    """A packed message as bytes."""
    return json.dumps(message, separators=(",", ":")).encode("ascii")


def loads(data: bytes, remote: Callable[[int, str], Any] | None = None) -> list[Any]:
    """The message that ``data`` says, its values unpacked; ``remote`` stands in for an object left behind.

    Raises:
        ValueError: it is not a message, whatever else is wrong with it.
    """

    def unpack(tagged: dict[str, Any]) -> Any:
        ((tag, parts),) = tagged.items()
        if tag == "h" and remote is not None:
            number, name = parts
            return remote(int(number), str(name))
        return _UNPACKED[tag](parts)

    try:
        message = json.loads(data, object_hook=unpack)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"not a message: {error}") from None
    if not isinstance(message, list) or not message:
        raise ValueError("not a message")
    return message
