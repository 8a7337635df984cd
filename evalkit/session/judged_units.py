"""Units with what the store knows of their judges; loaded where a task has a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.task import Task
from evalkit.core.text import shown_path
from evalkit.errors import StoreError
from evalkit.session.judged_gates import judged_gates
from evalkit.session.units import PlannedUnit, ReadyUnit
from evalkit.store.calibrations import read_calibrations
from evalkit.store.labelled_answers import labelled_answers
from evalkit.store.store import Store


def with_judges(planned: Sequence[PlannedUnit], store: Path) -> list[PlannedUnit]:
    """The units, those whose metrics read a judge with its calibrations."""
    return [_with_judges(each, store) for each in planned]


def _with_judges(planned: PlannedUnit, store: Path) -> PlannedUnit:
    if not isinstance(planned, ReadyUnit):
        return planned
    task = planned.task
    scorers = {each.name: each.signature for each in planned.scoring.scorers}
    read, answers = partial(_records, store), partial(_labelled, store, task.task)
    judged = judged_gates(task.judge_condition, planned.scoring.metrics, scorers, _name(task), read, answers)
    return planned if judged is None else replace(planned, judged=judged)


def _records(store: Path, signatures: Sequence[str]) -> list[JudgeCalibration]:
    try:
        with Store.open(store, is_folding=False) as opened:
            return read_calibrations(opened.connection, signatures)
    except StoreError:  # none yet: whoever writes it says what else is wrong with it
        return []


def _labelled(store: Path, task: str) -> list[LabelledAnswer]:
    try:
        with Store.open(store, is_folding=False) as opened:
            return labelled_answers(opened.connection, task)
    except StoreError:
        return []


def _name(task: Task) -> str:
    return shown_path(task.source.resolve(), Path.cwd()) if task.source else task.task
