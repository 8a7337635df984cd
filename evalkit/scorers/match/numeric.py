"""``numeric``: the answer is a number in the output."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.match.engine.number import last_number, read_numbers

#: Targets of fewer digits and nothing else need no closer look.
_MOST_DIGITS = 19
_ROUNDING = 4 * sys.float_info.epsilon


@dataclass(frozen=True)
class Numeric(BaseScorer):
    """1 if the number in the output is within tolerance of the target, else 0.

    How numbers are read: ``engine.number.read_numbers``. The answer is the number as text; an
    output without a number is value 0 with answer None. Raises ScorerError on a target that is neither a
    number nor a text with exactly one number in it.

    Args:
        value: a number, or a list of which any counts, in place of the sample's target.
        which: the ``last`` or the ``first`` number of the output.
        abs_tol: largest accepted |answer - target|, in units of the target.
        rel_tol: largest accepted |answer - target| / |target|; the wider of the two tolerances holds.
        percent: ``ignore`` reads 50 % as 50, ``share`` as 0.5, in output and target alike.
    """

    name = "numeric"
    kind = "binary"
    gives_answer = True

    value: Any = None
    which: Literal["last", "first"] = "last"
    abs_tol: float = 0.0
    rel_tol: float = 0.0
    percent: Literal["ignore", "share"] = "ignore"
    _given: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        if not (self.abs_tol >= 0 and self.rel_tol >= 0):
            raise TaskError(f"scorer {self.name!r}: a tolerance is negative", hint="give tolerances >= 0")
        try:
            given = () if self.value is None else self._targets(self.value)
        except ScorerError as error:
            raise TaskError(f"scorer {self.name!r}: value: {error.what}") from None
        self._set("_given", given)

    def score(self, sample: Sample, response: Response) -> Score:
        targets = self._given or self._targets(sample.target)
        seen = self._read(response.output or "")
        if seen is None:
            return self._wrong(f"no number in {shown(response.output)}")
        answer = number_text(seen)
        if any(is_close(seen, target, self.abs_tol, self.rel_tol) for target in targets):
            return Score(self.name, 1.0, answer)
        return self._wrong(f"expected {' or '.join(map(number_text, targets))}, got {answer}", answer)

    def _read(self, output: str) -> float | None:
        is_share = self.percent == "share"
        if self.which == "last":
            return last_number(output, percent_is_share=is_share)
        return next(read_numbers(output, percent_is_share=is_share), None)

    def _targets(self, target: Any) -> tuple[float, ...]:
        entries = target if isinstance(target, list | tuple) else (target,)
        if not entries:
            raise ScorerError("the target is an empty list")
        return tuple(self._target(entry) for entry in entries)

    def _target(self, target: Any) -> float:
        if isinstance(target, int | float) and not isinstance(target, bool) and math.isfinite(target):
            return target
        if isinstance(target, str):
            if target.isdecimal() and len(target) < _MOST_DIGITS:
                return int(target)
            numbers = list(read_numbers(target, percent_is_share=self.percent == "share"))
            if len(numbers) == 1:
                return numbers[0]
        raise ScorerError(
            f"target {shown(target)} is not a number", hint="give each sample one number as its target"
        )


def is_close(seen: float, target: float, abs_tol: float, rel_tol: float) -> bool:
    """Whether two numbers are equal, or apart by at most the wider of both tolerances.

    A tolerance forgives rounding too: 3.15 is within 0.01 of 3.14.
    """
    if seen == target:
        return True
    try:
        tolerance = max(abs_tol, rel_tol * abs(target))
        return tolerance > 0 and abs(seen - target) <= tolerance + _ROUNDING * abs(target)
    except OverflowError:
        return False


def number_text(value: float) -> str:
    """A number as text that reads back to the same number; ``5`` and not ``5.0`` for whole floats."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
