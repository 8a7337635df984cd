"""Numbers in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Starts with a set of characters, so that the engine skips everything else at the speed of C.
_NUMBER = re.compile(
    r"([0-9](?:[0-9]{0,2}(?:[,'’_\u00a0\u2009\u202f][0-9]{3})+(?![0-9])|[0-9]*))"
    r"(\.[0-9]+)?"
    r"(?:[eE]([-+]?[0-9]{1,4}))?"
    r"(?:\s?(?:[x×*·]|\\times)\s?10(?:\^|\*\*)\{?([-+−]?[0-9]{1,4})\}?)?"
    r"(\s?%)?"
)
_SEPARATORS = str.maketrans("", "", ",'’_\u00a0\u2009\u202f")
_MINUS = frozenset("-−–")
_CURRENCY = frozenset("$€£¥₹")
_CODES = frozenset({"AUD", "CAD", "CHF", "CNY", "EUR", "GBP", "INR", "JPY", "USD"})
#: A minus after one of these (or after a letter or digit) is a subtraction, a range or a hyphen.
_CLOSING = frozenset(")]}%_") | _MINUS
#: Longer runs of digits become floats: the interpreter refuses to read very long whole numbers.
_MOST_EXACT_DIGITS = 300


def read_numbers(text: str, *, percent_is_share: bool = False) -> Iterator[int | float]:
    """Every number of a text in order; whole numbers without exponent are exact.

    Read are signs, a decimal point, exponents (``1e5``, ``3 × 10^8``), currency signs and codes
    (``-$5``, ``USD100``) and commas, apostrophes, underscores and thin or fixed spaces between groups of
    three digits (``1,234,567``). Digits that continue a word (``x2``, ``GPT4``) or a version (``1.2.3``)
    are no number of their own. A decimal comma, plain spaces between groups and fractions are not
    read: ``1,5`` and ``3/4`` are two numbers each.

    Args:
        percent_is_share: read ``50 %`` as 0.5; otherwise the sign is passed over and it is 50.
    """
    for match in _NUMBER.finditer(text):
        number = _number(text, match, percent_is_share)
        if number is not None:
            yield number


def last_number(text: str, *, percent_is_share: bool = False) -> int | float | None:
    """The last of ``read_numbers``, or None."""
    for match in reversed(list(_NUMBER.finditer(text))):
        number = _number(text, match, percent_is_share)
        if number is not None:
            return number
    return None


def _number(text: str, match: re.Match[str], percent_is_share: bool) -> int | float | None:
    start = match.start()
    point = ""
    before = text[start - 1 : start]
    if before == "." and text[start - 2 : start - 1] != ".":
        point = "."
        start -= 1
        before = text[start - 1 : start]
    if before in _CURRENCY:
        start -= 1
    elif (before.isalnum() or before == "_") and text[max(start - 3, 0) : start] not in _CODES:
        return None
    whole, fraction, exponent, power, percent = match.groups()
    if point and fraction:
        return None
    value = _value(point, whole, fraction, exponent, power)
    if percent and percent_is_share:
        value /= 100
    return -value if _is_negative(text, start) else value


def _is_negative(text: str, start: int) -> bool:
    if text[start - 1 : start] not in _MINUS:
        return False
    ahead = text[start - 2 : start - 1]
    return not (ahead.isalnum() or ahead in _CLOSING)


def _value(
    point: str, whole: str, fraction: str | None, exponent: str | None, power: str | None
) -> int | float:
    digits = whole if whole.isdigit() else whole.translate(_SEPARATORS)
    if not (exponent or power):
        if fraction or point or len(digits) > _MOST_EXACT_DIGITS:
            return float(f"{point}{digits}{fraction or ''}")
        return int(digits)
    shift = int(exponent or 0) + int((power or "0").replace("−", "-"))
    return float(f"{point}{digits}{fraction or ''}e{shift}")
