"""The regression gates of a session: each against its baseline, all decided together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evalkit.comparisons.comparable import side_of
from evalkit.comparisons.revisions import mixed_revisions
from evalkit.core.gate import RegressionGate
from evalkit.core.request import GenerateParams
from evalkit.core.verdict import Verdict
from evalkit.errors import EvalkitError
from evalkit.gates import sentences
from evalkit.gates.against_pool import prepare_against
from evalkit.gates.pooling import BaselineEvaluation
from evalkit.gates.regression import PendingRegression, decide_session
from evalkit.gates.sequential import LOOKS
from evalkit.gates.too_many_errors import too_many_cut, too_many_errors
from evalkit.runner.scoring import describe
from evalkit.session.baseline import Baseline, Nothing
from evalkit.session.evaluated import Evaluated
from evalkit.session.sequential.monitor import UnitMonitor
from evalkit.session.sequential.stopping import Stopping


@dataclass(frozen=True, slots=True)
class DecidedRegression:
    """A regression gate with its verdict; ``baseline_id`` is the evaluation it was compared with, if any."""

    evaluated: Evaluated
    gate: RegressionGate
    verdict: Verdict
    baseline_id: str | None


@dataclass(frozen=True, slots=True)
class WaitingRegression:
    """A regression gate that is measured and waits for the others of its session."""

    evaluated: Evaluated
    gate: RegressionGate
    pending: PendingRegression
    baseline_id: str | None

    def decided(self, verdict: Verdict) -> DecidedRegression:
        return DecidedRegression(self.evaluated, self.gate, verdict, self.baseline_id)


class RegressionGates:
    """Compares every evaluation that asks for it with its baseline.

    Args:
        done: evaluation id to what was evaluated.
        by_key: (task name, subject label) to the id of the evaluation of this session.
        stopping: with ``--llm-sequential``, what was decided before the end.
    """

    def __init__(
        self,
        baseline: Baseline,
        done: Mapping[str, Evaluated],
        by_key: Mapping[tuple[str, str], str],
        stopping: Stopping | None = None,
    ) -> None:
        self._stopping = stopping
        self._baseline = baseline
        self._done = done
        self._by_key = by_key

    def decide(self) -> list[DecidedRegression]:
        """All at once, so that alpha is shared over them. What cannot be compared has a verdict ``error``."""
        waiting = self.measure()
        verdicts = decide_session([each.pending for each in waiting])
        return [each.decided(verdict) for each, verdict in zip(waiting, verdicts, strict=True)]

    def measure(self) -> list[WaitingRegression]:
        """Every regression gate of the session on the answers there are now."""
        return [
            WaitingRegression(evaluated, item.gate, *self._pending(evaluated, item.gate))
            for evaluated in self._done.values()
            for item in evaluated.planned.wanted
            if isinstance(item.gate, RegressionGate)
        ]

    def measure_again(self, waiting: WaitingRegression) -> PendingRegression:
        """The same gate on the answers there are now."""
        evaluated = self._done[waiting.evaluated.evaluation.evaluation_id]
        return self._pending(_as_of_now(evaluated), waiting.gate)[0]

    def _pending(self, evaluated: Evaluated, gate: RegressionGate) -> tuple[PendingRegression, str | None]:
        assert evaluated.planned.scoring is not None
        task = evaluated.planned.task
        evaluation_id = evaluated.evaluation.evaluation_id
        watch = self._stopping.watch_of(evaluation_id) if self._stopping is not None else None
        stopped = self._stopped(evaluated, gate, watch) if watch is not None else None
        broken = too_many_errors("candidate", evaluated.observations, task.max_error_rate) or cut_of(
            evaluated
        )
        if broken is not None:
            return PendingRegression(gate, verdict=Verdict(gate.text, "error", broken)), None
        if stopped is not None:
            return stopped
        try:
            other = self._other_side(evaluated)
            if isinstance(other, Nothing):
                verdict = _nothing_compared(gate, other, mixed_revisions(evaluated.observations))
                return PendingRegression(gate, verdict=verdict), None
            pending = prepare_against(
                gate,
                evaluated.planned.scoring.metrics[gate.metric.label],
                side_of(evaluated.evaluation, evaluated.observations),
                other,
                max_error_rate=task.max_error_rate,
                min_common=task.min_common,
                max_truncated_rate=task.truncation_limit,
            )
            if watch is not None:
                pending = replace(pending, share=1 - LOOKS, remark=sentences.asked_to_the_end(LOOKS))
            return pending, other.evaluation.evaluation_id
        except Exception as error:
            return PendingRegression(gate, verdict=Verdict(gate.text, "error", describe(error))), None

    def _stopped(
        self, evaluated: Evaluated, gate: RegressionGate, watch: UnitMonitor
    ) -> tuple[PendingRegression, str | None] | None:
        """What the looks decided where they ended the asking; None where they did not."""
        decided = watch.stopped(gate) if watch.unit.is_cut else None
        if decided is None:
            return None
        assert evaluated.planned.scoring is not None
        metric = evaluated.planned.scoring.metrics[gate.metric.label]
        stored = watch.baseline_of(gate)
        live_id = watch.live.evaluation_id if watch.live is not None else None
        run_id = stored.run_id if stored is not None else evaluated.evaluation.run_id
        pending = PendingRegression(
            gate,
            None,
            None,
            metric.is_higher_better,
            run_id,
            stopped=decided,
            common=watch.common_of(gate),
            reservation=mixed_revisions(evaluated.observations),
            pooled_with=watch.pooled_with(gate),
        )
        return pending, stored.evaluation_id if stored is not None else live_id

    def _other_side(self, evaluated: Evaluated) -> BaselineEvaluation | Nothing:
        """The baseline's evaluation, or why there is nothing to compare with."""
        if not self._baseline.is_subject:
            return self._baseline.earlier(evaluated.planned)
        subject = self._baseline.subject_for(evaluated.planned.subject)
        if subject is None:
            return Nothing("this is the baseline of the session")
        done = self._done.get(self._by_key[evaluated.planned.task.task, subject.label])
        if done is None:
            raise EvalkitError(f"the baseline {subject.label} could not be evaluated: see its own items")
        done = _as_of_now(done)
        return BaselineEvaluation(done.evaluation, done.observations)


def cut_of(evaluated: Evaluated) -> str | None:
    """That more responses were cut at ``max_tokens`` than the task allows, a sentence."""
    task = evaluated.planned.task
    max_tokens = task.generate.max_tokens if isinstance(task.generate, GenerateParams) else None
    return too_many_cut("candidate", evaluated.observations, task.truncation_limit, max_tokens)


def _as_of_now(evaluated: Evaluated) -> Evaluated:
    """With the further answers that have come since it was evaluated."""
    unit = evaluated.planned.unit
    if unit is None or not unit.further:
        return evaluated
    return replace(evaluated, observations=unit.observations())


def _nothing_compared(gate: RegressionGate, nothing: Nothing, doubt: str) -> Verdict:
    """No baseline yet is ``recorded``; answers that cannot be one, and a baseline without the task, leave the
    gate ``undecided``."""
    reason = nothing.reason[0].upper() + nothing.reason[1:]
    detail = _joined(f"{reason}: nothing was compared.", doubt)
    return Verdict(gate.text, "undecided", detail, is_recorded=nothing.is_first and not doubt)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
