"""One thing that a judge decides of an answer: whether a statement holds, or a grade on a scale."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.text import shown
from evalkit.errors import TaskError, did_you_mean
from evalkit.scorers.judge.engine.scale import MOST_RANKED, Scale, grade_text, read_scale
from evalkit.scorers.judge.engine.words import yes_or_no

_KEYS = ("rubric", "scale", "levels")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,63}")
#: Name of the value that is made of all criteria.
OVERALL = "overall"


@frozen(slots=True)
class Criterion:
    """A statement or a rubric, and what may be said of it.

    Attributes:
        name: of one among several; empty where it is the only one.
        rubric: what the author wrote; may be a template over the row.
        scale: its grades; None where it is decided by yes or no.
    """

    name: str
    rubric: str
    scale: Scale | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return (0.0, 1.0) if self.scale is None else (self.scale.low, self.scale.high)

    @property
    def words(self) -> str:
        """What a verdict may be, for a judge to read."""
        return '"yes" or "no"' if self.scale is None else self.scale.words

    @property
    def verdicts(self) -> tuple[str, ...]:
        """Every verdict in its normal form."""
        return ("yes", "no") if self.scale is None else tuple(map(grade_text, self.scale.grades))

    @property
    def verdict_schema(self) -> dict[str, Any]:
        """A verdict in JSON Schema."""
        if self.scale is None:
            return {"type": "string", "enum": ["yes", "no"]}
        grades: list[float] = list(self.scale.grades)
        if self.scale.is_whole:
            return {"type": "integer", "enum": [int(grade) for grade in grades]}
        return {"type": "number", "enum": grades}

    def read(self, written: Any) -> tuple[str, float]:
        """The verdict that a judge wrote in its normal form, and its value. Raises MalformedError."""
        if self.scale is None:
            verdict = yes_or_no(written)
            return verdict, float(verdict == "yes")
        grade = self.scale.grade_of(written)
        return grade_text(grade), grade

    def share(self, value: float) -> float:
        """A value of its scale in 0..1."""
        return value if self.scale is None else self.scale.share(value)


def read_criteria(criteria: Mapping[str, Any], ends: Sequence[float], label: str) -> tuple[Criterion, ...]:
    """``{name: rubric}`` or ``{name: {rubric, scale, levels}}``.

    Args:
        ends: the scale of those that bring none.
        label: names the scorer in errors.

    Raises TaskError.
    """
    if not criteria:
        raise TaskError(f"{label}: criteria is empty", hint="write criteria: {clear: …, complete: …}")
    found = tuple(_criterion(name, value, ends, label) for name, value in criteria.items())
    names = [each.name.lower() for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        what = f"{label}: two criteria are called {twice!r} in small letters, which judges mix up"
        raise TaskError(what, hint="rename one")
    return found


def _criterion(name: Any, value: Any, ends: Sequence[float], label: str) -> Criterion:
    where = f"{label}: criterion {shown(name)}"
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TaskError(f"{where} cannot be a name", hint="write a word of letters, digits, '_' and '-'")
    if name.lower() == OVERALL:
        raise TaskError(f"{where} is the name of the mean of all criteria", hint="call it otherwise")
    if not isinstance(value, Mapping):
        value = {"rubric": value}
    for key in value:
        if key not in _KEYS:
            raise TaskError(f"{where} has no key {shown(key)}", hint=did_you_mean(str(key), _KEYS))
    rubric, scale, levels = (value.get(key) for key in _KEYS)
    if not isinstance(rubric, str) or not rubric.strip():
        hint = f"write {name}: TEXT, or {name}: {{rubric: TEXT, scale: [1, 5]}}"
        raise TaskError(f"{where}: rubric {shown(rubric)} is not a text", hint=hint)
    if levels is not None and not isinstance(levels, Mapping):
        raise TaskError(f"{where}: levels {shown(levels)} is not a mapping")
    given = _numbers(scale, where) if scale is not None else () if levels else ends
    return Criterion(name, rubric.strip(), read_scale(given, levels, where))


def _numbers(scale: Any, where: str) -> tuple[float, ...]:
    is_list = isinstance(scale, list | tuple)
    if not is_list or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in scale):
        raise TaskError(f"{where}: scale {shown(scale)} is not a list of numbers", hint="write [1, 5]")
    return tuple(map(float, scale))


def check_rankable(criteria: Sequence[Criterion], label: str) -> None:
    """Raises TaskError where a scale has more grades than choices are ranked."""
    for each in criteria:
        if each.scale is not None and each.scale.n_grades > MOST_RANKED:
            what = f"{label}: decide: rank ranks every grade, and the scale has {each.scale.n_grades}"
            raise TaskError(what, hint=f"give it at most {MOST_RANKED}, or write decide: generate")
