"""Recorded outputs that answer nothing: said once, as they are most often the sign of a wrong file or id."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from evalkit.core.text import plural
from evalkit.redaction.message import message
from evalkit.runner.unit import Unit
from evalkit.session.units import PlannedUnit, ReadyUnit


class RecordedOutputWarning(UserWarning):
    """Recorded outputs belong to no sample of the session's tasks."""


def warn_of_unmatched(planned: Sequence[PlannedUnit]) -> None:
    """One RecordedOutputWarning for each Model of recorded outputs that holds some of unknown samples.

    Nothing where a limit or an error hides samples: those are not unknown.
    """
    units = [each.unit for each in planned if isinstance(each, ReadyUnit)]
    if len(units) < len(planned) or any(unit.prepared.is_partial for unit in units):
        return
    by_model: dict[int, list[Unit]] = {}
    for unit in units:
        by_model.setdefault(id(unit.model), []).append(unit)
    for each in by_model.values():
        _warn(each)


def _warn(units: Sequence[Unit]) -> None:
    model = units[0].model
    known = {unit.prepared.task.task: {sample.id for sample in unit.prepared.samples} for unit in units}
    unmatched = model.unmatched(known)
    if unmatched:
        text = (
            f"{units[0].record.model}: outputs of {plural(len(unmatched), 'sample')} are passed over, as no"
            f" task here has them, first {unmatched[0]!r}"
        )
        # At the task file, where the user looks.
        task = units[0].prepared.task
        warnings.warn_explicit(RecordedOutputWarning(message(text)), None, str(task.source or task.task), 1)
