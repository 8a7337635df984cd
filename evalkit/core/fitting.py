"""Whether a value fits a type annotation, and what would fit, in words."""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, Union, runtime_checkable

from evalkit.core.frozen import frozen
from evalkit.core.text import text_of

#: Bits of whole numbers that fit into a float.
_MOST_BITS = 1023
_WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Mapping: "a mapping",
}


@runtime_checkable
class Constraint(Protocol):
    """What a value must satisfy beside its type; stands behind the type in ``Annotated``."""

    def admits(self, value: Any) -> bool:
        """Whether a value of the right type will do."""
        ...

    def words_for(self, words: str) -> str:
        """What would fit, from the words for the type."""
        ...

    @property
    def keywords(self) -> Mapping[str, Any]:
        """The same in JSON Schema."""
        ...


@frozen(slots=True)
class Bounds:
    """``Annotated[int, Bounds(at_least=1)]``: a number between two others.

    Args:
        words: what would fit, where "a whole number >= 1" does not say it.
    """

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    words: str | None = None

    def admits(self, value: Any) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def words_for(self, words: str) -> str:
        ends = ((">=", self.at_least), (">", self.above), ("<=", self.at_most), ("<", self.below))
        texts = [f"{sign} {end:g}" for sign, end in ends if end is not None]
        return self.words or f"{words} {' and '.join(texts)}"

    @property
    def keywords(self) -> Mapping[str, Any]:
        values = {
            "minimum": self.at_least,
            "exclusiveMinimum": self.above,
            "maximum": self.at_most,
            "exclusiveMaximum": self.below,
        }
        return {key: value for key, value in values.items() if value is not None and math.isfinite(value)}


@frozen(slots=True)
class Pattern:
    """``Annotated[str, Pattern(r"\\S", "a text that is not empty")]``: a text in which a pattern is found.

    Args:
        regex: a pattern that Python and ECMAScript read alike, as editors check it.
    """

    regex: str
    words: str

    def admits(self, value: Any) -> bool:
        return re.search(self.regex, value) is not None

    def words_for(self, words: str) -> str:
        return self.words

    @property
    def keywords(self) -> Mapping[str, Any]:
        return {"pattern": self.regex}


@frozen(slots=True)
class Words:
    """What would fit, said better than the type says it; every value of the type will do."""

    words: str

    def admits(self, value: Any) -> bool:
        return True

    def words_for(self, words: str) -> str:
        return self.words

    @property
    def keywords(self) -> Mapping[str, Any]:
        return {}


@frozen(slots=True)
class Checked:
    """What is checked elsewhere, with words of its own, for editors."""

    keywords: Mapping[str, Any]

    def admits(self, value: Any) -> bool:
        return True

    def words_for(self, words: str) -> str:
        return words


#: A text with a character that is not white space.
NOT_BLANK = Pattern(r"\S", "a text")
#: A text with any character at all.
NOT_EMPTY = Pattern(r"[\s\S]", "a text")
#: A number in 0..1.
SHARE = Bounds(at_least=0, at_most=1, words="a share in 0..1")


def fit_value(value: Any, hint: Any) -> Any:
    """``value`` as the annotation ``hint`` has it: lists become tuples, a text where several may stand one
    of one, whole numbers floats. Raises ValueError that says what would fit."""
    origin = typing.get_origin(hint)
    if hint is Any:
        return value
    if origin is Annotated:
        return _fit_constrained(value, *typing.get_args(hint))
    if origin is Literal:
        return _fit_literal(value, typing.get_args(hint))
    if origin in (Union, types.UnionType):
        return _fit_union(value, typing.get_args(hint))
    if origin is tuple:
        return _fit_tuple(value, typing.get_args(hint)[0])
    expected = Mapping if origin is not None and issubclass(origin, Mapping) else hint
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if expected is float and is_number:
        return _fit_float(value)
    if not isinstance(value, expected) or (expected is int and not is_number):
        raise ValueError(_WORDS.get(expected, str(expected)))
    return value


def _fit_constrained(value: Any, hint: Any, *constraints: Any) -> Any:
    known = [each for each in constraints if isinstance(each, Constraint)]
    try:
        fitted, words = fit_value(value, hint), None
    except ValueError as error:
        fitted, words = None, str(error)
    if words is None and (fitted is None or all(each.admits(fitted) for each in known)):
        return fitted
    words = words or _WORDS.get(hint, "a value")
    for each in known:
        words = each.words_for(words)
    raise ValueError(words)


def _fit_float(value: int | float) -> float:
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise ValueError("a number that a float can hold")
    if math.isnan(value):  # it compares with nothing, so it would judge everything alike
        raise ValueError("a number")
    return float(value)


def _fit_literal(value: Any, options: Sequence[Any]) -> Any:
    if value not in options:
        raise ValueError("one of " + ", ".join(text_of(option) for option in options))
    return value


def _fit_union(value: Any, members: Sequence[Any]) -> Any:
    if value is None and type(None) in members:
        return None
    words = []
    for member in members:
        if member is not type(None):
            try:
                return fit_value(value, member)
            except ValueError as error:
                words.append(str(error))
    raise ValueError(" or ".join(words))


def _fit_tuple(value: Any, member: Any) -> tuple[Any, ...]:
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, list | tuple):
        raise ValueError("a list")
    try:
        return tuple(fit_value(entry, member) for entry in value)
    except ValueError as error:
        raise ValueError(f"a list of which each entry is {error}") from None
