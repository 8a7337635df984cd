"""The ``?key=value`` part of a model spec, read one by one; what nobody reads is an error."""

from __future__ import annotations

import math

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError, did_you_mean

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Parameters:
    """Typed access to a spec's parameters. Call ``finish`` when all known ones were read."""

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._known: list[str] = []

    def text(self, key: str) -> str | None:
        """The value as typed, or None when it was not given."""
        self._known.append(key)
        return self._spec.params.get(key)

    def number(self, key: str, *, low: float = 0.0) -> float | None:
        """A finite number >= ``low``, or None. Raises ModelSpecError."""
        text = self.text(key)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value < math.inf:
            raise self._error(key, text, f"a number >= {low:g}")
        return value

    def whole(self, key: str, *, low: int = 0) -> int | None:
        """A whole number >= ``low``, or None. Raises ModelSpecError."""
        value = self.number(key, low=low)
        if value is None:
            return None
        if value != int(value):
            raise self._error(key, self._spec.params[key], "a whole number")
        return int(value)

    def flag(self, key: str) -> bool | None:
        """``1`` or ``0`` (true/false, yes/no), or None. Raises ModelSpecError."""
        text = self.text(key)
        if text is None:
            return None
        if text.lower() not in _FLAGS:
            raise self._error(key, text, "1 or 0")
        return _FLAGS[text.lower()]

    def finish(self) -> None:
        """Raise ModelSpecError on the first parameter that nobody asked for."""
        for key in self._spec.params:
            if key not in self._known:
                raise ModelSpecError(
                    f"unknown parameter {key!r}",
                    where=self._spec.text,
                    mend=did_you_mean(key, self._known) if self._known else "it takes no parameters",
                )

    def _error(self, key: str, text: str, wanted: str) -> ModelSpecError:
        return ModelSpecError(f"{key}={text!r} is not {wanted}", where=self._spec.text)
