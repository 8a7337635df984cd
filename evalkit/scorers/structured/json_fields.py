"""``json_fields``: the share of expected fields that the output's JSON object has right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.match.numeric import is_close
from evalkit.scorers.structured.engine.json_text import read_json

_MISSING = object()


@dataclass(frozen=True)
class JsonFields(BaseScorer):
    """Share in 0..1 of the target's fields that the output's JSON object has with the same value.

    The explanation names the wrong ones. Output that is not a JSON object is value 0; fields that the target
    does not have are passed over. A field that is absent is not one that is null, a text is not a number,
    and true is not 1. The answer is the JSON text.

    Raises ScorerError on a target that is not a mapping (or JSON text of one), or lacks one of ``fields``.

    Args:
        value: the expected fields, in place of the sample's target.
        fields: names of the fields that count, all of the target's by default.
        abs_tol: largest accepted |seen - expected| of numbers, nested ones included.
        rel_tol: the same as a share of |expected|; the wider of the two tolerances holds.
        ignore_case: compare texts without regard to case and to white space at their ends.
    """

    name = "json_fields"
    kind = "graded"
    gives_answer = False

    value: Mapping[str, Any] | None = None
    fields: tuple[str, ...] = ()
    abs_tol: float = 0.0
    rel_tol: float = 0.0
    ignore_case: bool = False

    def _prepare(self) -> None:
        if not (self.abs_tol >= 0 and self.rel_tol >= 0):
            raise TaskError(f"scorer {self.name!r}: a tolerance is negative", hint="give tolerances >= 0")
        if self.value is not None and not self.value:
            raise TaskError(f"scorer {self.name!r}: value has no fields", hint="give a mapping of fields")

    def score(self, sample: Sample, response: Response) -> Score:
        expected = self._expected(sample)
        try:
            document, text = read_json(response.output or "")
        except ValueError as error:
            return self._wrong(f"{shown(response.output)} {error}")
        if not isinstance(document, Mapping):
            return self._wrong(f"{shown(text)} is JSON, but no object", text)
        problems = [
            _problem(key, value, document.get(key, _MISSING))
            for key, value in expected.items()
            if not self._is_same(document.get(key, _MISSING), value)
        ]
        explanation = "; ".join(problems) or None
        return Score(self.name, 1 - len(problems) / len(expected), text, explanation)

    def _expected(self, sample: Sample) -> Mapping[str, Any]:
        target = sample.target if self.value is None else self.value
        if isinstance(target, str):
            try:
                target, _ = read_json(target)
            except ValueError as error:
                raise ScorerError(f"target {shown(target)} {error}") from None
        if not isinstance(target, Mapping) or not target:
            raise ScorerError(f"target {shown(target)} has no fields", hint="give a mapping of fields")
        absent = [key for key in self.fields if key not in target]
        if absent:
            raise ScorerError(f"the target has no field {absent[0]!r}")
        return {key: target[key] for key in self.fields} if self.fields else target

    def _is_same(self, seen: Any, expected: Any) -> bool:
        if isinstance(expected, str) and isinstance(seen, str):
            return seen == expected or (self.ignore_case and seen.strip().lower() == expected.strip().lower())
        if _is_number(expected) and _is_number(seen):
            return is_close(seen, expected, self.abs_tol, self.rel_tol)
        if isinstance(expected, Mapping) and isinstance(seen, Mapping):
            return seen.keys() == expected.keys() and all(
                self._is_same(seen[key], expected[key]) for key in expected
            )
        if isinstance(expected, list | tuple) and isinstance(seen, list):
            return len(seen) == len(expected) and all(map(self._is_same, seen, expected))
        return type(seen) is type(expected) and bool(seen == expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _problem(key: str, expected: Any, seen: Any) -> str:
    if seen is _MISSING:
        return f"{key} is missing (expected {shown(expected)})"
    return f"{key} is {shown(seen)} (expected {shown(expected)})"
