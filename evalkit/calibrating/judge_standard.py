"""The standard of a task's scorer ``judge``."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.calibrating.scale import Scale
from evalkit.calibrating.standard import Standard
from evalkit.scorers.judge.engine.criterion import Criterion
from evalkit.scorers.judge.engine.plan import Parameters, made_plan

#: Points of a mean over criteria whose scales are unlike.
_TENTHS = tuple(round(0.1 * tenth, 1) for tenth in range(11))


def standard_of(scorer: Parameters) -> Standard:
    """The standard of the scorer ``judge``. Raises TaskError as the scorer does."""
    plan = made_plan(scorer, None)
    if plan.form_name == "pairwise":
        return Standard(Scale.pairwise(), {}, scorer.against)
    scales = [_scale(each) for each in plan.asked.criteria]
    if plan.form_name != "criteria":
        return Standard(scales[0], {})
    named = {each.name: scale for each, scale in zip(plan.asked.criteria, scales, strict=True)}
    return Standard(_mean_of(scales), named)


def _scale(criterion: Criterion) -> Scale:
    return Scale.binary() if criterion.scale is None else Scale.grades(criterion.scale.grades)


def _mean_of(scales: Sequence[Scale]) -> Scale:
    """Points of the mean: the grades of criteria that share them, shares of those that hold, else tenths."""
    first, n = scales[0], len(scales)
    if any(each.points != first.points for each in scales):
        return Scale("ordinal", _TENTHS, tuple(f"{each:g}" for each in _TENTHS))
    if first.kind == "binary":
        return Scale("ordinal", tuple(k / n for k in range(n + 1)), tuple(f"{k}/{n}" for k in range(n + 1)))
    return first
