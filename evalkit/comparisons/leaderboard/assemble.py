"""Leaderboards of stored evaluations, task by task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evalkit.comparisons.leaderboard.board import Leaderboard
from evalkit.comparisons.leaderboard.contender import Contender, contender
from evalkit.comparisons.leaderboard.grouping import By, asked, fitting_metrics, grouped, head_labels, unknown
from evalkit.comparisons.leaderboard.rank import ALPHA, leaderboards
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation


@frozen(slots=True)
class Entry:
    """One evaluation as stored.

    Attributes:
        lack: why its run is not whole, beside what the evaluation says of itself; else empty.
    """

    evaluation: Evaluation
    observations: Observations
    estimates: Sequence[Estimate]
    lack: str = ""


def assemble(
    entries: Sequence[Entry],
    *,
    metrics: Sequence[str] = (),
    by: By = "",
    alpha: float = ALPHA,
    max_error_rate: float | None = None,
) -> list[Leaderboard]:
    """A leaderboard for each task, group of Subjects and metric where two Subjects or more meet.

    Args:
        metrics: labels; none stands for those that ``head_labels`` chooses.
        by: what the Subjects of one leaderboard share.
        max_error_rate: the share of failed answers, 0..1, that a Subject may have; None for its task's own.

    Raises:
        UsageError: a metric is in no task, or no paired test fits it.
        MetricError: nobody can tell which samples are in a slice that a metric is of.
    """
    names = subject_names([each.evaluation for each in entries])
    tasks: dict[str, list[Contender]] = {}
    for name, each in zip(names, entries, strict=True):
        made = contender(
            name,
            each.evaluation,
            each.observations,
            each.estimates,
            lack=each.lack,
            max_error_rate=max_error_rate,
        )
        tasks.setdefault(each.evaluation.task, []).append(made)
    for label in metrics:
        if not any(label in each.evaluation.metric_specs for its in tasks.values() for each in its):
            raise unknown(label, tasks)
    return [board for task, its in tasks.items() for board in _boards(task, its, metrics, by, alpha)]


def subject_names(evaluations: Sequence[Evaluation]) -> list[str]:
    """What each is called: its Subject's label; where two of a task share it, with its run before it, as
    ``RUN::SUBJECT``."""
    counts = Counter((each.task, each.subject.label) for each in evaluations)
    return [
        each.subject.label
        if counts[each.task, each.subject.label] == 1
        else f"{each.run_id}::{each.subject.label}"
        for each in evaluations
    ]


def _boards(
    task: str, its: Sequence[Contender], metrics: Sequence[str], by: By, alpha: float
) -> Iterator[Leaderboard]:
    groups = grouped(its, by)
    if not groups:
        return
    fitting = fitting_metrics(its)
    for label in asked(its, metrics) if metrics else head_labels(its):
        ranked = fitting[label]
        shares = {name: ranked.its_share(members) for name, members in groups.items()}
        yield from leaderboards(task, ranked.metric, label, shares, alpha)
