"""Recorded outputs that answer nothing: said once, as they are most often the sign of a wrong file or id."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from evalkit.core.text import plural
from evalkit.redaction.message import message
from evalkit.runner.unit import Unit
from evalkit.session.units import PlannedUnit, ReadyUnit


class RecordedOutputWarning(UserWarning):
    """Recorded outputs belong to no sample of the session's tasks."""


@runtime_checkable
class Recorded(Protocol):
    """A Model that answers from what was recorded."""

    def unmatched(self, known: Mapping[str, Collection[str]]) -> list[str]:
        """Recorded samples that none of the tasks has; ``known`` is task to the ids of its samples."""
        ...


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
    if not isinstance(model, Recorded):
        return
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
