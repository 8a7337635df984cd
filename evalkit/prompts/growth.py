"""What a template's operations may make: refused before it is made, as memory is gone once it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2.exceptions import SecurityError

#: Characters of one text that a template makes, its own output included; an entry of a list counts as 16.
MOST_CHARS = 10_000_000
#: Whole numbers that are handed over as a width, a count or a number of digits.
MOST_COUNT = 1_000_000
#: Bits of a whole number that is computed: Python refuses to write one of more than 4,300 digits.
MOST_BITS = 14_000

_ENTRY = 16
_DIRECTIVE = r"%(?:\([^)]*\))?[-+ #0]*"
# Compiled by the first search: a session seldom has one, and all of them import this.
_WIDE = rf"{_DIRECTIVE}(?:\d{{7,}}|\d*\.\d{{7,}})"
_STARRED = rf"{_DIRECTIVE}(?:\*|\d*\.\*)"
_LONG_NUMBER = r"\d{7,}"
#: Filters and methods that put something of a given length at many places of a text.
_SPREADING = frozenset(
    {"expandtabs", "indent", "join", "replace", "tojson", "translate", "wordwrap", "xmlattr"}
)


def refuse_product(left: Any, right: Any) -> None:
    """``*``: of numbers, or of a text or list with a number."""
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > MOST_BITS:
            raise SecurityError("it computes a whole number of more than 4,200 digits")
        return
    for value, count in ((left, right), (right, left)):
        if isinstance(value, str | bytes | list | tuple) and isinstance(count, int):
            refuse_long(weight(value) * max(count, 0))


def refuse_power(base: Any, exponent: Any) -> None:
    """``**`` of whole numbers."""
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MOST_BITS:
        raise SecurityError("it computes a whole number of more than 4,200 digits")


def refuse_format(text: str, given: Any) -> None:
    """``'%d' % given``: widths stand in the text, or (``*``) in what is given."""
    values = given if isinstance(given, tuple) else (given,)
    if re.search(_WIDE, text) or (re.search(_STARRED, text) and any(map(_is_huge, values))):
        raise SecurityError("a width of more than a million characters")
    refuse_long(len(text) + text.count("%") * weight(given))


def refuse_width(spec: str) -> None:
    """What stands behind the colon in ``'{:>9}'``."""
    if re.search(_LONG_NUMBER, spec):
        raise SecurityError("a width of more than a million characters")


def refuse_call(name: str, value: Any, args: Sequence[Any], named: Mapping[str, Any]) -> None:
    """A filter or method of a text, a list or a number with its arguments."""
    given = (*args, *named.values()) if named else args
    for each in given:
        if not isinstance(each, str) and _is_huge(each):
            raise SecurityError(f"{name} is given a number of more than a million")
    size = len(value) if isinstance(value, str) else weight(value)
    if name in _SPREADING:
        largest = max((each if isinstance(each, int) else weight(each) for each in given), default=0)
        refuse_long(size * max(1, largest))
    elif name in ("format", "format_map"):
        refuse_long(size + str(value).count("{") * weight(given))


def refuse_long(n_chars: int) -> None:
    """Raises SecurityError where something of ``n_chars`` is about to be made."""
    if n_chars > MOST_CHARS:
        raise SecurityError(f"it makes a text or list of more than {MOST_CHARS:,} characters")


def weight(value: Any) -> int:
    """About the characters that a value has as text, each time that it is shared; at least one for anything.

    Raises SecurityError beyond ``MOST_CHARS``: what is shared may stand for more than there is memory.
    """
    if isinstance(value, str | bytes):
        return len(value)
    total, stack = 1, [value]
    while stack:
        each = stack.pop()
        if isinstance(each, str | bytes):
            total += len(each)
            continue
        if isinstance(each, Mapping):
            stack += each.keys()
            stack += each.values()
            total += _ENTRY * len(each)
        elif isinstance(each, list | tuple | set | frozenset):
            stack += each
            total += _ENTRY * len(each)
        refuse_long(total)
    return total


def _is_huge(value: Any) -> bool:
    return isinstance(value, int) and abs(value) > MOST_COUNT
