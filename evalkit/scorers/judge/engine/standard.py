"""The author's rubric as a judge reads it."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.scorers.judge.engine.criterion import Criterion
from evalkit.scorers.judge.engine.scale import Scale, grade_text


def standard_of_one(criterion: Criterion, rubric: str) -> str:
    """The standard of a single verdict. ``rubric`` is the criterion's with the row's fields in it."""
    if criterion.scale is None:
        return (
            f"The statement to decide:\n{rubric}\n\n"
            "The verdict is yes where the statement holds for the answer, and no where it does not or where"
            " the material does not show it."
        )
    return f"The standard:\n{rubric}\n\n{_grades(criterion.scale)}"


def standard_of_each(criteria: Sequence[Criterion], rubrics: Sequence[str]) -> str:
    """The standards of several verdicts, each by its name."""
    parts = ["The criteria, each to be judged by itself, whatever the others came to:"]
    for criterion, rubric in zip(criteria, rubrics, strict=True):
        how = "Verdict: yes or no." if criterion.scale is None else _grades(criterion.scale)
        parts.append(f"{criterion.name}: {rubric}\n{how}")
    return "\n\n".join(parts)


def standard_of_two(rubric: str) -> str:
    """The standard of a comparison."""
    return (
        f"The standard:\n{rubric}\n\n"
        "The verdict is A or B, whichever meets the standard better, or tie where neither does."
    )


def _grades(scale: Scale) -> str:
    lines = [f"Grades: {scale.words}; {scale.low:g} is the worst, {scale.high:g} the best."]
    lines += [f"{grade_text(grade)}: {text}" for grade, text in scale.levels]
    return "\n".join(lines)
