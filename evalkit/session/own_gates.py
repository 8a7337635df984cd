"""Gates that are decided on their evaluation alone, as soon as it is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.comparisons.failures import first_failure, n_failed
from evalkit.core.gate import Gate
from evalkit.core.text import plural
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.decider import Evidence, own_decider
from evalkit.session import budgets
from evalkit.session.evaluations import Evaluated
from evalkit.session.publisher import EVALUATED, Publisher

if TYPE_CHECKING:
    from evalkit.gates.deciding.correcting import CorrectedOwn
    from evalkit.session.sequential.stopping import Stopping
    from evalkit.session.tournament.tournament import Tournament


class OwnGates:
    """Decides and puts up.

    Args:
        stopping: with ``--llm-sequential``, what was decided before the end.
        tournament: with ``--llm-tournament``, who was put out.
    """

    def __init__(
        self, publisher: Publisher, stopping: Stopping | None, tournament: Tournament | None = None
    ) -> None:
        self._publisher = publisher
        self._stopping = stopping
        self._tournament = tournament

    def publish(self, evaluated: Evaluated) -> None:
        """All of an evaluation that is done, and that it was evaluated where it has neither gates nor
        asserted Samples."""
        for gate in _own(evaluated):
            self._publisher.gate(evaluated, gate, self._decide(evaluated, gate))
        for item in evaluated.planned.items:
            if item.kind == "task":
                verdict = _evaluated(evaluated)
                if verdict.verdict == "pass":
                    verdict = self._dropped(evaluated, EVALUATED) or verdict
                self._publisher.item(item, evaluated, verdict)

    def _dropped(self, evaluated: Evaluated, gate: str) -> Verdict | None:
        """Of a Subject that a tournament put out."""
        return self._tournament.dropped_verdict(evaluated.planned, gate) if self._tournament else None

    def date(self, before: Evaluated, remark: str) -> None:
        """Gates stay as they were put up; their stored details say which answers they rest on."""
        for gate in _own(before):
            verdict = self._decide(before, gate)
            self._publisher.keep(before, replace(verdict, detail=f"{verdict.detail} {remark}"))

    def _decide(self, evaluated: Evaluated, gate: Gate) -> Verdict:
        observations, label = evaluated.observations, gate.metric.label
        evidence = Evidence(
            evaluated.estimates[label],
            evaluated.planned.task.max_error_rate,
            len(observations),
            n_failed(observations),
            first_failure(observations),
            evaluated.evaluation.run_id,
            evaluated.planned.scoring.metrics[label].reads_reviews,
        )
        if not evidence.has_too_many_errors and evaluated.cut is not None:
            return Verdict(gate.text, "error", evaluated.cut)
        dropped = None if evidence.has_too_many_errors else self._dropped(evaluated, gate.text)
        if dropped is not None:
            return evaluated.held(dropped)
        stopping = self._stopping
        stopped = None
        if stopping is not None and not evidence.has_too_many_errors:
            stopped = stopping.own_verdict(evaluated.planned, gate)
        if stopped is None and not evidence.has_too_many_errors and evaluated.planned.unit.is_out_of_budget:
            return budgets.own_verdict(gate.text, evidence.estimate, evaluated.planned.unit)
        corrected = None if stopped is not None else _corrected(evaluated, gate)
        if corrected is not None:
            evidence = replace(evidence, estimate=corrected.estimate)
        verdict = evaluated.held(stopped or own_decider(gate).decide(gate, evidence))
        if evaluated.planned.control is not None:
            verdict = evaluated.planned.control.told(verdict)
        if evaluated.planned.judged is not None:
            is_corrected = corrected is not None and corrected.correction is not None
            verdict = corrected.told(gate, verdict) if corrected is not None else verdict
            verdict = evaluated.planned.judged.own(gate, verdict, observations, is_corrected=is_corrected)
        return stopping.with_reason(evaluated.planned, gate, verdict) if stopping is not None else verdict


def _corrected(evaluated: Evaluated, gate: Gate) -> CorrectedOwn | None:
    """What labels by people make of a judge's metric; None where they have no part in the gate."""
    planned = evaluated.planned
    if planned.judged is None or planned.control is not None:
        return None
    label = gate.metric.label
    now = evaluated.evaluation, evaluated.observations
    return planned.judged.corrected_own(gate, planned.scoring.metrics[label], evaluated.estimates[label], now)


def _own(evaluated: Evaluated) -> list[Gate]:
    return [gate for gate in evaluated.planned.gates if not gate.is_compared]


def _evaluated(evaluated: Evaluated) -> Verdict:
    """For a task with neither gates nor assertions: it was evaluated, not too much of it failed or was cut,
    and its metrics could be computed; one that these data give no value is not a fault."""
    n, n_errors = len(evaluated.observations), evaluated.evaluation.n_errors
    detail = f"{plural(n, 'response')}, {plural(n_errors, 'error')}"
    unit = evaluated.planned.unit
    if n_errors > evaluated.planned.task.max_error_rate * n:
        first = first_failure(evaluated.observations)
        return Verdict(EVALUATED, "error", f"{detail}; the first: {first}")
    if evaluated.cut is not None:
        return Verdict(EVALUATED, "error", evaluated.cut)
    if unit.is_out_of_budget:
        return Verdict(EVALUATED, "undecided", f"{detail}. {budgets.left_out(unit)}")
    return evaluated.held(Verdict(EVALUATED, "pass", detail))
