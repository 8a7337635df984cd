"""What people give by a rubric: numbers on its scale, of the whole or of one criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.core.text import shown
from evalkit.errors import MetricError, TaskError, did_you_mean
from evalkit.metrics.human.engine.questions import of_question, reviewed

#: That of ``evalkit review --kind rubric``.
DEFAULT_SCALE = (1.0, 5.0)


def checked_scale(scale: tuple[float, ...], metric: str) -> tuple[float, float]:
    """Raises TaskError where it is none."""
    if len(scale) != 2 or not scale[0] < scale[1]:
        what = f"metric {metric!r}: scale {shown(list(scale))} is not the lowest and the highest number"
        raise TaskError(what, hint="write two numbers: scale: [1, 5]")
    return scale[0], scale[1]


def graded_labels(
    observations: Observations,
    scale: tuple[float, float],
    criterion: str | None,
    question: str | None,
    metric: str,
) -> Sequence[Label]:
    """What people gave by a rubric. Raises MetricError where several questions are left, people gave numbers
    on another scale, or none for the criterion."""
    labels = [each for each in reviewed(observations).labels if each.kind == "rubric"]
    labels = of_question(labels, question, metric)
    for each in labels:
        if each.scale is not None and each.scale != scale:
            raise _unlike(f"people were asked on a scale of {_text(each.scale)}", scale, each.scale, metric)
    if criterion is not None:
        labels = [_of(each, criterion) for each in labels]
    for each in labels:
        if not scale[0] <= each.value <= scale[1]:
            raise _unlike(f"{each.reviewer} gave {each.value:g}", scale, None, metric)
    return labels


def _of(label: Label, criterion: str) -> Label:
    values = label.values or {}
    if criterion not in values:
        what = f"the reviews say nothing of {criterion!r}"
        raise MetricError(what, hint=_near(criterion, values))
    return replace(label, value=values[criterion])


def _near(criterion: str, known: Mapping[str, float]) -> str:
    """Labels of one number have no criteria."""
    if not known:
        return "review by a rubric file with that criterion: --rubric=FILE"
    return did_you_mean(criterion, known)


def _unlike(
    what: str, scale: tuple[float, float], asked: tuple[float, float] | None, metric: str
) -> MetricError:
    wanted = "LOW, HIGH" if asked is None else f"{asked[0]:g}, {asked[1]:g}"
    hint = f"give the metric the scale of the rubric: '{metric}: {{scale: [{wanted}]}}'"
    return MetricError(f"{what}, and {metric} is of {_text(scale)}", hint=hint)


def _text(scale: tuple[float, float]) -> str:
    return f"{scale[0]:g} to {scale[1]:g}"
