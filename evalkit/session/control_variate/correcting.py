"""Metrics and gates of an evaluation of which a random part of the samples was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from evalkit.comparisons.comparable import contents, over, side_of
from evalkit.comparisons.control_variate import (
    SIGNATURE,
    Draw,
    corrected_difference,
    corrected_estimate,
    known_values,
    values_of,
)
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.gate import GateLimits
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import ComparedGate, Measured
from evalkit.gates.deciding.decider import compared_decider
from evalkit.gates.deciding.pooling import BaselineEvaluation
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Metric
from evalkit.stats.bootstrap import Codes
from evalkit.stats.control_variate import Corrected


@frozen
class ControlVariates:
    """What is known of a unit's dataset.

    Attributes:
        contents: sample id to content of all N samples.
        drawn: (n,) those that are asked, in the order of the draw.
        past: metric label to what is known of all of them.
    """

    contents: Mapping[str, str | None]
    drawn: Codes
    past: Mapping[str, Draw]

    def corrected(
        self, estimates: Mapping[str, Estimate], metrics: Mapping[str, Metric], observations: Observations
    ) -> tuple[dict[str, Estimate], list[Estimate]]:
        """The estimates, those that can be over the dataset; and of each of these the number of samples of a
        plain draw that would be as exact, a row of its own."""
        corrected, effective = dict(estimates), []
        for label, draw in self.past.items():
            plain = estimates[label]
            if plain.value is None:
                continue
            values = values_of(metrics[label], observations, draw.sample_ids)
            made = corrected_estimate(metrics[label], plain, values, draw)
            if made is None:
                continue
            corrected[label], found = made
            effective.append(_effective(label, found))
        return corrected, effective

    def told(self, verdict: Verdict) -> Verdict:
        """A verdict on the evaluation alone, with how its number was found."""
        return replace(verdict, detail=f"{verdict.detail} {self._asked}.")

    def prepare(
        self,
        gate: RegressionGate,
        metric: Metric,
        evaluation: Evaluation,
        observations: Observations,
        other: BaselineEvaluation,
        limits: GateLimits,
    ) -> ComparedGate:
        """As a decider of compared gates: sides held to the same rules over what was asked, the difference
        measured over the dataset. That not all was asked is not a reservation here."""
        side = side_of(replace(evaluation, n_available=len(self.drawn)), observations)
        ids = {each for each, k in zip(self.contents, self._is_drawn, strict=True) if not k}
        found = compared_decider(gate).prepare(gate, metric, side, _without(other, ids), limits)
        if not isinstance(found, Measured):
            return found
        draw, seen = self.past[gate.metric.label], other.seen_by(metric)
        is_same = seen.evaluation.dataset_hash == evaluation.dataset_hash
        before = known_values(self.contents, metric, seen.observations, is_same_dataset=is_same)
        values = values_of(metric, observations, draw.sample_ids)
        made = corrected_difference(metric, found.paired, values, before, draw)
        if made is None:
            return found
        paired, corrected = made
        plain = plural(round(corrected.n_effective), "plain pair")
        remark = f"{self._asked}, which is as exact as {plain}."
        return replace(found, paired=paired, remark=remark)

    @property
    def _is_drawn(self) -> list[bool]:
        is_drawn = np.zeros(len(self.contents), dtype=np.bool_)
        is_drawn[self.drawn] = True
        return list(is_drawn.tolist())

    @property
    def _asked(self) -> str:
        n_subjects = max((each.past.shape[1] for each in self.past.values()), default=0)
        asked = f"{len(self.drawn):,} of {plural(len(self.contents), 'sample')} asked at random"
        by = f"control variates from {plural(n_subjects, 'earlier evaluation')}"
        return f"The value of all samples: {asked}, {by}"


def _without(other: BaselineEvaluation, ids: set[str]) -> BaselineEvaluation:
    """The baseline without samples that were not drawn today: nothing that it lacks is hidden by that."""
    known = contents(other.observations)
    n_left = len(known.keys() & ids)
    kept = over(other.observations, known.keys() - ids)
    stored = other.evaluation
    n_available = None if stored.n_available is None else stored.n_available - n_left
    fewer = replace(stored, n_samples=stored.n_samples - n_left, n_available=n_available)
    return replace(other, evaluation=fewer, observations=kept)


def _effective(label: str, found: Corrected) -> Estimate:
    n = found.n_effective
    return Estimate(f"effective_samples({label})", n, None, None, found.n, SIGNATURE, kind="total")
