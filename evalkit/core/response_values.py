"""What the fields of a Response may hold: from a provider, a recording, a cache or an import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from evalkit.core.compiled import compiled
from evalkit.core.response import GIVEN, KINDS, Response
from evalkit.core.response_kinds import NAMES
from evalkit.core.text import shown
from evalkit.errors import ModelError

#: Field -> its value in the type that it declares; raises ValueError.
READERS: Mapping[str, Callable[[Any], Any]] = {name: KINDS[name].read for name in GIVEN}


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


def _plain_test() -> Callable[[Response], bool]:
    """Whether nothing is to be turned or refused, as in nearly every answer: told within a microsecond."""
    tests = [
        f"((value := response.{name}) is None or ({KINDS[name].is_plain}))"
        for name in GIVEN
        if name != "is_cached"
    ]
    plain = ["type(response.output) is str", "response.error is None", "type(response.is_cached) is bool"]
    source = f"def is_plain(response): return {' and '.join([*plain, *tests])}"
    found: Callable[[Response], bool] = compiled("is_plain", source, NAMES)
    return found


_is_plain = _plain_test()


def _check_lengths(response: Response, n_choices: int) -> None:
    for name in ("choice_logprobs", "choice_tokens"):
        values = getattr(response, name)
        if values is not None and len(values) != n_choices:
            raise ModelError(f"the answer came with {len(values)} {name} for {n_choices} choices")


def _seen(value: Any) -> str:
    try:
        return shown(value, 60)
    except Exception:  # it cannot even be shown: an integer of 5,000 digits, a broken __str__
        return f"of type {type(value).__name__}"
