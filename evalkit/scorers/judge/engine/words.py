"""What judges write for a verdict, in its normal form."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

from evalkit.core.text import shown

_YES = frozenset({"yes", "y", "true", "pass", "passes", "passed", "holds", "met", "1"})
_NO = frozenset({"no", "n", "false", "fail", "fails", "failed", "does not hold", "not met", "0"})
_SIDE = re.compile(r"(?:the )?(?:answer |response |option |assistant )?([ab])(?: is better| wins)?")
_TIE = frozenset({"tie", "tied", "draw", "equal", "equally good", "both", "neither", "same", "c"})
_MARKS = " \t\r\n*_`\"'.,;:!()[]{}"
_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip
#: Where a remark behind the verdict begins: ``yes, because``, ``4 (good)``, ``B - it is shorter``.
_REMARK = re.compile(r"\s*(?:[,;:(\n–—]|\s-\s)")
_NUMBER = re.compile(r"([-+]?\d{1,15}(?:[.,]\d{1,15})?)(?:\s*(?:/|out of)\s*(\d{1,9}(?:\.\d{1,9})?))?")


class MalformedError(ValueError):
    """An answer of a judge that holds no verdict; one clause says what is wrong, for the judge to read."""


def yes_or_no(value: Any) -> str:
    """``yes`` or ``no``. Raises MalformedError."""
    for text in _readings(value):
        if text in _YES or text in _NO:
            return "yes" if text in _YES else "no"
    raise MalformedError(f'verdict {shown(value)} is neither "yes" nor "no"')


def side(value: Any) -> str:
    """``A``, ``B`` or ``tie``. Raises MalformedError."""
    for text in _readings(value):
        match = _SIDE.fullmatch(text)
        if match is not None:
            return match[1].upper()
        if text in _TIE:
            return "tie"
    raise MalformedError(f'verdict {shown(value)} is none of "A", "B" and "tie"')


def number(value: Any, highest: float) -> float:
    """A finite number: as such, in digits, in a word, or over the scale's ``highest`` (``4/5``). Raises
    MalformedError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(value)
    for text in _readings(value):
        if text in _NUMBERS:
            return float(_NUMBERS.index(text))
        match = _NUMBER.fullmatch(text)
        if match is not None and match[2] in (None, f"{highest:g}"):
            return float(match[1].replace(",", "."))
    raise MalformedError(f"verdict {shown(value)} is not a number on the scale")


def _finite(value: float) -> float:
    try:
        found = float(value)
    except OverflowError:
        found = float("inf")
    if not isfinite(found):
        raise MalformedError(f"verdict {shown(value)} is not a number on the scale")
    return found


def _readings(value: Any) -> tuple[str, str]:
    """What was written, and what stands before a remark."""
    if not isinstance(value, str):
        text = _plain(value)
        return text, text
    return _plain(value), _plain(_REMARK.split(value, maxsplit=1)[0])


def _plain(value: Any) -> str:
    """A word without marks of emphasis, in small letters; true and false as such."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int):
        raise MalformedError(f"verdict {shown(value)} is not a word")
    text = shown(value, 100) if isinstance(value, int) else value
    return " ".join(text.strip(_MARKS).lower().split()) if len(text) <= 200 else text
