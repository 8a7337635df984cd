"""Units with what the store knows of their judges; loaded where a task has a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evalkit.session.judged_gates import judged_gates
from evalkit.session.units import PlannedUnit, ReadyUnit


def with_judges(planned: Sequence[PlannedUnit], store: Path) -> list[PlannedUnit]:
    """The units, those whose metrics read a judge with its calibrations."""
    return [_with_judges(each, store) for each in planned]


def _with_judges(planned: PlannedUnit, store: Path) -> PlannedUnit:
    if not isinstance(planned, ReadyUnit):
        return planned
    scorers = {each.name: each.signature for each in planned.scoring.scorers}
    judged = judged_gates(planned.task, planned.scoring.metrics, scorers, store)
    return planned if judged is None else replace(planned, judged=judged)
