"""The kinds of value that a field of a Response may hold: how each is checked, kept and read back.

A counter that cannot be true says that the answer was not understood, so the whole answer is refused: a
number that was dropped in silence would be missing from sums and gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

from evalkit.core.canonical import canonical_json
from evalkit.core.frozen import frozen
from evalkit.core.message import Message
from evalkit.core.message_json import message_object, message_of

#: The most tokens that one call can be believed to have used.
MOST_TOKENS = 10**12

#: The largest cost in US dollars, and the longest time in seconds, of one call.
LARGEST = 1e9

#: Seconds since the epoch: the years 1 to 9000, which every calendar in use can show.
EARLIEST_S, LATEST_S = -6.2e10, 2.2e11

#: How deep objects and lists may stand in each other.
DEEPEST = 200

_NUMBERS = (float, int)


@frozen(slots=True)
class ValueKind:
    """One kind of value.

    Attributes:
        sql: type of its column.
        read: the value in the type that the field declares; raises ValueError. Never called with None.
        is_plain: Python over ``value`` that says whether ``read`` would change nothing: it is compiled, as it
            is asked for every answer. Without, every value is read.
        pack: what JSON and a row can carry of it; None where that is the value itself.
        unpack: the value out of JSON; None where that is the value itself.
    """

    sql: str
    read: Callable[[Any], Any]
    is_plain: str = "False"
    pack: Callable[[Any], Any] | None = None
    unpack: Callable[[Any], Any] | None = None

    @property
    def is_json(self) -> bool:
        """Whether a column of text holds its JSON."""
        return self.sql == "JSON"


def _count(value: Any) -> int:
    is_whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not is_whole or not 0 <= value <= MOST_TOKENS:
        raise ValueError("is not a whole number from 0 to 10^12")
    return int(value)


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= LARGEST:
        raise ValueError("is not a number from 0 to 10^9")
    return float(value)


def moment(value: Any) -> float:
    """Seconds since the epoch as a calendar can show them. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, Real) or not EARLIEST_S <= float(value) <= LATEST_S:
        raise ValueError("is not a time in seconds since 1970")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def _logprob(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or math.isnan(value) or value == math.inf:
        raise ValueError("is not a list of log-probabilities")
    return float(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError("is not a list of texts")
    return tuple(value)


def _objects(value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError("is not a list of objects")
    if is_too_deep(canonical_json(value)):
        raise ValueError("is nested too deeply")
    return tuple(value)


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("is not a list of messages")
    found = tuple(map(message_of, value))
    if is_too_deep(canonical_json(_message_objects(found))):
        raise ValueError("is nested too deeply")
    return found


def _message_objects(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    return list(map(message_object, messages))


def _messages_of(values: Any) -> tuple[Message, ...]:
    return tuple(map(message_of, values))


def _tuple_of(reader: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError("is not a list of numbers")
        return tuple(map(reader, value))

    return read


def _logprobs_of(values: Any) -> tuple[float, ...]:
    """JSON has no infinity: it was written as null."""
    return tuple(-math.inf if value is None else value for value in values)


def _is_plain_ranking(values: Any) -> bool:
    return type(values) is tuple and all(type(each) is float and each < math.inf for each in values)


def _are_plain_counts(values: Any) -> bool:
    return type(values) is tuple and all(type(n) is int and 0 <= n <= MOST_TOKENS for n in values)


#: What the Python of ``is_plain`` may name.
NAMES: Mapping[str, Any] = {
    "MOST_TOKENS": MOST_TOKENS,
    "LARGEST": LARGEST,
    "EARLIEST_S": EARLIEST_S,
    "LATEST_S": LATEST_S,
    "NUMBERS": _NUMBERS,
    "is_plain_ranking": _is_plain_ranking,
    "are_plain_counts": _are_plain_counts,
}

TEXT = ValueKind("VARCHAR", _text, "type(value) is str")
COUNT = ValueKind("BIGINT", _count, "type(value) is int and 0 <= value <= MOST_TOKENS")
AMOUNT = ValueKind("DOUBLE", _amount, "type(value) in NUMBERS and 0 <= value <= LARGEST")
MOMENT = ValueKind("TIMESTAMP", moment, "type(value) is float and EARLIEST_S <= value <= LATEST_S")
FLAG = ValueKind("BOOLEAN", _flag, "type(value) is bool")
LOGPROBS = ValueKind("DOUBLE[]", _tuple_of(_logprob), "is_plain_ranking(value)", unpack=_logprobs_of)
COUNTS = ValueKind("BIGINT[]", _tuple_of(_count), "are_plain_counts(value)", unpack=tuple)
TEXTS = ValueKind("VARCHAR[]", _texts, unpack=tuple)
OBJECTS = ValueKind("JSON", _objects, unpack=tuple)
MESSAGES = ValueKind("JSON", _messages, pack=_message_objects, unpack=_messages_of)


def is_too_deep(text: bytes) -> bool:
    """Whether JSON holds objects and lists more than ``DEEPEST`` deep: what reads it would give up."""
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return False
    depth = deepest = 0
    is_inside = is_escaped = False
    for byte in text:
        if is_inside:
            is_inside = is_escaped or byte != 0x22
            is_escaped = byte == 0x5C and not is_escaped
        elif byte == 0x22:
            is_inside = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest > DEEPEST
