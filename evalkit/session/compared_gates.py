"""The gates of a session that compare: each against its baseline, all decided together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evalkit.comparisons.comparable import side_of
from evalkit.comparisons.incompatibility import judges_apart
from evalkit.comparisons.revisions import mixed_revisions
from evalkit.core.judge_signature import asks_judge
from evalkit.core.verdict import Verdict
from evalkit.errors import EvalkitError
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.compared import ComparedGate, Measured, Refused, Stopped, regressions
from evalkit.gates.deciding.decider import compared_decider
from evalkit.gates.deciding.pooling import BaselineEvaluation
from evalkit.gates.deciding.sequential import LOOKS
from evalkit.gates.deciding.too_many_errors import too_many_errors
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.reading import source_of
from evalkit.runner.scoring import describe
from evalkit.session.baseline import Baseline, Nothing
from evalkit.session.budgets import left_out
from evalkit.session.evaluations import Evaluated, Evaluations
from evalkit.session.sequential.monitor import UnitMonitor
from evalkit.session.sequential.stopping import Stopping

if TYPE_CHECKING:
    from evalkit.session.tournament.tournament import Tournament


@dataclass(frozen=True, slots=True)
class Comparing:
    """A gate of an evaluation, held against its baseline.

    Attributes:
        baseline_id: the evaluation that it was compared with, if any.
    """

    evaluated: Evaluated
    found: ComparedGate
    baseline_id: str | None = None

    @property
    def gate(self) -> RegressionGate:
        return self.found.gate


class ComparedGates:
    """Holds every evaluation that asks for it against its baseline.

    Args:
        stopping: with ``--llm-sequential``, what was decided before the end.
        tournament: with ``--llm-tournament``, who was put out.
    """

    def __init__(
        self,
        baseline: Baseline,
        evaluations: Evaluations,
        stopping: Stopping | None,
        tournament: Tournament | None = None,
    ) -> None:
        self._tournament = tournament
        self._baseline = baseline
        self._evaluations = evaluations
        self._stopping = stopping

    def measure(self) -> list[Comparing]:
        """Every compared gate of the session on the answers there are now. What cannot be compared has a
        verdict ``error``."""
        return [
            self._comparing(evaluated, gate)
            for evaluated in self._evaluations.done.values()
            for gate in regressions(evaluated.planned.gates)
        ]

    def measure_again(self, before: Comparing) -> Comparing:
        """The same gate on the answers there are now."""
        evaluated = self._evaluations.done[before.evaluated.evaluation.evaluation_id]
        return self._comparing(evaluated.as_of_now(), before.gate)

    def _comparing(self, evaluated: Evaluated, gate: RegressionGate) -> Comparing:
        comparing, judged = self._unjudged(evaluated, gate), evaluated.planned.judged
        if judged is None:
            return comparing
        return replace(comparing, found=judged.compared(gate, comparing.found, evaluated.observations))

    def _unjudged(self, evaluated: Evaluated, gate: RegressionGate) -> Comparing:
        """As the scores have it, whoever gave them."""
        planned, task = evaluated.planned, evaluated.planned.task
        monitor = self._stopping.monitor_of(planned) if self._stopping is not None else None
        broken = too_many_errors("candidate", evaluated.observations, task.max_error_rate) or evaluated.cut
        if broken is not None:
            return Comparing(evaluated, Refused(gate, Verdict(gate.text, "error", broken)))
        dropped = self._tournament.dropped_verdict(planned, gate.text) if self._tournament else None
        if dropped is not None:
            return Comparing(evaluated, Refused(gate, dropped))
        try:
            if monitor is not None and planned.is_cut:
                stopped = _stopped(evaluated, gate, monitor)
                if stopped is not None:
                    return self._of_one_judge(stopped)
            other = self._other_side(evaluated)
            if isinstance(other, Nothing):
                verdict = _nothing_compared(gate, other, mixed_revisions(evaluated.observations))
                return Comparing(evaluated, Refused(gate, verdict))
            metric = planned.scoring.metrics[gate.metric.label]
            now = evaluated.evaluation, evaluated.observations
            if planned.control is not None:
                found = planned.control.prepare(gate, metric, *now, other, task.gate_limits)
            else:
                side = side_of(*now)
                found = compared_decider(gate).prepare(gate, metric, side, other, task.gate_limits)
                if planned.judged is not None:
                    found = planned.judged.corrected(found, metric, now, other)
            if isinstance(found, Refused) and found.is_unmeasured:
                found = self._excused(found, evaluated, other.evaluation.evaluation_id)
            if monitor is not None and isinstance(found, Measured):
                to_the_end = sentences.asked_to_the_end(LOOKS, is_cut=planned.unit.is_out_of_budget)
                found = replace(
                    found, share=1 - LOOKS, remark=" ".join(filter(None, (found.remark, to_the_end)))
                )
            return Comparing(evaluated, found, other.evaluation.evaluation_id)
        except Exception as error:
            return Comparing(evaluated, Refused(gate, Verdict(gate.text, "error", describe(error))))

    def _of_one_judge(self, stopped: Comparing) -> Comparing:
        """The looks saw scores alone; whether the same judge gave those of both sides is known now."""
        evaluated = stopped.evaluated
        metric = evaluated.planned.scoring.metrics[stopped.gate.metric.label]
        source = source_of(metric, evaluated.observations)
        if source is None or not asks_judge(evaluated.observations.scorer_signatures.get(source[0], "")):
            return stopped
        other = self._other_side(evaluated)
        if isinstance(other, Nothing):
            return stopped
        apart = judges_apart(source[0], other.observations, evaluated.observations)
        refused = Refused(stopped.gate, Verdict(stopped.gate.text, "error", apart))
        return replace(stopped, found=refused) if apart else stopped

    def _excused(self, found: Refused, evaluated: Evaluated, baseline_id: str) -> Refused:
        """What cannot be measured as a budget left it out is not a fault."""
        live = self._evaluations.unit(baseline_id)
        units = [evaluated.planned.unit, *([live.unit] if live is not None else [])]
        spent = next((unit for unit in units if unit.is_out_of_budget), None)
        if spent is None:
            return found
        detail = f"{left_out(spent)} {found.verdict.detail}"
        return replace(found, verdict=replace(found.verdict, verdict="undecided", detail=detail))

    def _other_side(self, evaluated: Evaluated) -> BaselineEvaluation | Nothing:
        """The baseline's evaluation, or why there is nothing to compare with."""
        if not self._baseline.is_subject:
            return self._baseline.earlier(evaluated.planned)
        subject = self._baseline.subject_for(evaluated.planned.subject)
        if subject is None:
            return Nothing("this is the baseline of the session")
        done = self._evaluations.done_of(evaluated.planned.task.task, subject.label)
        if done is None:
            raise EvalkitError(f"the baseline {subject.label} could not be evaluated: see its own items")
        done = done.as_of_now()
        return BaselineEvaluation(done.evaluation, done.observations)


def _stopped(evaluated: Evaluated, gate: RegressionGate, monitor: UnitMonitor) -> Comparing | None:
    """What the looks decided where they ended the asking; None where the gate compares with nothing."""
    watched = monitor.compared(gate)
    if watched is None:
        return None
    metric = evaluated.planned.scoring.metrics[gate.metric.label]
    stored = watched.stored
    live_id = monitor.live.evaluation_id if monitor.live is not None else None
    found = Stopped(
        gate,
        watched.stopped,
        metric.is_higher_better,
        stored.evaluation.run_id if stored is not None else evaluated.evaluation.run_id,
        common=stored.common if stored is not None else "",
        reservation=mixed_revisions(evaluated.observations),
        pooled_with=stored.pooled_with if stored is not None else (),
    )
    return Comparing(evaluated, found, stored.evaluation.evaluation_id if stored is not None else live_id)


def _nothing_compared(gate: RegressionGate, nothing: Nothing, doubt: str) -> Verdict:
    """No baseline yet is ``recorded``; answers that cannot be one, and a baseline without the task, leave the
    gate ``undecided``."""
    reason = nothing.reason[0].upper() + nothing.reason[1:]
    detail = " ".join(filter(None, [f"{reason}: nothing was compared.", doubt]))
    return Verdict(gate.text, "undecided", detail, is_recorded=nothing.is_first and not doubt)
