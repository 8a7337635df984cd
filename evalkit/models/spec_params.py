"""Parameters of a spec (``?base_url=…&chat=0``), read and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from evalkit.core.price import READERS as PRICES
from evalkit.core.spec_price import spec_price
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError, did_you_mean

Reader = Callable[[str], Any]


def flag(text: str) -> bool:
    """``1``, ``true``, ``yes`` or ``0``, ``false``, ``no``."""
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError("write 1 or 0")
    return words[text.lower()]


def count(text: str) -> int:
    """A whole number >= 1."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError("write a whole number >= 1")
    return int(text)


def amount(text: str) -> float:
    """A finite number >= 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < inf:
        raise ValueError("write a number >= 0")
    return value


def one_of(*words: str) -> Reader:
    """One of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"write {' or '.join(words)}")
        return text

    return read


def read_params(spec: ModelSpec, known: Mapping[str, Reader]) -> dict[str, Any]:
    """The parameters that ``spec`` gives, read by their readers. Those of its price, which any spec may give,
    are checked and left to ``evalkit.pricing``.

    Raises ModelSpecError on an unknown name (with what is near it) or an unreadable value. A value is never
    repeated in an error for a name that may carry a secret.
    """
    values = {}
    spec_price(spec)
    for name, text in spec.params.items():
        if name in PRICES:
            continue
        if name not in known:
            raise _unknown(spec, name, known)
        try:
            values[name] = known[name](text)
        except ValueError as error:
            raise ModelSpecError(
                f"{spec.provider}/{spec.name}: {name}={text!r} cannot be read", hint=str(error)
            ) from None
    return values


def _unknown(spec: ModelSpec, name: str, known: Mapping[str, Reader]) -> ModelSpecError:
    what = f"{spec.provider}/{spec.name} has no parameter {name!r}"
    if "key" in name.lower() or "token" in name.lower():
        return ModelSpecError(what, hint="keys are read from the environment only: name it with api_key_env")
    if "usd" in name.lower() or "batch" in name.lower():
        return ModelSpecError(what, hint=did_you_mean(name, PRICES))
    return ModelSpecError(what, hint=did_you_mean(name, known) if known else "it takes none")
