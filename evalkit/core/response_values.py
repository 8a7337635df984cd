"""What the fields of a Response may hold: from a provider, a recording, a cache or an import.

A counter that cannot be true says that the answer was not understood, so the whole answer is refused, with
the field and the value: a number that was dropped in silence would be missing from sums and gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

from evalkit.core.canonical import canonical_json
from evalkit.core.response import Response
from evalkit.core.text import shown
from evalkit.errors import ModelError

#: The most tokens that one call can be believed to have used.
MOST_TOKENS = 10**12

#: The largest cost in US dollars, and the longest time in seconds, of one call.
LARGEST = 1e9

#: Seconds since the epoch: the years 1 to 9000, which every calendar in use can show.
EARLIEST_S, LATEST_S = -6.2e10, 2.2e11

_NUMBERS = (float, int)

#: How deep objects and lists may stand in each other.
DEEPEST = 200


def checked(response: Response, n_choices: int | None = None) -> Response:
    """``response``, each value of the type that its field declares.

    What means the same in another type (a list for a tuple, numpy's numbers) is turned into that.

    Args:
        n_choices: choices that were to be ranked, None where none were.

    Raises:
        ModelError: that names the field and the value which cannot be.
    """
    if _is_plain(response):
        if n_choices is not None and response.choice_logprobs is not None:
            _check_lengths(response, n_choices)
        return response
    if response.error is not None:
        raise ModelError(" ".join(str(response.error).split()) or "the model failed and did not say why")
    if not isinstance(response.output, str):
        raise ModelError(f"the answer {_seen(response.output)} is not a text")
    try:
        found = {name: usable(name, getattr(response, name)) for name in READERS}
    except ValueError as error:
        raise ModelError(f"the answer came with impossible values: {error}") from None
    fixed = replace(response, **found)
    if n_choices is not None:
        _check_lengths(fixed, n_choices)
    return fixed


def usable(name: str, value: Any) -> Any:
    """``value`` as the field ``name`` holds it, None staying None. Raises ValueError with field and value."""
    if value is None:
        return None
    try:
        return READERS[name](value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(
            f"{name} {_seen(value)} {error if type(error) is ValueError else 'is unusable'}"
        ) from None


def _is_plain(response: Response) -> bool:
    """Whether nothing is to be turned or refused, as in nearly every answer: told within a microsecond."""
    prompt, completion = response.prompt_tokens, response.completion_tokens
    cost, latency, at = response.cost_usd, response.latency_s, response.created_at
    return (
        type(response.output) is str
        and response.error is None
        and (prompt is None or (type(prompt) is int and 0 <= prompt <= MOST_TOKENS))
        and (completion is None or (type(completion) is int and 0 <= completion <= MOST_TOKENS))
        and (cost is None or (type(cost) in _NUMBERS and 0 <= cost <= LARGEST))
        and (latency is None or (type(latency) in _NUMBERS and 0 <= latency <= LARGEST))
        and (at is None or (type(at) is float and EARLIEST_S <= at <= LATEST_S))
        and (response.finish_reason is None or type(response.finish_reason) is str)
        and (response.model_revision is None or type(response.model_revision) is str)
        and response.contexts is None
        and response.tool_calls is None
        and response.ttft_s is None
        and type(response.is_cached) is bool
        and (response.choice_logprobs is None or _is_plain_ranking(response.choice_logprobs))
        and (response.choice_tokens is None or _are_plain_counts(response.choice_tokens))
    )


def _is_plain_ranking(values: Any) -> bool:
    return type(values) is tuple and all(type(each) is float and each < math.inf for each in values)


def _are_plain_counts(values: Any) -> bool:
    return type(values) is tuple and all(type(n) is int and 0 <= n <= MOST_TOKENS for n in values)


def _check_lengths(response: Response, n_choices: int) -> None:
    for name in ("choice_logprobs", "choice_tokens"):
        values = getattr(response, name)
        if values is not None and len(values) != n_choices:
            raise ModelError(f"the answer came with {len(values)} {name} for {n_choices} choices")


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


def _calls(value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError("is not a list of objects")
    if is_too_deep(canonical_json(value)):
        raise ValueError("is nested too deep")
    return tuple(value)


def _tuple_of(reader: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError("is not a list of numbers")
        return tuple(map(reader, value))

    return read


#: Field -> its value in the type that it declares; raises ValueError.
READERS: Mapping[str, Callable[[Any], Any]] = {
    "finish_reason": _text,
    "model_revision": _text,
    "prompt_tokens": _count,
    "completion_tokens": _count,
    "cost_usd": _amount,
    "latency_s": _amount,
    "ttft_s": _amount,
    "choice_logprobs": _tuple_of(_logprob),
    "is_cached": _flag,
    "created_at": moment,
    "contexts": _texts,
    "tool_calls": _calls,
    "choice_tokens": _tuple_of(_count),
}


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


def _seen(value: Any) -> str:
    try:
        return shown(value, 60)
    except Exception:  # it cannot even be shown: an integer of 5,000 digits, a broken __str__
        return f"of type {type(value).__name__}"
