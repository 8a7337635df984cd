"""Which answers of a session can be asked for again, so that a regression gate is the better for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.comparisons.repeat_noise import RepeatNoise, repeat_noise
from evalkit.comparisons.tables import statistics
from evalkit.core.observations import Observations
from evalkit.metrics.metric import Metric, Table
from evalkit.metrics.repeats.engine.repeats import RepeatMetric
from evalkit.runner.unit import Unit
from evalkit.session.compared_gates import Comparing
from evalkit.session.evaluations import Evaluations
from evalkit.session.sample_history import SampleHistory
from evalkit.session.units import ReadyUnit, record_of
from evalkit.store.own_history import OwnValues

#: So many earlier answers to every sample say which of them vary.
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One side of a regression gate, and the Samples of it that a round asks: settled without a look at the
    answers of this session.

    Attributes:
        noise: as of the first look; its variance is that of the history where this names the Samples.
        has_history: whether it does.
    """

    unit: Unit
    metric: Metric
    indexes: Sequence[int]
    noise: RepeatNoise
    has_history: bool

    def noise_now(self) -> RepeatNoise:
        """With the variance that further answers tell of."""
        if self.has_history:
            return self.noise
        table = statistics(self.metric, self.unit.observations())
        return replace(self.noise, variance=repeat_noise(table).variance)


class RerunEligibility:
    """Knows the units of a session, and what their Samples got in earlier ones."""

    def __init__(self, evaluations: Evaluations, history: SampleHistory) -> None:
        self._evaluations = evaluations
        self._earlier = history

    def sides(self, comparing: Comparing) -> list[Asked] | str:
        """What a round for this gate asks, or why there is none: the candidate's answers, and the baseline's
        where they are of this session."""
        evaluated, label = comparing.evaluated, comparing.gate.metric.label
        metric = evaluated.planned.scoring.metrics[label]
        if comparing.gate.metric.slice is not None:
            return "a slice is not asked again by itself"
        if metric.kind not in ("binary", "graded") or metric.counts_failures:
            return f"{label} is not a mean over answers"
        table = statistics(metric, evaluated.observations)
        if table.n_responses is not None or not _is_by_sample(evaluated.planned, table):
            return f"{label} has no value for each answer"
        units = [evaluated.planned, self._evaluations.unit(comparing.baseline_id)]
        eligible = [each for each in units if each is not None and not _is_recorded(each)]
        if not eligible:
            return "what was recorded has no further answers"
        for each in eligible:
            counting = _counts_repeats(each)
            if counting is not None:
                return f"{counting} depends on how often a sample is asked"
        return [self._side(each, metric) for each in eligible]

    def _side(self, planned: ReadyUnit, metric: Metric) -> Asked:
        unit = planned.unit
        observations = unit.observations()
        table = statistics(metric, observations)
        history = self._history(planned, metric, observations, table)
        if history is None:
            return Asked(unit, metric, range(len(unit.samples)), repeat_noise(table), False)
        varying = [index for index, values in enumerate(history) if values.low < values.high]
        variance = float(np.mean([values.squares / (values.n - 1) for values in history]))
        return Asked(unit, metric, varying, replace(repeat_noise(table), variance=variance), True)

    def _history(
        self, planned: ReadyUnit, metric: Metric, observations: Observations, table: Table
    ) -> list[OwnValues] | None:
        """What every Sample got before; None where too little is known, or where other metrics of the task
        would count Samples that are asked more often more than others."""
        scorer = _scorer_of(metric, observations, table)
        if scorer is None or not _are_means(planned):
            return None
        unit = planned.unit
        now = replace(planned.evaluation, subject=record_of(unit))
        before = self._earlier(now, unit.samples, scorer)
        values = [before.get(sample.id) for sample in unit.samples]
        enough = [each for each in values if each is not None and each.n >= _ENOUGH]
        return enough if len(enough) == len(values) else None


def _is_recorded(planned: ReadyUnit) -> bool:
    return planned.unit.model.is_recorded


def _is_by_sample(planned: ReadyUnit, table: Table) -> bool:
    return {sample.id for sample in planned.unit.samples} >= set(table.sample_ids)


def _counts_repeats(planned: ReadyUnit) -> str | None:
    """A metric of the task whose value depends on how many answers a Sample has."""
    metrics = planned.scoring.metrics.items()
    return next((label for label, metric in metrics if isinstance(metric, RepeatMetric)), None)


def _are_means(planned: ReadyUnit) -> bool:
    own = [metric for metric in planned.scoring.metrics.values() if metric.role == "quality"]
    return all(metric.kind in ("binary", "graded") for metric in own)


def _scorer_of(metric: Metric, observations: Observations, table: Table) -> str | None:
    """The scorer whose values are the metric's own, so that their history is that of the metric."""
    values = table.rows[:, 0].tolist()
    for name, scores in observations.scores.items():
        if name in metric.scorers and [s.value for s in scores if s.error is None] == values:
            return name
    return None
