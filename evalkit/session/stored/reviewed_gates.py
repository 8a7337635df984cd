"""The gates of a stored run on what people say: decided as far as people have said it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evalkit.comparisons.comparable import Side, side_of
from evalkit.comparisons.cut_answers import with_cut_apart
from evalkit.comparisons.estimate import estimate
from evalkit.comparisons.failures import first_failure, n_failed
from evalkit.comparisons.slices.members import within
from evalkit.core.estimate import Estimate
from evalkit.core.gate import DEFAULT_LIMITS, Gate, MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, Run
from evalkit.core.verdict import Verdict
from evalkit.errors import EvalkitError, UsageError
from evalkit.gates.deciding.compared import ComparedGate, regressions
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.decider import Evidence, compared_decider, own_decider
from evalkit.gates.deciding.pooling import BaselineEvaluation
from evalkit.gates.deciding.too_many_errors import too_many_cut
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.session.stored.sides import Side as StoredSide
from evalkit.session.stored.sides import pair, read_side
from evalkit.stats.sides import Sides
from evalkit.store.store import Store


@dataclass(frozen=True)
class Decided:
    """One gate of the run.

    Attributes:
        before: the verdict that the store had; None where it had none.
        baseline_id: the evaluation that it was compared with, if any.
    """

    evaluation: Evaluation
    gate: Gate
    verdict: Verdict
    before: Verdict | None = None
    baseline_id: str | None = None


@dataclass(frozen=True)
class DecidedRun:
    """All of them, and the metrics that they read.

    Attributes:
        estimates: with the id of their evaluation.
        left: gates that stay as their session left them, each with the reason, a clause.
    """

    run: Run
    gates: Sequence[Decided]
    estimates: Sequence[tuple[str, Estimate]]
    left: Sequence[tuple[Decided, str]] = ()


def decide_run(store: Store, run: Run, baseline: str | None = None) -> DecidedRun:
    """Decide every gate of the run that reads reviews, on the reviews that there are.

    Gates that compare are one family with all others of their session, whose verdicts stay.

    Args:
        baseline: what to compare with, as users name a run; by default what the session compared with.

    Raises:
        UsageError: no gate of the run reads reviews, or the baseline has nothing to compare with.
        StoreError: there is no such baseline.
    """
    evaluations = [_Reviewed(store, each, run) for each in store.evaluations(run.run_id)]
    asking = [each for each in evaluations if each.gates]
    if not asking:
        hint = "a gate such as 'human_pass_rate >= 0.9' in a task's gates: does"
        raise UsageError(f"no gate of run {run.run_id} reads what people say", hint=hint)
    met = None if baseline is None else _met(store, baseline, run, [each.evaluation for each in asking])
    own = [found for each in asking for found in each.own()]
    pending = [found for each in asking for found in each.compared(met)]
    measured = [(place, found) for place, found in pending if not isinstance(found, str)]
    others = [tests for each in evaluations for tests in each.other_tests()]
    verdicts = decide_session([found for _, found in measured], others)
    compared = [
        replace(place, verdict=verdict) for (place, _), verdict in zip(measured, verdicts, strict=True)
    ]
    left = [(place, found) for place, found in pending if isinstance(found, str)]
    left += [found for each in asking for found in each.left()]
    return DecidedRun(run, [*own, *compared], [found for each in asking for found in each.estimates()], left)


class _Reviewed:
    """An evaluation with its gates that read reviews."""

    def __init__(self, store: Store, evaluation: Evaluation, run: Run) -> None:
        self.evaluation = evaluation
        self._store, self._run = store, run
        self._limits = evaluation.rules.limits if evaluation.rules is not None else DEFAULT_LIMITS
        rules = evaluation.rules.gates if evaluation.rules is not None else ()
        self.gates = [gate for gate in rules if _reads_reviews(gate.metric)]
        self._others = [gate for gate in regressions(rules) if gate not in self.gates]
        self._before = {each.gate: each for each in store.verdicts(evaluation.evaluation_id)}
        self._seen = store.observations(evaluation.evaluation_id) if self.gates else None
        self._estimates = self._measure() if self.gates else {}

    @property
    def _observations(self) -> Observations:
        assert self._seen is not None
        return self._seen

    def estimates(self) -> Iterator[tuple[str, Estimate]]:
        return ((self.evaluation.evaluation_id, each) for each in self._estimates.values())

    def left(self) -> Iterator[tuple[Decided, str]]:
        """Gates that nothing people say can decide."""
        for gate in self.gates:
            reason = self._why_left(gate)
            if reason:
                yield self._place(gate), reason

    def own(self) -> Iterator[Decided]:
        """Those on the evaluation alone, decided."""
        for gate in self._open(is_compared=False):
            yield replace(self._place(gate), verdict=self._decide(gate))

    def compared(self, met: dict[str, Evaluation] | None) -> Iterator[tuple[Decided, ComparedGate | str]]:
        """Those that compare, measured; a text says why one cannot be."""
        ids = self._store.baseline_evaluation_ids(self.evaluation.evaluation_id)
        for gate in self._open(is_compared=True):
            if met is not None:
                other = met.get(self.evaluation.evaluation_id)
            else:
                other = self._store.evaluation(ids[gate.text]) if gate.text in ids else None
            if other is None:
                yield self._place(gate), "it was compared with nothing; --baseline=RUN says with what"
                continue
            baseline = BaselineEvaluation(other, self._store.observations(other.evaluation_id))
            metric = open_metric(gate.metric)
            prepared = compared_decider(gate).prepare(gate, metric, self._side, baseline, self._limits)
            yield replace(self._place(gate), baseline_id=other.evaluation_id), prepared

    def other_tests(self) -> Iterator[Sides]:
        """What the session's other gates that compare came to: they keep their places in its family."""
        for gate in self._others:
            verdict = self._before.get(gate.text)
            comparison = None if verdict is None else verdict.comparison
            if comparison is not None:
                is_up = comparison.p_value > 0.5 and comparison.p_two_sided is not None
                better = (comparison.p_two_sided or 1.0) / 2 if is_up else 1.0
                yield Sides(comparison.p_value, better)

    @property
    def _side(self) -> Side:
        side = side_of(self.evaluation, self._observations)
        lack = "" if self._run.status == "finished" else f"its run is {self._run.status}"
        return replace(side, lack=side.lack or lack)

    def _open(self, *, is_compared: bool) -> Iterator[Gate]:
        return (each for each in self.gates if each.is_compared == is_compared and not self._why_left(each))

    def _why_left(self, gate: Gate) -> str:
        before = self._before.get(gate.text)
        if before is not None and before.is_dropped:
            return "a tournament put its Subject out"
        if self.evaluation.n_left_out:
            return "the budget of its session left samples out"
        return ""

    def _place(self, gate: Gate) -> Decided:
        before = self._before.get(gate.text)
        return Decided(self.evaluation, gate, before or Verdict(gate.text, "undecided", ""), before)

    def _decide(self, gate: Gate) -> Verdict:
        seen, limits = self._observations, self._limits
        cut = too_many_cut("candidate", seen, limits.max_truncated_rate)
        evidence = Evidence(
            self._estimates[gate.metric.label], limits.max_error_rate, len(seen), n_failed(seen),
            first_failure(seen), self._run.run_id, open_metric(gate.metric).reads_reviews,
        )  # fmt: skip
        if cut is not None and not evidence.has_too_many_errors:
            return Verdict(gate.text, "error", cut)
        return own_decider(gate).decide(gate, evidence)

    def _measure(self) -> dict[str, Estimate]:
        """Every metric of the evaluation that reads reviews, by label."""
        found: dict[str, Estimate] = {}
        for label, stored in self.evaluation.metric_specs.items():
            spec = MetricSpec(*stored)
            if _reads_reviews(spec):
                metrics: dict[str, Metric] = {label: open_metric(spec)}
                its = within(self._observations, spec.slice)
                made = {label: estimate(metrics[label], label, its)}
                found |= with_cut_apart(made, metrics, its)
        return found


def _reads_reviews(spec: MetricSpec) -> bool:
    try:
        return open_metric(spec).reads_reviews is not None
    except EvalkitError:  # of a package that is not installed here
        return False


def _met(store: Store, baseline: str, run: Run, evaluations: Sequence[Evaluation]) -> dict[str, Evaluation]:
    """Evaluation id to the one of the baseline that it meets."""
    pairs = pair(read_side(store, baseline), StoredSide(run, evaluations))
    return {candidate.evaluation_id: base for base, candidate in pairs}
