"""``--llm-sequential``: which units may stop, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.core.gate import Gate
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.decider import compared_decider, own_decider
from evalkit.runner.ask_order import ask_order
from evalkit.runner.scoring import describe
from evalkit.runner.task_scorers import ASSERTS
from evalkit.runner.unit import Unit
from evalkit.session.baseline import Baseline, Nothing
from evalkit.session.sequential.monitor import Stored, UnitMonitor, Watched, WatchedCompared, WatchedOwn
from evalkit.session.sequential.stored_side import cannot_pass, stored_side
from evalkit.session.units import PlannedUnit, ReadyUnit


class Stopping:
    """The runner's Stopper: ends a unit when all its gates are decided and no other unit needs its answers.

    Puts every unit's samples into the random order of its evaluation: the same for all Subjects of a run, and
    drawn anew for each run, so that not every night bets on the same first samples.
    """

    def __init__(self, planned: Sequence[PlannedUnit], baseline: Baseline) -> None:
        self._baseline = baseline
        ready = [each for each in planned if isinstance(each, ReadyUnit)]
        self._by_key = {each.key: each for each in ready}
        #: (evaluation id, id of the gate) to why that gate keeps its task asked to the end.
        self._reasons: dict[tuple[str, int], str] = {}
        #: Evaluation id to the units that it is the live baseline of, and to what is watched.
        self._dependents: dict[str, list[Unit]] = {}
        self._monitors: dict[str, UnitMonitor] = {}
        self._waits_for: dict[str, list[UnitMonitor]] = {}
        orders = {each.evaluation_id: _order(each) for each in ready}
        for each in ready:
            each.unit.order = orders[each.evaluation_id]
        for each in ready:
            self._couple(each)
        watchable = [each for each in ready if self._is_watchable(each)]
        candidates = [each for each in planned if not self._is_baseline(each)]
        n_compared = sum(gate.is_compared for each in candidates for gate in each.gates)
        n_own = sum(not gate.is_compared for each in watchable for gate in each.gates)
        for each in watchable:
            self._watch(each, orders[each.evaluation_id], n_own, n_compared)

    def after_sample(self, unit: Unit, sample_index: int) -> list[Unit]:
        """Take in the Sample; the units that may stop now."""
        touched = self._waits_for.get(unit.evaluation_id, [])
        for monitor in touched:
            monitor.advance()
        candidates = [monitor.unit for monitor in touched]
        # A baseline stops after the last that is compared with it.
        candidates += [monitor.live for monitor in touched if monitor.live is not None]
        stopping: list[Unit] = []
        for each in candidates:
            is_open = not each.is_stopped and not each.is_done
            if is_open and self._may_stop(each, stopping):
                stopping.append(each)
        return stopping

    def monitor_of(self, planned: ReadyUnit) -> UnitMonitor | None:
        """What the looks saw of a unit, None where there were none."""
        return self._monitors.get(planned.evaluation_id)

    def own_verdict(self, planned: ReadyUnit, gate: Gate) -> Verdict | None:
        """What the looks decided of a gate on its own evaluation, where they ended the asking."""
        monitor = self.monitor_of(planned)
        return monitor.own_verdict(gate) if monitor is not None and planned.is_cut else None

    def with_reason(self, planned: ReadyUnit, gate: Gate, verdict: Verdict) -> Verdict:
        """The verdict, with why this gate had its task asked to the end where it did."""
        reason = self._reasons.get((planned.evaluation_id, id(gate)))
        if reason is None:
            return verdict
        return replace(verdict, detail=f"{verdict.detail} Asked to the end: {reason}.")

    def _may_stop(self, unit: Unit, stopping: Sequence[Unit]) -> bool:
        monitor = self._monitors.get(unit.evaluation_id)
        if monitor is None or not monitor.is_decided or unit in stopping:
            return False
        # One that was asked to the end is compared over all samples.
        dependents = self._dependents.get(unit.evaluation_id, [])
        return all(each.is_stopped or each in stopping for each in dependents)

    def _couple(self, planned: ReadyUnit) -> None:
        """Keep a candidate and its live baseline side by side."""
        other = self._live_baseline(planned)
        if other is None:
            return
        self._dependents.setdefault(other.evaluation_id, []).append(planned.unit)
        planned.unit.partners.append(other.unit)
        other.unit.partners.append(planned.unit)

    def _live_baseline(self, planned: ReadyUnit) -> ReadyUnit | None:
        if not (self._baseline.is_subject and any(gate.is_compared for gate in planned.gates)):
            return None
        subject = self._baseline.subject_for(planned.subject)
        return self._by_key.get((planned.task.task, subject.label)) if subject is not None else None

    def _is_watchable(self, planned: ReadyUnit) -> bool:
        """Whether every gate of the unit can be decided early; remembers those that cannot."""
        if any(item.kind == "sample" for item in planned.items):
            return False
        if not planned.gates and not self._dependents.get(planned.evaluation_id):
            return False
        reasons = {}
        for gate in planned.gates:
            reason = _why_whole(planned) or _why_not_judged(planned, gate) or _why_not_early(planned, gate)
            if reason is not None:
                reasons[planned.evaluation_id, id(gate)] = reason
        self._reasons |= reasons
        return not reasons

    def _watch(self, planned: ReadyUnit, order: Sequence[int], n_own: int, n_compared: int) -> None:
        watched: list[Watched] = []
        live: Unit | None = None
        for gate in planned.gates:
            metric, n_total = planned.scoring.metrics[gate.metric.label], len(planned.unit.samples)
            if not gate.is_compared:
                own = own_decider(gate).sequence(gate, metric, n_total, n_own)
                watched.append(WatchedOwn(gate, metric, own))
            elif not self._is_baseline(planned):
                side = self._other_side(planned, gate)
                if side is None:
                    return
                live = side if isinstance(side, Unit) else live
                stored = None if isinstance(side, Unit) else side
                sequence = compared_decider(gate).sequence(gate, metric, n_total, n_compared)
                watched.append(WatchedCompared(gate, metric, sequence, stored))
        monitor = UnitMonitor(planned.unit, order, watched, planned.task.max_error_rate, live)
        self._monitors[planned.evaluation_id] = monitor
        for each in [planned.unit] if live is None else [planned.unit, live]:
            self._waits_for.setdefault(each.evaluation_id, []).append(monitor)

    def _is_baseline(self, planned: PlannedUnit) -> bool:
        """Whether others are compared with this one, so that its own compared gates pass."""
        return self._baseline.is_subject and self._baseline.subject_for(planned.subject) is None

    def _other_side(self, planned: ReadyUnit, gate: Gate) -> Stored | Unit | None:
        """None where there is nothing to compare with, or must not be: the run is wanted whole."""
        if self._baseline.is_subject:
            live = self._live_baseline(planned)
            if live is None or cannot_pass(planned.evaluation, live.evaluation):
                return None
            return live.unit if _ids(live.unit) == _ids(planned.unit) else None
        metric = planned.scoring.metrics[gate.metric.label]
        try:
            earlier = self._baseline.earlier(planned)
            if isinstance(earlier, Nothing):
                return None
            return stored_side(planned, metric, earlier.seen_by(metric))
        except Exception as error:
            self._reasons[planned.evaluation_id, id(gate)] = describe(error)
            return None


def _why_whole(planned: ReadyUnit) -> str | None:
    if any(scorer.name == ASSERTS for scorer in planned.scoring.scorers):
        return "its samples are asserted one by one"
    if planned.task.group is not None:
        return "samples of one group do not come independently"
    return None


def _why_not_judged(planned: ReadyUnit, gate: Gate) -> str | None:
    is_refused = planned.judged is not None and planned.judged.refusal(gate.metric.label) is not None
    return "nothing is decided on a judge without a calibration" if is_refused else None


def _why_not_early(planned: ReadyUnit, gate: Gate) -> str | None:
    metric = planned.scoring.metrics[gate.metric.label]
    if gate.is_compared:
        return compared_decider(gate).why_not_early(gate, metric)
    return own_decider(gate).why_not_early(gate, metric)


def _ids(unit: Unit) -> list[str]:
    return [sample.id for sample in unit.samples]


def _order(planned: ReadyUnit) -> list[int]:
    evaluation = planned.evaluation
    seed = evaluation.order_seed or evaluation.run_id
    return ask_order(len(planned.unit.samples), evaluation.dataset_hash, seed)
