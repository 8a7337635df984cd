"""Gates on a judge's metric, corrected by labels of people before they are decided.

A corrected difference takes the place of the judge's own in the family that shares alpha. Where labels cannot
correct it the judge's own stays, and the verdict says why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import isfinite

from evalkit.comparisons.comparable import contents, match, over
from evalkit.comparisons.corrected import (
    CorrectedDifference,
    Judged,
    Prices,
    corrected_difference,
    corrected_estimate,
)
from evalkit.comparisons.people import side_labels
from evalkit.comparisons.slices.members import members, within
from evalkit.core.columns import column_of
from evalkit.core.estimate import Comparison, Estimate, LabelCorrection, LabelPlan
from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate, MetricSpec
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.observations import Observations
from evalkit.core.verdict import Verdict
from evalkit.errors import MetricError
from evalkit.gates.absolute import AbsoluteGate
from evalkit.gates.deciding import correction_words
from evalkit.gates.deciding.compared import ComparedGate, Measured
from evalkit.metrics.metric import Metric
from evalkit.metrics.reading import base_name, source_of
from evalkit.stats.normal import normal_quantile
from evalkit.stats.power import detection_factor
from evalkit.stats.ppi import Corrected
from evalkit.stats.ppi_planning import needs

#: The registry name of the scorer whose word labels correct.
_JUDGE = "judge"


@frozen
class Answered:
    """Answers of one side with the evaluations that they stand in."""

    observations: Observations
    evaluation_ids: Collection[str]


@frozen
class PeoplesWord:
    """What people say of answers to a task, and what a label costs."""

    answers: Sequence[LabelledAnswer]
    label_usd: float | None = None

    def compared(
        self, found: ComparedGate, metric: Metric, candidate: Answered, baseline: Answered
    ) -> ComparedGate:
        """A gate that compares, its difference corrected where labels can."""
        if (
            not self.answers
            or not isinstance(found, Measured)
            or not reads_judge(metric, candidate.observations)
        ):
            return found
        try:
            if found.gate.missing == "worst":
                raise MetricError("nobody labels answers that are missing", hint="leave 'missing: worst' out")
            sides = _common(found, self._labelled(metric, baseline), self._labelled(metric, candidate))
            paired = corrected_difference(metric, found.paired, *sides, self._prices(sides))
        except MetricError as error:
            return replace(found, remark=_joined(found.remark, correction_words.unused(error)))
        return found if paired is None else replace(found, paired=paired)

    def own(self, gate: Gate, metric: Metric, plain: Estimate, side: Answered) -> CorrectedOwn:
        """What a gate on its evaluation alone is decided on."""
        if isinstance(gate, AbsoluteGate) and gate.missing == "worst":
            return CorrectedOwn(plain)  # nobody labels answers that are missing
        return self.value(gate.metric, metric, plain, side)

    def value(self, spec: MetricSpec, metric: Metric, plain: Estimate, side: Answered) -> CorrectedOwn:
        """A metric's value over one evaluation, corrected where labels can."""
        if plain.value is None or not reads_judge(metric, side.observations):
            return CorrectedOwn(plain)
        try:
            its = within(side.observations, spec.slice)
            judged = self._labelled(metric, Answered(its, side.evaluation_ids))
            made = corrected_estimate(metric, plain, judged, self._prices((judged,)))
        except MetricError as error:
            return CorrectedOwn(plain, remark=correction_words.unused(error))
        if made is None:
            return CorrectedOwn(plain)
        estimate, correction, found = made
        return CorrectedOwn(estimate, correction, found)

    def _labelled(self, metric: Metric, side: Answered) -> Judged:
        source = source_of(metric, side.observations)
        value = None if source is None else source[1]
        labels = side_labels(side.observations, side.evaluation_ids, self.answers, value)
        return Judged(side.observations, labels)

    def _prices(self, sides: Sequence[Judged]) -> Prices:
        costs = [_cost_of_sample(each.observations) for each in sides]
        known = [cost for cost in costs if cost is not None]
        label = None if self.label_usd is None else self.label_usd * len(sides)
        return Prices(label, sum(known) if len(known) == len(costs) else None)


@frozen
class CorrectedOwn:
    """The estimate of a gate on its evaluation alone.

    Attributes:
        correction: what labels made of it; None where it is the judge's alone.
        remark: why labels are not used, a sentence.
    """

    estimate: Estimate
    correction: LabelCorrection | None = None
    found: Corrected | None = None
    remark: str = ""

    def told(self, gate: Gate, verdict: Verdict) -> Verdict:
        """The verdict with how its number was found, and what would decide it where it is open."""
        said = self.remark
        if self.correction is not None and verdict.verdict != "error":
            said = correction_words.of_value(self.correction)
            if verdict.verdict == "undecided":
                said = _joined(said, correction_words.plan_of(self._planned(gate)))
        return replace(verdict, detail=_joined(verdict.detail, said)) if said else verdict

    def _planned(self, gate: Gate) -> LabelPlan | None:
        """What narrows the interval until it leaves the number out, if the value stays as it is."""
        assert self.correction is not None
        assert self.found is not None
        if not isinstance(gate, AbsoluteGate) or self.estimate.value is None:
            return None
        if self.estimate.low is None or self.estimate.high is None:
            return None
        z = normal_quantile(0.975)
        found = replace(self.found, error=(self.estimate.high - self.estimate.low) / (2 * z))
        return _plan(self.correction, found, abs(self.estimate.value - gate.threshold) / z)


def reads_judge(metric: Metric, observations: Observations) -> bool:
    """Whether a metric reads the scores of a judge."""
    source = source_of(metric, observations)
    return source is not None and base_name(source[0], observations.scorer_signatures) == _JUDGE


def with_plan(measured: Measured, shown: Comparison, alpha: float, power: float) -> Comparison:
    """An open comparison with the labels and samples on which an unchanged candidate passes at ``alpha`` with
    this ``power``; itself where nothing corrected it."""
    difference = measured.paired.difference
    if (
        shown.correction is None
        or not isinstance(difference, CorrectedDifference)
        or difference.corrected is None
    ):
        return shown
    found = replace(difference.corrected, error=difference.error_at(alpha))
    plan = _plan(shown.correction, found, measured.gate.margin / detection_factor(alpha, power))
    return replace(shown, n_planned=None, correction=replace(shown.correction, plan=plan))


def _plan(correction: LabelCorrection, found: Corrected, error: float) -> LabelPlan | None:
    if not (isfinite(error) and error > 0):
        return None
    prices = correction.label_usd, correction.sample_usd
    needed = needs(found, error, prices[0] or 0.0, prices[1] or 0.0)
    n_labels, n_samples = needed.both or (needed.n_labels, needed.n_samples)
    costs = [
        None if n is None or price is None else n * price
        for n, price in zip((n_labels, n_samples), prices, strict=True)
    ]
    return LabelPlan(n_labels, n_samples, needed.both is not None, *costs)


def _common(found: Measured, baseline: Judged, candidate: Judged) -> tuple[Judged, Judged]:
    """Both sides over the samples that the gate is about."""
    known = contents(baseline.observations), contents(candidate.observations)
    ids = set(match(*known, is_same_dataset=True).common)
    if found.gate.metric.slice is not None:
        ids &= members(candidate.observations, found.gate.metric.slice)
    before, after = (
        replace(each, observations=over(each.observations, ids)) for each in (baseline, candidate)
    )
    return before, after


def _cost_of_sample(observations: Observations) -> float | None:
    """Mean cost of the answers to a sample, with what judges cost; None where nobody knows."""
    costs = [cost for cost in column_of(observations.responses, "cost_usd") if cost is not None]
    for scores in observations.scores.values():
        for judgements in column_of(scores, "judgements"):
            costs += [each.cost_usd for each in judgements or () if each.cost_usd is not None]
    return sum(costs) / len(set(observations.sample_ids)) if costs else None


def _joined(*texts: str) -> str:
    return " ".join(filter(None, texts))
