"""``--llm-sequential``: which units may stop, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evalkit.comparisons.comparable import contents, is_recorded, match, over, reservation, side_of
from evalkit.comparisons.pairing import sample_codes, sample_means
from evalkit.core.gate import AbsoluteGate, Gate, RegressionGate
from evalkit.core.run import Evaluation
from evalkit.core.wholeness import why_limited
from evalkit.gates.pooling import BaselineEvaluation
from evalkit.gates.regression import Side, too_little_common, too_many_failed, unlike
from evalkit.gates.sequential import why_not_early
from evalkit.gates.too_many_errors import too_many_cut, too_many_errors
from evalkit.metrics.metric import Metric
from evalkit.runner.ask_order import ask_order
from evalkit.runner.scoring import describe
from evalkit.runner.task_scorers import ASSERTS
from evalkit.runner.unit import Unit
from evalkit.session.baseline import Baseline, Nothing
from evalkit.session.sequential.monitor import Stored, UnitMonitor
from evalkit.session.unit_plan import PlannedUnit
from evalkit.stats.bootstrap import SampleRows


class Stopping:
    """The runner's Stopper: ends a unit when all its gates are decided and no other unit needs its answers.

    Puts every unit's samples into the random order of its evaluation: the same for all Subjects of a run, and
    drawn anew for each run, so that not every night bets on the same first samples.

    Attributes:
        reasons: (evaluation id, id of the gate) to why that gate keeps its task asked to the end.
    """

    def __init__(self, planned: Sequence[PlannedUnit], baseline: Baseline) -> None:
        self._baseline = baseline
        self._by_key = {(each.task.task, each.subject.label): each for each in planned}
        self.reasons: dict[tuple[str, int], str] = {}
        #: Evaluation id to the units that it is the live baseline of, and to what is watched.
        self._dependents: dict[str, list[Unit]] = {}
        self._watches: dict[str, UnitMonitor] = {}
        self._waits_for: dict[str, list[UnitMonitor]] = {}
        open_units = [(each, each.unit) for each in planned if each.unit is not None]
        for each, unit in open_units:
            unit.order = _order(each.evaluation, unit)
        for each, unit in open_units:
            self._couple(each, unit)
        watchable = [(each, unit) for each, unit in open_units if self._is_watchable(each)]
        compared = [each for each in planned if not self._is_baseline(each)]
        n_regressions = sum(isinstance(gate, RegressionGate) for each in compared for gate in _gates(each))
        n_absolute = sum(isinstance(gate, AbsoluteGate) for each, _ in watchable for gate in _gates(each))
        for each, unit in watchable:
            self._watch(each, unit, n_absolute, n_regressions)

    def after_sample(self, unit: Unit, sample_index: int) -> list[Unit]:
        """Take in the Sample; the units that may stop now."""
        touched = self._waits_for.get(unit.evaluation_id, [])
        for watch in touched:
            watch.advance()
        candidates = [watch.unit for watch in touched]
        # A baseline stops after the last that is compared with it.
        candidates += [watch.live for watch in touched if watch.live is not None]
        stopping: list[Unit] = []
        for each in candidates:
            is_open = not each.is_stopped and not each.is_done
            if is_open and self._may_stop(each, stopping):
                stopping.append(each)
        return stopping

    def watch_of(self, evaluation_id: str) -> UnitMonitor | None:
        """What the looks saw of a unit, None where there were none."""
        return self._watches.get(evaluation_id)

    def _may_stop(self, unit: Unit, stopping: Sequence[Unit]) -> bool:
        watch = self._watches.get(unit.evaluation_id)
        if watch is None or not watch.is_decided or unit in stopping:
            return False
        # One that was asked to the end is compared over all samples.
        dependents = self._dependents.get(unit.evaluation_id, [])
        return all(each.is_stopped or each in stopping for each in dependents)

    def _couple(self, planned: PlannedUnit, unit: Unit) -> None:
        """Keep a candidate and its live baseline side by side."""
        other = self._live_baseline(planned)
        if other is None or other.unit is None:
            return
        self._dependents.setdefault(other.unit.evaluation_id, []).append(unit)
        unit.partners.append(other.unit)
        other.unit.partners.append(unit)

    def _live_baseline(self, planned: PlannedUnit) -> PlannedUnit | None:
        has_regression = any(isinstance(gate, RegressionGate) for gate in _gates(planned))
        if not (self._baseline.is_subject and has_regression):
            return None
        subject = self._baseline.subject_for(planned.subject)
        return self._by_key.get((planned.task.task, subject.label)) if subject is not None else None

    def _is_watchable(self, planned: PlannedUnit) -> bool:
        """Whether every gate of the unit can be decided early; remembers those that cannot."""
        assert planned.unit is not None
        assert planned.scoring is not None
        if any(item.kind == "sample" for item in planned.wanted):
            return False
        gates = _gates(planned)
        if not gates and not self._dependents.get(planned.unit.evaluation_id):
            return False
        for gate in gates:
            metric = planned.scoring.metrics[gate.metric.label]
            reason = self._why_whole(planned) or _why_all(gate) or why_not_early(metric, gate.metric.label)
            if reason is not None:
                self.reasons[planned.evaluation.evaluation_id, id(gate)] = reason
        return not any((planned.evaluation.evaluation_id, id(gate)) in self.reasons for gate in gates)

    def _why_whole(self, planned: PlannedUnit) -> str | None:
        assert planned.scoring is not None
        if any(scorer.name == ASSERTS for scorer in planned.scoring.scorers):
            return "its samples are asserted one by one"
        if getattr(planned.task, "group", None) is not None:
            return "samples of one group do not come independently"
        return None

    def _watch(self, planned: PlannedUnit, unit: Unit, n_absolute: int, n_regressions: int) -> None:
        assert planned.scoring is not None
        watch = UnitMonitor(unit, planned.task.max_error_rate)
        for gate in _gates(planned):
            metric = planned.scoring.metrics[gate.metric.label]
            if isinstance(gate, AbsoluteGate):
                watch.add_absolute(gate, metric, n_absolute)
            elif not self._is_baseline(planned):
                baseline = self._baseline_of(planned, unit, gate, metric)
                if baseline is None:
                    return
                watch.add_regression(gate, metric, n_regressions, baseline)
        self._watches[unit.evaluation_id] = watch
        for each in [unit] if watch.live is None else [unit, watch.live]:
            self._waits_for.setdefault(each.evaluation_id, []).append(watch)

    def _is_baseline(self, planned: PlannedUnit) -> bool:
        """Whether others are compared with this one, so that its own regression gates pass."""
        return self._baseline.is_subject and self._baseline.subject_for(planned.subject) is None

    def _baseline_of(
        self, planned: PlannedUnit, unit: Unit, gate: RegressionGate, metric: Metric
    ) -> Stored | Unit | None:
        """None where there is nothing to compare with, or must not be: the run is wanted whole."""
        if self._baseline.is_subject:
            live = self._live_baseline(planned)
            if live is None or live.unit is None or _cannot_pass(planned.evaluation, live.evaluation):
                return None
            return live.unit if _ids(live.unit) == _ids(unit) else None
        try:
            earlier = self._baseline.earlier(planned)
            if isinstance(earlier, Nothing):
                return None
            return _stored(planned, unit, metric, earlier.seen_by(metric))
        except Exception as error:
            self.reasons[planned.evaluation.evaluation_id, id(gate)] = describe(error)
            return None


def _why_all(gate: Gate) -> str | None:
    """Looks tell what the full run's value will be, not what its interval will prove, nor what will fail."""
    if gate.missing == "worst":
        return "what fails, and counts, is known at the end"
    is_proof = isinstance(gate, AbsoluteGate) and gate.proof != "value"
    return "a proof takes the interval of all samples" if is_proof else None


def _cannot_pass(candidate: Evaluation, baseline: Evaluation) -> bool:
    """Whether it is plain beforehand that the gate will be held back: it is not to stop early with a pass."""
    is_one_recording = is_recorded(candidate) and candidate.subject.model == baseline.subject.model
    return is_one_recording or why_limited(candidate) is not None


def _ids(unit: Unit) -> list[str]:
    return [sample.id for sample in unit.samples]


def _order(evaluation: Evaluation, unit: Unit) -> list[int]:
    assert evaluation.order_seed is not None
    return ask_order(len(unit.samples), evaluation.dataset_hash, evaluation.order_seed)


def _gates(planned: PlannedUnit) -> list[Gate]:
    return list({id(item.gate): item.gate for item in planned.wanted if item.gate is not None}.values())


def _stored(planned: PlannedUnit, unit: Unit, metric: Metric, earlier: BaselineEvaluation) -> Stored | None:
    """The baseline's side over the samples that are the same; None where the run is wanted whole, for its
    gate will not pass or cannot be decided at all."""
    now, task = planned.evaluation, planned.task
    candidate = Side(unit.observations(), now.task_hash, now.dataset_hash)
    baseline = side_of(earlier.evaluation, earlier.observations)
    found = match(
        contents(earlier.observations),
        {sample.id: sample.content_hash for sample in unit.samples},
        is_same_dataset=now.dataset_hash == baseline.dataset_hash,
    )
    problem = (
        unlike(metric, candidate, baseline, found)
        or too_little_common(found, task.min_common)
        or too_many_errors("baseline", earlier.observations, task.max_error_rate)
        or too_many_cut("baseline", earlier.observations, task.truncation_limit)
        or too_many_failed(metric, baseline, baseline, task.max_error_rate)
        or reservation(baseline, candidate, found)
    )
    if problem or _cannot_pass(now, earlier.evaluation):
        return None
    common = " ".join(filter(None, (found.sentence, earlier.sentence)))
    values = _sample_values(metric, earlier, found.common)
    return Stored(earlier.evaluation, values, common, tuple(earlier.others))


def _sample_values(metric: Metric, earlier: BaselineEvaluation, common: Sequence[str]) -> Mapping[str, float]:
    table = metric.table(over(earlier.observations, common))
    means = sample_means(SampleRows(table.rows, sample_codes(table.sample_ids)))
    return dict(zip(dict.fromkeys(table.sample_ids), means.tolist(), strict=True))
