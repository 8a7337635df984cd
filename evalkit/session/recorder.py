"""From Responses to outcomes: keeps every row, computes metrics, decides gates, tells those who wait."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from evalkit.comparisons.cut_answers import with_cut_apart
from evalkit.comparisons.estimate import estimate
from evalkit.comparisons.failures import first_failure, n_failed
from evalkit.core.gate import AbsoluteGate, Gate
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.text import plural
from evalkit.core.user_code import caught
from evalkit.core.verdict import Verdict
from evalkit.errors import MetricError, StoreError
from evalkit.gates.absolute import decide_absolute
from evalkit.runner.rounds import Ask
from evalkit.runner.scoring import describe
from evalkit.runner.task_scorers import ASSERTS, OPERATIONAL
from evalkit.runner.unit import Unit
from evalkit.session.asserted_samples import AssertedSamples
from evalkit.session.baseline import Baseline
from evalkit.session.baseline_luck import BaselineLuck
from evalkit.session.evaluated import Evaluated
from evalkit.session.gate_properties import gate_properties
from evalkit.session.history_noise import HistoryNoise
from evalkit.session.item_spec import ItemSpec
from evalkit.session.outcome import Board, ItemOutcome
from evalkit.session.regression_gates import DecidedRegression, RegressionGates, cut_of
from evalkit.session.rerun.eligibility import RerunEligibility
from evalkit.session.rerun.gates import RerunGates
from evalkit.session.rerun.loop import RerunLoop
from evalkit.session.rerun.numbers import rerun_numbers
from evalkit.session.rerun.samples import FailedSample
from evalkit.session.sample_history import SampleHistory
from evalkit.session.sequential.savings import savings
from evalkit.session.sequential.stopping import Stopping
from evalkit.session.unit_plan import PlannedUnit, record_of
from evalkit.store.spool import Spool

#: What stands for a gate in the verdict of a task that has neither gates nor asserted samples.
EVALUATED = "evaluated"

_OTHER_GATES = {"task": EVALUATED, "sample": ASSERTS}


class ResultsRecorder:
    """The runner's Sink. Absolute gates are decided as soon as their unit is done; regression gates of a
    session share their alpha and are decided together, when the last unit is done."""

    def __init__(
        self,
        planned: Sequence[PlannedUnit],
        baseline: Baseline,
        spool: Spool,
        board: Board,
        earlier: SampleHistory,
        today: date,
        store_path: Path,
        stopping: Stopping | None = None,
        *,
        n_rerun: int = 0,
        on_rerun: Callable[[int], None] = lambda n_left: None,
    ) -> None:
        self._earlier = earlier
        self._asserted = AssertedSamples(board, earlier, today, is_holding=n_rerun > 0)
        self._stopping = stopping
        self._planned = {each.evaluation.evaluation_id: each for each in planned}
        self._baseline = baseline
        self._spool = spool
        self._board = board
        self._done: dict[str, Evaluated] = {}
        by_key = {(p.task.task, p.subject.label): key for key, p in self._planned.items()}
        self._regressions = RegressionGates(baseline, self._done, by_key, stopping)
        gates = RerunGates(self._regressions, RerunEligibility(self._planned, earlier), n_rerun)
        self.rerun_loop = RerunLoop(self, gates, n_rerun, on_rerun) if n_rerun else None
        self._noise = HistoryNoise(baseline, self._done, earlier)
        self._luck = BaselineLuck(baseline, store_path)
        self._lock = threading.Lock()
        self._is_concluding = False
        self._n_open = sum(each.unit is not None for each in planned)
        self.all_done = threading.Event()
        self._watched = {
            (each.evaluation.evaluation_id, item.sample_id): item.outcome_id
            for each in planned
            for item in each.wanted
            if item.kind == "sample"
        }

    @property
    def observations(self) -> Mapping[str, Observations]:
        """Evaluation id to the columns of what is done."""
        return {evaluation_id: each.observations for evaluation_id, each in self._done.items()}

    def begin(self) -> None:
        """Write down what is about to be asked; publish what cannot be."""
        for planned in self._planned.values():
            self._spool.add_evaluation(planned.evaluation)
            if planned.unit is not None:
                self._spool.add_prompt(planned.unit.prompt)
            else:
                self._fail_unit(planned, planned.failure or "cannot be evaluated")
        with contextlib.suppress(StoreError):  # a full disk is told at the end; until then rows are kept
            self._spool.flush()  # whoever dies now leaves a trace of what was begun
        if self._n_open == 0 and self.rerun_loop is None:
            self._decide_regressions()
            self.all_done.set()

    def on_response(self, unit: Unit, position: int, response: Response, scores: Sequence[Score]) -> None:
        sample = unit.sample_at(position)
        self._spool.add_response(unit.evaluation_id, sample, response, position // unit.n_repeats)
        self._spool.add_scores(unit.evaluation_id, sample.id, response.repeat, *scores)

    def on_sample_done(self, unit: Unit, sample_index: int) -> None:
        outcome_id = self._watched.get((unit.evaluation_id, unit.samples[sample_index].id))
        if outcome_id is not None:
            evaluation = self._planned[unit.evaluation_id].evaluation
            self._asserted.publish(outcome_id, evaluation, unit, sample_index)

    def on_unit_done(self, unit: Unit) -> None:
        planned = self._planned[unit.evaluation_id]
        self._is_concluding = True
        try:
            self._conclude(planned, unit)
            self._asserted.settle()
        except BaseException as error:  # a metric may be code of the user's
            self._fail_unit(planned, describe(caught(error)))
        self._is_concluding = False
        with self._lock:
            self._n_open -= 1
            is_last = self._n_open == 0
        if is_last and self.rerun_loop is None:
            self._decide_regressions()
            self.all_done.set()

    def interrupt(self) -> None:
        """The session ends early: metrics over what came, status ``interrupted``, no verdicts.

        Where one is still being computed, and has been waited for, none is begun.
        """
        is_stuck = self._is_concluding
        try:
            if not is_stuck:
                self.conclude_again()
        except BaseException as error:  # a metric that was stopped: that of the first pass stands
            caught(error)
        self.note_rerun(Counter())
        for evaluation_id, planned in self._planned.items():
            if evaluation_id in self._done or planned.unit is None:
                continue
            try:
                if is_stuck:
                    raise MetricError("another one does not end")
                self._evaluate(planned, planned.unit, "interrupted")
            except BaseException as error:  # half of the responses may be too few: they are kept all the same
                caught(error)
                n_errors = planned.unit.n_errors
                self._spool.add_evaluation(
                    replace(planned.evaluation, n_errors=n_errors, status="interrupted")
                )

    def _conclude(self, planned: PlannedUnit, unit: Unit) -> None:
        evaluated = self._evaluate(planned, unit, "finished")
        self._done[unit.evaluation_id] = evaluated
        for item in planned.wanted:
            if isinstance(item.gate, AbsoluteGate):
                self._publish_gate(evaluated, item.gate, self._decide_absolute(evaluated, item.gate))
        asserted = self._asserted.verdict(unit)
        if asserted is not None:
            self._spool.add_verdict(unit.evaluation_id, asserted)
        for item in planned.wanted:
            if item.kind == "task":
                self._publish(item, evaluated, self._evaluated_verdict(evaluated))

    def _evaluate(self, planned: PlannedUnit, unit: Unit, status: str) -> Evaluated:
        assert planned.scoring is not None
        evaluation = replace(
            planned.evaluation,
            subject=record_of(unit),
            n_samples=unit.n_issued // unit.n_repeats if unit.is_cut else planned.evaluation.n_samples,
            n_errors=unit.n_errors,
            status=status,
            sandbox=planned.sandbox.record if planned.sandbox is not None else None,
        )
        observations = unit.observations()
        estimates = {
            label: estimate(metric, label, observations) for label, metric in planned.scoring.metrics.items()
        }
        estimates = with_cut_apart(estimates, planned.scoring.metrics, observations, OPERATIONAL)
        self._spool.add_metrics(unit.evaluation_id, [*estimates.values(), *savings(unit)])
        self._spool.add_evaluation(evaluation)
        return Evaluated(planned, evaluation, observations, estimates)

    def _decide_absolute(self, evaluated: Evaluated, gate: AbsoluteGate) -> Verdict:
        n, n_errors = len(evaluated.observations), n_failed(evaluated.observations)
        most = evaluated.planned.task.max_error_rate
        cut = cut_of(evaluated)
        if cut is not None:
            return Verdict(gate.text, "error", cut)
        stopped = self._stopped_verdict(evaluated.planned, gate) if n_errors <= most * n else None
        verdict = stopped or decide_absolute(
            gate,
            evaluated.estimates[gate.metric.label],
            max_error_rate=most,
            n_total=n,
            n_errors=n_errors,
            first=first_failure(evaluated.observations),
        )
        return self._with_reason(evaluated, gate, self._unless_broken(evaluated, verdict))

    def _stopped_verdict(self, planned: PlannedUnit, gate: AbsoluteGate) -> Verdict | None:
        """What the looks decided, where they ended the asking."""
        watch = self._stopping.watch_of(planned.evaluation.evaluation_id) if self._stopping else None
        is_cut = planned.unit is not None and planned.unit.is_cut
        return watch.absolute_verdict(gate) if watch is not None and is_cut else None

    def _with_reason(self, evaluated: Evaluated, gate: Gate, verdict: Verdict) -> Verdict:
        """With ``--llm-sequential``: why this gate had its task asked to the end."""
        reasons = self._stopping.reasons if self._stopping else {}
        reason = reasons.get((evaluated.evaluation.evaluation_id, id(gate)))
        if reason is None:
            return verdict
        return replace(verdict, detail=f"{verdict.detail} Asked to the end: {reason}.")

    def _evaluated_verdict(self, evaluated: Evaluated) -> Verdict:
        """For a task with neither gates nor assertions: it was evaluated, not too much of it failed, and its
        metrics could be computed; one that these data give no value is no fault."""
        n, n_errors = len(evaluated.observations), evaluated.evaluation.n_errors
        detail = f"{plural(n, 'response')}, {plural(n_errors, 'error')}"
        if n_errors <= evaluated.planned.task.max_error_rate * n:
            return self._unless_broken(evaluated, Verdict(EVALUATED, "pass", detail))
        first = first_failure(evaluated.observations)
        return Verdict(EVALUATED, "error", f"{detail}; the first: {first}")

    @staticmethod
    def _unless_broken(evaluated: Evaluated, verdict: Verdict) -> Verdict:
        """No pass beside a metric that was asked for and could not be computed, whichever gate reads it."""
        broken = evaluated.broken_metric
        if broken is None or verdict.word not in ("pass", "recorded"):
            return verdict
        detail = f"{verdict.detail.rstrip('.')}; {broken.metric} could not be computed: {broken.error}"
        return replace(verdict, verdict="error", detail=detail, is_recorded=False)

    def _decide_regressions(self) -> None:
        for each in self._regressions.decide():
            explained = self._unless_broken(each.evaluated, self._explained(each))
            verdict = self._with_reason(each.evaluated, each.gate, explained)
            self._publish_gate(each.evaluated, each.gate, verdict, each.baseline_id)

    def _explained(self, decided: DecidedRegression) -> Verdict:
        return self._luck.explain(decided, self._noise.explain(decided))

    def failed_samples(self) -> list[FailedSample]:
        """What cannot be evaluated is an error, and nothing of it is asked again."""
        return [each for each in self._asserted.failed_samples() if each.unit.evaluation_id in self._done]

    def on_further_answer(self, ask: Ask, response: Response, scores: Sequence[Score]) -> None:
        unit, sample = ask.unit, ask.unit.samples[ask.sample_index]
        self._spool.add_response(
            unit.evaluation_id, sample, response, ask.sample_index, is_recheck=ask.is_recheck
        )
        self._spool.add_scores(unit.evaluation_id, sample.id, response.repeat, *scores)

    def settle_samples(self, verdicts: Sequence[tuple[FailedSample, ItemOutcome]]) -> None:
        instead: dict[str, dict[int, ItemOutcome]] = {}
        for failed, outcome in verdicts:
            self._board.publish(failed.outcome_id, outcome)
            instead.setdefault(failed.unit.evaluation_id, {})[failed.sample_index] = outcome
        for evaluation_id, outcomes in instead.items():
            unit = self._planned[evaluation_id].unit
            asserted = self._asserted.verdict(unit, outcomes) if unit is not None else None
            if asserted is not None:
                self._spool.add_verdict(evaluation_id, asserted)

    def settle_gate(self, decided: DecidedRegression, *, is_final: bool) -> None:
        verdict = self._unless_broken(decided.evaluated, self._explained(decided))
        if is_final:
            self._publish_gate(decided.evaluated, decided.gate, verdict, decided.baseline_id)
        else:
            evaluation_id = decided.evaluated.evaluation.evaluation_id
            self._spool.add_verdict(evaluation_id, verdict, decided.baseline_id)

    def conclude_again(self) -> None:
        for evaluation_id, before in list(self._done.items()):
            unit = before.planned.unit
            n_later = sum(not answer.is_recheck for answer in unit.further) if unit is not None else 0
            if unit is None or not n_later:
                continue
            self._done[evaluation_id] = self._evaluate(before.planned, unit, "finished")
            self._date_absolute(before, f"Decided before {plural(n_later, 'further answer')} came.")

    def _date_absolute(self, before: Evaluated, remark: str) -> None:
        """Absolute gates stay as they were put up; their stored details say which answers they rest on."""
        for gate in {id(item.gate): item.gate for item in before.planned.wanted}.values():
            if isinstance(gate, AbsoluteGate):
                verdict = self._decide_absolute(before, gate)
                dated = replace(verdict, detail=f"{verdict.detail} {remark}")
                self._spool.add_verdict(before.evaluation.evaluation_id, dated)

    def note_rerun(self, changed: Counter[str]) -> None:
        for evaluation_id, planned in self._planned.items():
            unit, n_changed = planned.unit, changed[evaluation_id]
            if unit is not None and (unit.further or n_changed):
                self._spool.add_metrics(evaluation_id, [*rerun_numbers(unit, n_changed)])

    def end(self) -> None:
        self.all_done.set()

    def _publish_gate(
        self, evaluated: Evaluated, gate: Gate, verdict: Verdict, baseline_id: str | None = None
    ) -> None:
        for item in evaluated.planned.wanted:
            if item.gate is gate:
                self._publish(item, evaluated, verdict, baseline_id)

    def _publish(
        self, item: ItemSpec, evaluated: Evaluated, verdict: Verdict, baseline_id: str | None = None
    ) -> None:
        self._spool.add_verdict(evaluated.evaluation.evaluation_id, verdict, baseline_id)
        numbers = gate_properties(item.gate, verdict, evaluated.estimates) if item.gate is not None else {}
        self._board.publish(item.outcome_id, ItemOutcome(verdict.word, verdict.detail, properties=numbers))

    def _fail_unit(self, planned: PlannedUnit, failure: str) -> None:
        """Every item of a unit that could not be evaluated is an error that says why."""
        gates = {item.gate.text if item.gate else _OTHER_GATES[item.kind]: None for item in planned.wanted}
        for gate in gates:
            self._spool.add_verdict(planned.evaluation.evaluation_id, Verdict(gate, "error", failure))
        for item in planned.wanted:
            self._board.publish(item.outcome_id, ItemOutcome("error", failure))
