"""Which characters one place of a pattern can match, as far as the question needs whether two sets meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Self

from evalkit.core.frozen import frozen

# A bit for each ASCII character, and one for each kind of the others.
_OTHER_WORD, _OTHER_DIGIT, _OTHER_SPACE, _OTHER = (1 << bit for bit in range(128, 132))
_NOT_ASCII = _OTHER_WORD | _OTHER_DIGIT | _OTHER_SPACE | _OTHER
EVERY = (1 << 132) - 1
NEWLINE = 1 << 10


def _ascii(pattern: str) -> int:
    return sum(1 << i for i in range(128) if re.fullmatch(pattern, chr(i)))


_LETTERS = _ascii("[A-Za-z]")
_CATEGORIES = {
    "DIGIT": (_ascii(r"\d"), _OTHER_DIGIT),
    "SPACE": (_ascii(r"\s"), _OTHER_SPACE),
    "WORD": (_ascii(r"\w"), _OTHER_WORD | _OTHER_DIGIT),
}


@frozen
class CharacterSet:
    """``may``: bits of which a character may match; ``must``: bits of which every character does."""

    may: int
    must: int = 0

    @classmethod
    def exact(cls, bits: int) -> Self:
        return cls(bits, bits)

    @classmethod
    def of_range(cls, low: int, high: int, flags: int) -> Self:
        """Characters of the code points ``low`` to ``high``."""
        bits = sum(1 << i for i in range(low, min(high, 127) + 1))
        may = bits | (_NOT_ASCII if high > 127 else 0)
        if flags & re.IGNORECASE and (bits & _LETTERS or high > 127):
            may |= _LETTERS | _OTHER_WORD  # some letters of other scripts fold to ASCII
        return cls(may, bits)

    @classmethod
    def of_category(cls, name: str, flags: int) -> Self:
        """``CATEGORY_DIGIT``, ``CATEGORY_NOT_SPACE`` …"""
        kind = name.removeprefix("CATEGORY_")
        ascii_bits, others = _CATEGORIES[kind.removeprefix("NOT_")]
        bits = ascii_bits | (0 if flags & re.ASCII else others)
        return cls.exact(EVERY & ~bits if kind.startswith("NOT_") else bits)

    @classmethod
    def of_class(cls, items: Iterable[Any], flags: int) -> Self:
        """What stands in square brackets, as ``re`` parses it."""
        may = must = 0
        is_negated = False
        for op, value in items:
            name = str(op)
            if name == "NEGATE":
                is_negated = True
                continue
            if name == "CATEGORY":
                part = cls.of_category(str(value), flags)
            else:
                low, high = value if name == "RANGE" else (value, value)
                part = cls.of_range(low, high, flags)
            may, must = may | part.may, must | part.must
        return cls(EVERY & ~must, EVERY & ~may) if is_negated else cls(may, must)
