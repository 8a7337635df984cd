"""The regression gates of a task with what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalkit.comparisons.compare import is_tested
from evalkit.core.gate import Gate, MetricSpec
from evalkit.core.slices import Slice
from evalkit.errors import MetricError, UsageError
from evalkit.gates.deciding.compared import regressions
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.open import open_metric
from evalkit.planning.guess import Guess
from evalkit.planning.history import TaskHistory
from evalkit.planning.need import Asked, GateNeed
from evalkit.planning.plan import TaskPlan


def planned_gates(
    task: str, gates: Sequence[Gate], metrics: Sequence[MetricSpec], margin: float | None, label: str | None
) -> list[RegressionGate]:
    """The regression gates, held to ``margin`` where one is given; of a task without any, one on its first
    metric or on ``label``.

    Raises UsageError where there is nothing to plan for.
    """
    found = [
        gate for gate in regressions(gates) if label in (None, gate.metric.label, gate.metric.whole_label)
    ]
    if not found:
        found = [RegressionGate(_metric(task, metrics, label))]
        if margin is None:
            what = f" on {label}" if label is not None else ""
            raise UsageError(
                f"task {task!r} has no regression gate{what}", hint="give the drop to see: --margin .02"
            )
    if margin is not None:
        found = [replace(gate, margin=margin) for gate in found]
    exact = next((gate for gate in found if not gate.margin > 0), None)
    if exact is not None:
        raise UsageError(
            f"{exact.text} of task {task!r} has margin 0, which no number of samples shows",
            hint="give the drop to see: --margin .02",
        )
    return found


def _metric(task: str, metrics: Sequence[MetricSpec], label: str | None) -> MetricSpec:
    known = {each.label: each for each in metrics}
    if label is None:
        return metrics[0] if metrics else MetricSpec("accuracy")
    if label not in known:
        hint = f"it has {', '.join(known)}" if known else None
        raise UsageError(f"task {task!r} has no metric {label!r}", hint=hint)
    return known[label]


def plan_task(
    task: str,
    gates: Sequence[RegressionGate],
    asked: Asked,
    guess: Guess,
    history: TaskHistory | None,
    n_available: int | None,
    shares: Mapping[Slice, float],
) -> TaskPlan:
    """What the gates take, from the history, or from what was guessed in its place.

    Args:
        shares: the part of the dataset, 0..1, that each slice is; the history tells it of others.

    Raises UsageError on a margin that allows any drop.
    """
    needs, unknown = [], []
    for gate in gates:
        part, share = gate.metric.slice, 1.0
        if gate.metric.by is not None:
            unknown.append((gate.text, "its slices are known once the rows of the dataset can be read"))
            continue
        metric = open_metric(gate.metric)
        gate.check(*metric.bounds)
        if not is_tested(metric, 1, (1.0,)):
            unknown.append((gate.text, "no paired test fits this metric"))
            continue
        if part is not None:
            found = _share(part, history, shares)
            if not found:
                unknown.append((gate.text, f"no sample is known to be in {part.text}"))
                continue
            share = found
        known = None if history is None else history.spread(metric, gate.metric.label, part)
        spread = guess.over(known, metric)
        if spread is None:
            unknown.append((gate.text, _how_to_know(metric.kind, has_history=history is not None)))
        else:
            needs.append(GateNeed(gate, spread, asked, share))
    subject = "" if history is None else history.last.subject.label
    cost = None if history is None else history.cost()
    return TaskPlan(task, subject, needs, unknown, n_available, cost)


def _share(part: Slice, history: TaskHistory | None, shares: Mapping[Slice, float]) -> float:
    """0 where nobody can tell."""
    if part in shares or history is None:
        return shares.get(part, 0.0)
    try:
        return history.share(part)
    except MetricError:
        return 0.0


def _how_to_know(kind: str, *, has_history: bool) -> str:
    option = "--changed, the share of samples that change" if kind == "binary" else "--sd of the differences"
    lack = "only one evaluation of the task as it is now" if has_history else "no history"
    return f"{lack}: guess {option}"
