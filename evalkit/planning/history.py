"""What the store knows of how a task's metrics vary, and of what its answers cost.

Two kinds of pairs of evaluations tell it. Where something was changed (the prompt, a parameter, the model)
the pair shows how far such changes move samples; pairs of one model come before pairs of two. Where only
time passed, it shows how samples vary by themselves; copies from the cache show nothing, and repeats within
an evaluation show the same without a second one. Only evaluations count whose task and data are as they were
last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from evalkit.comparisons.compare import measure
from evalkit.comparisons.repeat_noise import RepeatNoise, repeat_noise
from evalkit.comparisons.slices.members import in_slice, members, within
from evalkit.comparisons.tables import statistics
from evalkit.core.columns import column_of
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.slices import Slice
from evalkit.errors import MetricError, UsageError, did_you_mean
from evalkit.metrics.metric import Metric
from evalkit.planning.pooling import SeenPair, pooled, span
from evalkit.planning.spread import Source, Spread
from evalkit.store import evaluations, usage
from evalkit.store.store import Store
from evalkit.store.usage import EarlierCost

#: Evaluations that are looked at, the newest, and pairs of either kind.
_MOST, _PAIRS = 12, 6

Sides = tuple[Evaluation, Evaluation]


@dataclass
class TaskHistory:
    """The last evaluations of one task, the newest first; at least one."""

    store: Store
    evaluations: Sequence[Evaluation]
    _read: dict[str, Observations] = field(default_factory=dict)

    @classmethod
    def read(cls, store: Store, task: str, model: str | None) -> TaskHistory | None:
        """None where the task has none. Raises UsageError where it has some, but none with this model."""
        found = evaluations.of_task(store.connection, task, model, _MOST)
        if not found and model is not None:
            others = evaluations.of_task(store.connection, task, None, 50)
            if others:
                names = sorted({each.subject.model for each in others})
                raise UsageError(
                    f"task {task!r} was never evaluated with {model!r}", hint=did_you_mean(model, names)
                )
        if not found:
            return None
        last = found[0]
        same = (last.task_hash, last.dataset_hash)
        return cls(store, [each for each in found if (each.task_hash, each.dataset_hash) == same])

    @property
    def last(self) -> Evaluation:
        return self.evaluations[0]

    @property
    def n_available(self) -> int:
        """Samples of the dataset, as far as the store knows."""
        return self.last.n_available or self.last.n_samples

    def cost(self) -> EarlierCost:
        """Of an answer of the last evaluation."""
        return usage.earlier_cost(self.store.connection, self.last.evaluation_id)

    def share(self, part: Slice) -> float:
        """Of the samples, 0..1, those in the slice, by the evaluation that asked most of them. Raises
        MetricError where nobody can tell."""
        seen = self._observations(max(self.evaluations, key=lambda each: each.n_samples))
        return len(members(seen, part)) / max(1, len(seen.sample_ids))

    def spread(self, metric: Metric, label: str, part: Slice | None = None) -> Spread | None:
        """How much the metric's differences vary, in a slice of the samples or in all; None where no pair
        tells it."""
        varies_within = self._within(metric, label, part)
        kinds: list[tuple[Source, list[Sides]]] = [
            ("history", self._changed()),
            ("same subject", self._unchanged()),
        ]
        for source, pairs in kinds:
            found = pooled(self._seen(metric, label, pairs, part), varies_within, metric, source)
            if found is not None:
                return found
        if varies_within is None or metric.kind not in ("binary", "graded"):
            return None
        # Repeats of a single evaluation: what an unchanged candidate would move by.
        total = 2 * varies_within
        return Spread(total, varies_within, span(metric), metric.kind == "binary", "same subject")

    def _within(self, metric: Metric, label: str, part: Slice | None) -> float | None:
        """Variance of one answer around its sample's mean: by repeats, else by a second evaluation."""
        if metric.kind not in ("binary", "graded"):
            return None
        by_repeats = [
            noise.variance
            for each in self.evaluations
            if (each.n_repeats or 1) > 1
            and (noise := self._noise(metric, each, part)) is not None
            and noise.variance is not None
        ]
        if by_repeats:
            return sum(by_repeats) / len(by_repeats)
        seen = self._seen(metric, label, self._unchanged(), part)
        weights = sum(each.difference.n for each in seen)
        return sum(each.difference.n * each.variance / 2 for each in seen) / weights if weights else None

    def _noise(self, metric: Metric, evaluation: Evaluation, part: Slice | None) -> RepeatNoise | None:
        try:
            table = statistics(metric, within(self._observations(evaluation), part))
            return repeat_noise(table) if len(table.rows) else None
        except MetricError:
            return None

    def _changed(self) -> list[Sides]:
        pairs = [(old, new) for new, old in pairwise(self.evaluations) if _identity(new) != _identity(old)]
        of_one_model = [each for each in pairs if each[0].subject.model == each[1].subject.model]
        return (of_one_model or pairs)[:_PAIRS]

    def _unchanged(self) -> list[Sides]:
        by_subject: dict[tuple[str, ...], list[Evaluation]] = {}
        for each in self.evaluations:
            by_subject.setdefault(_identity(each), []).append(each)
        pairs = [(old, new) for same in by_subject.values() for new, old in pairwise(same)]
        return [each for each in pairs[:_PAIRS] if not self._has_copies(each[1])]

    def _has_copies(self, evaluation: Evaluation) -> bool:
        return any(column_of(self._observations(evaluation).responses, "is_cached"))

    def _seen(self, metric: Metric, label: str, pairs: Sequence[Sides], part: Slice | None) -> list[SeenPair]:
        found = []
        for pair in pairs:
            old, new = map(self._observations, pair)
            noises = tuple(self._noise(metric, each, part) or RepeatNoise(None, 1.0) for each in pair)
            try:
                if part is not None:
                    old, new = in_slice(part, old, new)
                difference = measure(metric, label, old, new).difference
            except MetricError:
                continue
            found.append(SeenPair(difference, (noises[0], noises[1])))
        return found

    def _observations(self, evaluation: Evaluation) -> Observations:
        known = self._read.get(evaluation.evaluation_id)
        if known is None:
            known = self._read[evaluation.evaluation_id] = self.store.observations(evaluation.evaluation_id)
        return known


def _identity(evaluation: Evaluation) -> tuple[str, ...]:
    """What answered: where it is equal, only time passed."""
    subject = evaluation.subject
    params = repr(sorted(subject.params.items()))
    return subject.model, subject.model_revision or "", params, subject.prompt_hash
