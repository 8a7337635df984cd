"""Which scores each metric of a Task reads: those that the task names, never others for the same purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.core.task import ScorerSpec, Task
from evalkit.errors import TaskError, did_you_mean
from evalkit.metrics.metric import Metric
from evalkit.metrics.reading import parted
from evalkit.registry import SCORERS


def reads_scores(metric: Metric) -> bool:
    """Whether a metric reads scores, and not Responses alone."""
    return bool(metric.scorers or metric.reads)


class ScoreSources:
    """Chooses for one metric after the other.

    Args:
        named: what the scores of the task's own scorers are called -> registry name, in their order.
        metrics: label to Metric of the whole task.
    """

    def __init__(self, task: Task, named: Mapping[str, str], metrics: Mapping[str, Metric]) -> None:
        self._task = task
        self._named = named
        self._claims = {label: _claim(metric, named) for label, metric in metrics.items()}

    def choose(self, label: str, metric: Metric, others: Sequence[str]) -> str | ScorerSpec:
        """What the scores that ``metric`` reads are called, or the scorer that must be added for it.

        Args:
            others: scorers that samples or other metrics imply, in the order in which they were added.

        Raises TaskError where several of the task's scorers fit, or it names some and none fits.
        """
        chosen = metric.scorer
        if chosen is not None:
            return self._explicit(metric, chosen, others)
        readable = metric.readable(self._named)
        if metric.reads is not None and len(readable) > 1:
            return self._only_one(label, metric, readable)
        for found in (readable, metric.readable({name: name for name in others})):
            if found:
                return found[0]
        if self._named and metric.reads is not None:
            raise self._nothing_fits(metric)
        implied = metric.default_scorer(has_choices=self._task.choices is not None)
        if implied is None:
            what = f"metric {metric.name!r} reads scores, and the task has no scorer that it can read"
            raise TaskError(what, hint=f"add one of {', '.join(metric.scorers)} to scorers")
        return ScorerSpec(*implied)

    def _explicit(self, metric: Metric, chosen: str, others: Sequence[str]) -> str | ScorerSpec:
        known = {**self._named, **dict(zip(others, others, strict=True))}
        name, _ = parted(chosen, known)
        if name in known:
            return chosen
        if name in SCORERS:
            return ScorerSpec(name)
        hint = did_you_mean(chosen, {*self._named, *SCORERS})
        raise TaskError(f"metric {metric.name!r}: unknown scorer {chosen!r}", hint=hint)

    def _only_one(self, label: str, metric: Metric, readable: Sequence[str]) -> str:
        """Of several that fit, the one that no other metric of the task is about."""
        taken = {claim for other, claim in self._claims.items() if other != label}
        free = [name for name in readable if name not in taken]
        if len(free) == 1:
            return free[0]
        names = [name for name in self._named if name in (free or readable)]
        raise TaskError(
            f"metric {metric.name!r} can read several of the task's scorers: {', '.join(names)}",
            hint=f"say which: '{metric.name}:{names[0]}', or '{metric.name}: {{scorer: {names[0]}}}'",
        )

    def _nothing_fits(self, metric: Metric) -> TaskError:
        reads = metric.reads or ""
        what = {"binary": "values 0 and 1", "answer": "answers"}.get(reads, "values")
        implied = metric.default_scorer(has_choices=self._task.choices is not None)
        return TaskError(
            f"metric {metric.name!r} reads {what}, and the task's scorers ({', '.join(self._named)}) give"
            " none",
            hint=f"add {implied[0] if implied else 'a scorer'} to scorers, or use 'mean:SCORER'",
        )


def _claim(metric: Metric, named: Mapping[str, str]) -> str | None:
    """The scorer that a metric is about, where it says so itself or can read no other."""
    chosen: str | None = metric.scorer
    if chosen is not None:
        return chosen
    readable = metric.readable(named) if metric.reads is None else []
    return readable[0] if readable else None
