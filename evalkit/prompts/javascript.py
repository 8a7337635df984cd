"""Values as JavaScript shows and judges them, for templates that were written for Handlebars.

Rows are what JSON gives: texts, numbers, booleans, null, lists and mappings. Anything else counts as its
text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from evalkit.core.prompt_variable import ABSENT


def text(value: Any) -> str:
    """What ``{{value}}`` writes: nothing for null, ``true``, ``1`` for 1.0, ``a,b`` for a list.

    Raises TypeError on a mapping, of which JavaScript writes ``[object Object]``.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return number(value)
        case list() | tuple():
            return ",".join(map(text, value))
        case Mapping():
            raise TypeError("a mapping is not a text: write {{json NAME}}")
    return str(value)


def number(value: float) -> str:
    """A number as ECMA-262 writes it (Number::toString): the shortest digits, an exponent from 1e21 up and
    below 1e-6."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign, numerals, shift = Decimal(repr(value)).normalize().as_tuple()
    digits, point = "".join(map(str, numerals)), len(numerals) + int(shift)
    minus = "-" if sign else ""
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    if 0 < point <= 21:
        whole, rest = digits[:point].ljust(point, "0"), digits[point:]
        return f"{minus}{whole}.{rest}" if rest else minus + whole
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{minus}{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def added(first: Any, second: Any) -> str:
    """The two values that a text begins with. Handlebars adds them before it makes texts of them.

    Raises TypeError where neither is a text: it would add numbers.
    """
    if not any(each is None or isinstance(each, str | list | tuple) for each in (first, second)):
        raise TypeError("two values begin it with nothing between, which Handlebars adds up: write a space")
    return text(first) + text(second)


def is_true(value: Any) -> bool:
    """What ``{{#if value}}`` goes by: an empty mapping is true, an empty list is not."""
    if isinstance(value, Mapping):
        return True
    return bool(value) and value == value  # NaN is false


def is_same(value: Any, other: Any) -> bool:
    """``===`` of values that JSON gives: texts with texts, numbers with numbers, a list with itself."""
    if any(each is None or each is ABSENT or isinstance(each, bool) for each in (value, other)):
        return value is other
    if isinstance(value, int | float) and isinstance(other, int | float):
        return value == other
    if isinstance(value, str) and isinstance(other, str):
        return value == other
    return value is other


def member(value: Any, name: str) -> Any:
    """``value.name``; ABSENT, which is JavaScript's undefined, where there is none; of null null."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return value.get(name, ABSENT)
    if name != "length" or value is ABSENT:
        return ABSENT
    if isinstance(value, str):  # in units of UTF-16
        return len(value.encode("utf-16-le", "surrogatepass")) // 2
    return len(value) if isinstance(value, list | tuple) else ABSENT


def entries(value: Any, around: Any = ABSENT) -> list[tuple[Any, Any]]:
    """What ``{{#each value}}`` goes through: each value with its index or key. Keys that are whole numbers
    come first, as JavaScript orders them.

    Args:
        around: the item of the loop around, where ``../`` leads to it.

    Raises TypeError on null among them, which Handlebars takes for an empty mapping in some places, and on
    one that is the item around, of which ``../`` would lead one level too far.
    """
    if isinstance(value, list | tuple):
        found: list[tuple[Any, Any]] = [(each, index) for index, each in enumerate(value)]
    elif isinstance(value, Mapping):
        found = [(value[key], key) for key in _ordered(value)]
    else:
        return []
    if any(each is None for each, _ in found):
        raise TypeError("null stands among what {{#each}} goes through")
    if around is not ABSENT and any(_is_like(each, around) for each, _ in found):
        raise TypeError("{{#each}} goes through the item that it stands in, where ../ is not what it says")
    return found


def _is_like(value: Any, other: Any) -> bool:
    """``==`` in JavaScript, or near enough to it."""
    is_plain = not isinstance(value, list | tuple | Mapping) and not isinstance(other, list | tuple | Mapping)
    return value is other or (is_plain and text(value) == text(other))


def _ordered(value: Mapping[Any, Any]) -> list[Any]:
    keys = [key for key in value if _is_index(key)]
    return [*sorted(keys, key=int), *(key for key in value if not _is_index(key))]


def _is_index(key: Any) -> bool:
    is_number = isinstance(key, str) and key.isascii() and key.isdecimal()
    return is_number and str(int(key)) == key and int(key) < 2**32 - 1


def json_text(value: Any, indent: int = 0) -> str:
    """``JSON.stringify(value, null, indent)``."""
    if value is ABSENT:
        return "undefined"
    return _json(value, " " * indent, "")


def _json(value: Any, step: str, margin: str) -> str:
    match value:
        case None:
            return "null"
        case bool() | int():
            return json.dumps(value)
        case float():
            return number(value) if math.isfinite(value) else "null"
        case Mapping():
            colon = ": " if step else ":"
            each = [
                f"{_json(str(key), step, '')}{colon}{_json(value[key], step, margin + step)}"
                for key in _ordered(value)
            ]
            return _enclosed("{}", each, step, margin)
        case list() | tuple():
            return _enclosed("[]", [_json(one, step, margin + step) for one in value], step, margin)
    return json.dumps(str(value), ensure_ascii=False)


def _enclosed(brackets: str, texts: list[str], step: str, margin: str) -> str:
    first, last = brackets[0], brackets[1]
    if not step or not texts:
        return f"{first}{','.join(texts)}{last}"
    line = f"\n{margin}{step}"
    return f"{first}{line}{f',{line}'.join(texts)}\n{margin}{last}"
