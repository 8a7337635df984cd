"""Parameters of one instruction, read with the type that they must have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.text import shown
from evalkit.errors import ScorerError


class Parameters:
    """The keyword arguments of one instruction. A value of None counts as absent, as the Hub's table has it.

    Every reader raises ScorerError when the parameter is absent or has the wrong type: the reference draws
    a random value then, so that its verdict changes from run to run.
    """

    def __init__(self, instruction: str, values: Mapping[str, Any]) -> None:
        self._instruction = instruction
        self._values = values

    def number(self, name: str) -> int:
        """A whole number (3.0 counts as 3)."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self._wrong(name, value, "a whole number")
        return int(value)

    def text(self, name: str) -> str:
        """A text that is more than white space, stripped."""
        value = self._get(name)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, value, "a text")
        return value.strip()

    def texts(self, name: str) -> Sequence[str]:
        """A list of at least one text."""
        value = self._get(name)
        if not isinstance(value, list | tuple) or not value or not all(isinstance(v, str) for v in value):
            raise self._wrong(name, value, "a list of texts")
        return value

    def compares(self, n: int, limit: str, relation: str) -> bool:
        """Whether ``n`` is "less than" or "at least" the parameter ``limit``, as ``relation`` says."""
        wanted = self.number(limit)
        word = self.text(relation)
        if word == "less than":
            return n < wanted
        if word == "at least":
            return n >= wanted
        raise self._wrong(relation, word, "'less than' or 'at least'")

    def _get(self, name: str) -> Any:
        value = self._values.get(name)
        if value is None:
            raise ScorerError(f"instruction {self._instruction} has no parameter {name!r}")
        return value

    def _wrong(self, name: str, value: Any, wanted: str) -> ScorerError:
        return ScorerError(f"instruction {self._instruction}: {name} {shown(value)} is not {wanted}")
