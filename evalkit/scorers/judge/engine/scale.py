"""The grades that a rubric has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.text import shown
from evalkit.errors import TaskError
from evalkit.scorers.judge.engine.words import MalformedError, number

#: Grades that a scale may have, and those that may be ranked as choices.
MOST_GRADES = 101
MOST_RANKED = 20


@frozen(slots=True)
class Scale:
    """Grades from ``low`` to ``high``, ``step`` apart.

    Attributes:
        levels: grades that are described -> what they mean.
    """

    low: float
    high: float
    step: float = 1.0
    levels: tuple[tuple[float, str], ...] = ()

    @property
    def grades(self) -> tuple[float, ...]:
        """All of them, the lowest first."""
        return tuple(round(self.low + i * self.step, 9) for i in range(self.n_grades))

    @property
    def n_grades(self) -> int:
        """How many there are, >= 2."""
        return round((self.high - self.low) / self.step) + 1

    @property
    def words(self) -> str:
        """``1, 2, 3, 4 or 5``; of a long scale ``a number from 0 to 100 in steps of 5``."""
        if self.n_grades > 11:
            steps = "" if self.step == 1 else f" in steps of {self.step:g}"
            kind = "whole number" if self.is_whole and self.step == 1 else "number"
            return f"a {kind} from {self.low:g} to {self.high:g}{steps}"
        *first, last = map(grade_text, self.grades)
        return f"{', '.join(first)} or {last}"

    @property
    def is_whole(self) -> bool:
        """Whether every grade is a whole number."""
        return all(grade.is_integer() for grade in self.grades)

    def grade_of(self, value: Any) -> float:
        """The grade that a judge wrote. Raises MalformedError on another number."""
        seen = number(value, self.high)
        near = min(self.grades, key=lambda grade: abs(grade - seen))
        if abs(near - seen) > 1e-6:
            raise MalformedError(f"verdict {shown(value)} is not {self.words}")
        return near

    def share(self, grade: float) -> float:
        """Where a grade lies between the lowest, 0, and the highest, 1."""
        return (grade - self.low) / (self.high - self.low)


def grade_text(grade: float) -> str:
    """``4``, ``3.5``."""
    return f"{grade:g}"


def read_scale(ends: Sequence[float], levels: Mapping[Any, Any] | None, where: str) -> Scale | None:
    """The scale of ``[low, high]`` or ``[low, high, step]``, or of the levels that are described; None where
    there is neither. Raises TaskError, ``where`` saying whose it is."""
    described = _levels(levels or {}, where)
    if not ends and not described:
        return None
    if not ends and len(described) == 1:
        what = f"{where}: one level alone is not a scale"
        raise TaskError(what, hint="describe the others, or give a scale")
    if not ends:
        grades = sorted(grade for grade, _ in described)
        ends = (grades[0], grades[-1])
    scale = _scale(ends, described, where)
    for grade, _ in described:
        if all(abs(grade - each) > 1e-6 for each in scale.grades):
            what = f"{where}: level {grade:g} is not on the scale, which has {scale.words}"
            raise TaskError(what, hint="describe grades of the scale, or widen it")
    return scale


def _scale(ends: Sequence[float], levels: tuple[tuple[float, str], ...], where: str) -> Scale:
    hint = "write the lowest and the highest grade, scale: [1, 5], or with a step: [0, 1, 0.1]"
    if len(ends) not in (2, 3):
        raise TaskError(f"{where}: scale {shown(list(ends))} is not two or three numbers", hint=hint)
    low, high, step = (*ends, 1.0)[:3]
    if not (abs(low) < 1e9 and abs(high) < 1e9 and low < high and 0 < step <= high - low):
        raise TaskError(f"{where}: scale {shown(list(ends))} has no two grades", hint=hint)
    n_steps = (high - low) / step
    if abs(n_steps - round(n_steps)) > 1e-6:
        what = f"{where}: steps of {step:g} from {low:g} do not reach {high:g}"
        raise TaskError(what, hint=hint)
    if n_steps + 1 > MOST_GRADES:
        what = f"{where}: a scale of {round(n_steps) + 1:,} grades is finer than a judge tells apart"
        raise TaskError(what, hint=f"give it at most {MOST_GRADES}")
    return Scale(low, high, step, levels)


def _levels(levels: Mapping[Any, Any], where: str) -> tuple[tuple[float, str], ...]:
    found: dict[float, str] = {}
    for key, text in levels.items():
        try:
            grade = number(key, float("nan"))
        except MalformedError:
            hint = "write a grade and what it means: levels: {1: rude, 5: polite}"
            raise TaskError(f"{where}: level {shown(key)} is not a grade", hint=hint) from None
        if not isinstance(text, str) or not text.strip():
            raise TaskError(f"{where}: level {shown(key)} has no description", hint="describe it in words")
        found[grade] = text.strip()
    return tuple(sorted(found.items()))
