"""Which Subjects stand on one leaderboard, and in which metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from evalkit.comparisons.comparable import contents
from evalkit.comparisons.compare import is_tested
from evalkit.comparisons.leaderboard.contender import Contender
from evalkit.comparisons.slices.members import within
from evalkit.core.frozen import frozen
from evalkit.core.gate import MetricSpec
from evalkit.core.slices import Slice
from evalkit.errors import EvalkitError, UsageError, did_you_mean
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.metrics.units import is_operation

#: What the Subjects of one leaderboard share: nothing, their model, or their prompt.
By = Literal["", "model", "prompt"]


def grouped(its: Sequence[Contender], by: By) -> dict[str, list[Contender]]:
    """The Subjects that meet: ``model`` compares the prompts of each model among themselves, ``prompt`` the
    models of each prompt. Nothing is averaged; a group of one has nobody to meet and is left out."""
    groups: dict[str, list[Contender]] = {}
    for each in its:
        subject = each.evaluation.subject
        name = {"": "", "model": subject.model, "prompt": subject.prompt}[by]
        groups.setdefault(name, []).append(each)
    return {name: members for name, members in groups.items() if len(members) > 1}


def head_labels(its: Sequence[Contender]) -> list[str]:
    """The metrics that a reader asks for first: the one that leads the task's, and those that its gates name,
    over all samples; of those that can be tested and that two Subjects have."""
    first = next(iter(its)).estimates.values()
    leading = [each.metric for each in first if each.value is not None and not is_operation(each.metric)]
    rules = [each.evaluation.rules for each in its]
    gated = [gate.metric.whole_label for each in rules if each is not None for gate in each.gates]
    fitting = fitting_metrics(its)
    return [label for label in dict.fromkeys([*leading[:1], *gated]) if label in fitting]


@frozen(slots=True)
class Ranked:
    """A metric, and the slice of the samples that it is computed over, None where that is all of them."""

    metric: Metric
    part: Slice | None = None

    def its_share(self, its: Sequence[Contender]) -> list[Contender]:
        """The Subjects with the samples of the slice alone. Raises MetricError where nobody can tell them."""
        return list(its) if self.part is None else [_within(each, self.part) for each in its]


def fitting_metrics(its: Sequence[Contender]) -> dict[str, Ranked]:
    """Label to metric, of those that a paired test fits and that two Subjects or more have."""
    return dict(_fitting(its))


def asked(its: Sequence[Contender], labels: Sequence[str]) -> list[str]:
    """Of the labels that a user names those that this task has and a paired test fits. Raises UsageError
    where it has one and none fits."""
    fitting, known = fitting_metrics(its), {label for each in its for label in each.evaluation.metric_specs}
    for label in labels:
        if label in known and label not in fitting:
            hint = f"{its[0].evaluation.task} has {', '.join(fitting) or 'none'}"
            raise UsageError(f"no paired test fits {label}, or fewer than two subjects have it", hint=hint)
    return [label for label in labels if label in fitting]


def unknown(label: str, tasks: Mapping[str, Sequence[Contender]]) -> UsageError:
    """The error for a metric that no task has."""
    known = {each for its in tasks.values() for each in fitting_metrics(its)}
    return UsageError(f"no metric {label!r} in these runs", hint=did_you_mean(label, known))


def _within(one: Contender, part: Slice) -> Contender:
    seen = within(one.side.observations, part)
    return replace(one, side=replace(one.side, observations=seen), sample_contents=contents(seen))


def _fitting(its: Sequence[Contender]) -> Iterator[tuple[str, Ranked]]:
    labels = dict.fromkeys(label for each in its for label in each.evaluation.metric_specs)
    for label in labels:
        having = [each for each in its if label in each.evaluation.metric_specs]
        if len(having) < 2:
            continue
        spec = _spec(label, having)
        try:
            metric = open_metric(spec)
        except EvalkitError:  # of a package that is not installed here
            continue
        numbers = [each.estimates.get(label) for each in having]
        values = [None if number is None else number.value for number in numbers]
        if is_tested(metric, sum(each.evaluation.n_errors for each in having), values):
            yield label, Ranked(metric, spec.slice)


def _spec(label: str, having: Sequence[Contender]) -> MetricSpec:
    """How all are computed; where one of them has more than 0 and 1, all are taken as graded."""
    specs = [each.evaluation.metric_specs[label] for each in having]
    found = next((s for s in specs if s[1].get("kind") == "graded" or "kind" not in s[1]), specs[0])
    return MetricSpec(*found)
