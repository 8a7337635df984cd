"""The parts of a tagged value made a value again, as strictly as ``wire_values`` tags them.

A program can write any bytes to its checker. What ``pack`` would never have written is refused before
anything is computed with it: numbers beyond the bounds, keys given twice, keys made to collide.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

#: Beyond it an integer crosses in hexadecimal: decimal text is bounded and slow for long ones.
LONG_INT = 1 << 63
#: Bits of an integer, and of both parts of a fraction, whose arithmetic is slower.
MOST_BITS, MOST_FRACTION_BITS = 1 << 20, 1 << 16
#: Digits of a Decimal, and its exponent either way.
MOST_DIGITS = 100_000
#: Of so many keys or more those with one hash are counted, and a few may have it. All integers that are alike
#: modulo 2**61 - 1 have, and a set of n such takes n * n steps.
_MANY, _MOST_ALIKE = 1000, 0.1

#: Types that checks hand over, as in ``extract(values, str)``.
TYPES: dict[str, type] = {
    kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
}


def is_within_bounds(value: Decimal | Fraction) -> bool:
    """Whether computing with the number costs little."""
    if isinstance(value, Fraction):
        return max(value.numerator.bit_length(), value.denominator.bit_length()) <= MOST_FRACTION_BITS
    return not value.is_finite() or abs(value.adjusted()) + len(value.as_tuple().digits) <= MOST_DIGITS


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("not what it would be packed as")


def _integer(text: Any) -> int:
    _require(type(text) is str and len(text) <= MOST_BITS // 4 + 3)
    value = int(text, 16)
    _require(not -LONG_INT < value < LONG_INT and hex(value) == text)
    return value


def _decimal(parts: list[Any]) -> Decimal:
    (text,) = parts
    _require(type(text) is str and len(text) <= MOST_DIGITS + 20)
    value = Decimal(text)
    _require(str(value) == text and is_within_bounds(value))
    return value


def _fraction(parts: list[Any]) -> Fraction:
    over, under = parts
    _require(type(over) is int and type(under) is int)
    _require(max(over.bit_length(), under.bit_length()) <= MOST_FRACTION_BITS)
    value = Fraction(over, under)
    _require((value.numerator, value.denominator) == (over, under))
    return value


def _complex(parts: list[Any]) -> complex:
    real, imaginary = parts
    _require(type(real) is float and type(imaginary) is float)
    return complex(real, imaginary)


def _range(parts: list[Any]) -> range:
    start, stop, step = parts
    _require({type(each) for each in parts} == {int})
    return range(start, stop, step)


def _text(parts: list[Any]) -> bytes:
    (text,) = parts
    _require(type(text) is str)
    return bytes(text, "latin-1")


def _deque(parts: list[Any]) -> deque[Any]:
    values, most = parts
    _require(type(values) is list and (most is None or (type(most) is int and most >= len(values))))
    return deque(values, most)


def _keys(parts: list[Any]) -> list[Any]:
    if len(parts) >= _MANY:
        _require(len(parts) - len({hash(each) for each in parts}) <= _MOST_ALIKE * len(parts))
    return parts


def _set(kind: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    def made(parts: list[Any]) -> Any:
        value = kind(_keys(parts))
        _require(len(value) == len(parts))
        return value

    return made


def _pairs(parts: list[Any]) -> dict[Any, Any]:
    keys = _keys(parts[::2])
    value = dict(zip(keys, parts[1::2], strict=True))
    _require(len(value) == len(keys))
    return value


def _items(parts: list[Any]) -> Any:
    _require(all(type(each) is tuple and len(each) == 2 for each in parts))
    _keys([key for key, _ in parts])
    value = dict(parts)
    _require(len(value) == len(parts))
    return value.items()


#: By tag, of those whose parts are a list.
_OF_LISTS: dict[str, Callable[[list[Any]], Any]] = {
    "t": tuple,
    "C": lambda parts: Counter(_pairs(parts)),
    "O": lambda parts: OrderedDict(_pairs(parts)),
    "D": lambda parts: defaultdict(None, _pairs(parts)),
    "d": _pairs,
    "s": _set(set),
    "f": _set(frozenset),
    "l": list,
    "b": _text,
    "B": lambda parts: bytearray(_text(parts)),
    "c": _complex,
    "r": _range,
    "q": _deque,
    "m": _decimal,
    "n": _fraction,
    "g": iter,
    "k": lambda parts: _set(dict.fromkeys)(parts).keys(),
    "v": lambda parts: dict(enumerate(parts)).values(),
    "e": _items,
}


def unpacked(tag: str, parts: Any) -> Any:
    """The value.

    Raises:
        ValueError: nothing is packed so; as well as LookupError, TypeError and ArithmeticError.
    """
    if tag == "i":
        return _integer(parts)
    if tag == "y":
        return TYPES[parts]
    _require(type(parts) is list)
    return _OF_LISTS[tag](parts)
