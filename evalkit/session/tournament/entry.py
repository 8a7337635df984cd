"""Who may take part, settled before the first call: every task of the session, in one metric each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from evalkit.errors import UsageError, did_you_mean
from evalkit.gates.deciding.sequential import why_not_early
from evalkit.metrics.metric import Metric
from evalkit.runner.scoring import describe
from evalkit.runner.task_scorers import ASSERTS
from evalkit.session.item_spec import ItemSpec
from evalkit.session.subjects import Subjects
from evalkit.session.units import BrokenUnit, PlannedUnit, ReadyUnit

#: The value of a bare option: the first metric of the task that a tournament can be about.
FIRST = "first"


def refuse_alone(subjects: Subjects) -> None:
    """Raises UsageError where there is nobody to be compared with."""
    if len(subjects.subjects) < 2:
        raise UsageError(
            "--llm-tournament needs two subjects or more, and there is only one",
            hint="name several models or prompts (--llm-model, --llm-prompt), the baseline first",
        )


def refuse_unfit(
    planned: Sequence[PlannedUnit], items: Iterable[ItemSpec], wanted: str, *, is_worker: bool
) -> list[PlannedUnit]:
    """The units, where every task can have its tournament.

    Args:
        items: all of the session: who takes over from a process that died may plan one unit alone.

    Raises UsageError where one cannot. A worker of pytest-xdist cannot end the session by that: there the
    units of the task are broken, and nothing of them is asked.
    """
    found: list[PlannedUnit] = []
    reasons: dict[str, UsageError | None] = {}
    keys = {*(each.key for each in items), *(each.key for each in planned)}
    n_subjects = Counter(task for task, _ in keys)
    for each in planned:
        name = each.task.task
        if name not in reasons:
            units = [other for other in planned if other.task.task == name]
            reasons[name] = _unfit(units, n_subjects[name], wanted)
        error = reasons[name]
        if error is not None and not is_worker:
            raise error
        found.append(each if error is None else _broken(each, error))
    return found


def metric_of(ready: ReadyUnit, wanted: str) -> str:
    """Label of the metric that the tournament of a task is about. Raises UsageError where there is none."""
    metrics = ready.scoring.metrics
    if wanted == FIRST:
        label = next(iter(_bounded_means(metrics)), None)
        if label is None:
            raise UsageError(f"--llm-tournament: task {ready.task.task} has no metric that is a bounded mean")
        return label
    if wanted not in metrics:
        raise UsageError(
            f"--llm-tournament={wanted}: task {ready.task.task} has no such metric",
            hint=did_you_mean(wanted, _bounded_means(metrics)),
        )
    reason = why_not_early(metrics[wanted], wanted)
    if reason is not None:
        able = ", ".join(_bounded_means(metrics))
        hint = f"name one of {able}" if able else "name a mean of bounded values, as accuracy"
        raise UsageError(f"--llm-tournament={wanted}: task {ready.task.task}: {reason}", hint=hint)
    return wanted


def _bounded_means(metrics: Mapping[str, Metric]) -> list[str]:
    return [
        label
        for label, metric in metrics.items()
        if metric.role == "quality" and why_not_early(metric, label) is None
    ]


def _unfit(units: Sequence[PlannedUnit], n_subjects: int, wanted: str) -> UsageError | None:
    """Why a task can have no tournament."""
    task, ready = units[0].task, [each for each in units if isinstance(each, ReadyUnit)]
    where = f"--llm-tournament: task {task.task}"
    if n_subjects < 2:
        hint = "select it with several models or prompts, or leave the task out"
        return UsageError(f"{where} is asked of one subject alone", hint=hint)
    if task.group is not None:
        hint = "leave the task out"
        return UsageError(f"{where}: samples of one group do not come independently", hint=hint)
    if any(_is_asserted(each) for each in ready):
        hint = "leave the task out: each of its samples is wanted of every subject"
        return UsageError(f"{where}: its samples are asserted one by one", hint=hint)
    try:
        if ready:
            metric_of(ready[0], wanted)
    except UsageError as error:
        return error
    return None


def _is_asserted(ready: ReadyUnit) -> bool:
    is_item = any(item.kind == "sample" for item in ready.items)
    return is_item or any(scorer.name == ASSERTS for scorer in ready.scoring.scorers)


def _broken(planned: PlannedUnit, error: UsageError) -> BrokenUnit:
    return BrokenUnit(planned.task, planned.subject, planned.items, planned.evaluation, describe(error))


def fields_of(planned: Iterable[PlannedUnit]) -> list[list[ReadyUnit]]:
    """The Subjects of each task that race: two or more that can be asked."""
    by_task: dict[str, list[ReadyUnit]] = {}
    for each in planned:
        if isinstance(each, ReadyUnit):
            by_task.setdefault(each.task.task, []).append(each)
    return [its for its in by_task.values() if len(its) > 1]
