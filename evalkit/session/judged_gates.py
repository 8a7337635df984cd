"""The gates of a unit that read a judge's scores; loaded where a task has a judge."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.core.columns import column_of
from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.core.gate import Gate, MetricSpec
from evalkit.core.judge_calibration import JudgeCalibration, judges_seen
from evalkit.core.judge_condition import LABEL_COST_USD, JudgeCondition
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.compared import ComparedGate, Measured
from evalkit.gates.deciding.judge_standing import JudgeStanding, held_compared, held_own
from evalkit.metrics.metric import Metric
from evalkit.metrics.reading import base_name, parted
from evalkit.runner.score_sources import reads_scores
from evalkit.scorers.judge.engine.criterion import OVERALL

if TYPE_CHECKING:
    from evalkit.gates.deciding.correcting import CorrectedOwn, PeoplesWord
    from evalkit.gates.deciding.pooling import BaselineEvaluation

#: An evaluation and what was answered.
Evaluated = tuple[Evaluation, Observations]
#: The registry name of the scorer whose verdicts are a Model's.
JUDGE = "judge"


@frozen
class JudgedGates:
    """What is known of the judges of a unit.

    Attributes:
        sources: label of each metric that reads a judge -> what the judge's scores are called.
        standings: the same labels -> what is known of the judge.
        people: what people say of answers to the task; None where nobody labelled any.
    """

    condition: JudgeCondition | None
    sources: Mapping[str, str]
    standings: Mapping[str, JudgeStanding]
    now: float
    people: PeoplesWord | None = None

    def refusal(self, label: str, observations: Observations | None = None) -> str | None:
        """Why nothing may be decided on a metric, a sentence; None where it may, or reads no judge.

        Args:
            observations: the scores, once they came: only they know the judge's revision.
        """
        standing = self._standing(label, observations)
        return None if standing is None else standing.why_not(self.condition, self.now)

    def own(
        self, gate: Gate, verdict: Verdict, observations: Observations, *, is_corrected: bool = False
    ) -> Verdict:
        """The verdict of a gate on its evaluation alone, held to the condition.

        Args:
            is_corrected: it rests on labels by people too.
        """
        standing = self._standing(gate.metric.label, observations)
        if standing is None:
            return verdict
        remark = "" if is_corrected else standing.remark()
        return held_own(verdict, standing.why_not(self.condition, self.now), remark)

    def compared(self, gate: Gate, found: ComparedGate, observations: Observations) -> ComparedGate:
        """The same of a gate that compares."""
        standing = self._standing(gate.metric.label, observations)
        if standing is None:
            return found
        is_corrected = isinstance(found, Measured) and found.paired.correction is not None
        remark = "" if is_corrected else standing.remark()
        return held_compared(found, standing.why_not(self.condition, self.now), remark)

    def corrected(
        self, found: ComparedGate, metric: Metric, now: Evaluated, other: BaselineEvaluation
    ) -> ComparedGate:
        """A gate that compares, its difference corrected by labels where there are any."""
        if self.people is None:
            return found
        from evalkit.gates.deciding.correcting import Answered  # where people labelled answers

        seen = other.seen_by(metric)
        baseline = Answered(seen.observations, [seen.evaluation.evaluation_id])
        return self.people.compared(found, metric, Answered(now[1], [now[0].evaluation_id]), baseline)

    def corrected_own(
        self, gate: Gate, metric: Metric, plain: Estimate, now: Evaluated
    ) -> CorrectedOwn | None:
        """What a gate on its evaluation alone is decided on; None where nobody labelled anything."""
        if self.people is None:
            return None
        from evalkit.gates.deciding.correcting import Answered

        return self.people.own(gate, metric, plain, Answered(now[1], [now[0].evaluation_id]))

    def corrected_rows(
        self,
        estimates: Mapping[str, Estimate],
        metrics: Mapping[str, Metric],
        specs: Mapping[str, MetricSpec],
        now: Evaluated,
    ) -> list[Estimate]:
        """What labels make of each metric of a judge, a row of its own beside the judge's: ``n`` is how many
        labels were drawn."""
        if self.people is None:
            return []
        from evalkit.gates.deciding.correcting import Answered

        side, rows = Answered(now[1], [now[0].evaluation_id]), []
        for label in self.sources:
            found = self.people.value(specs[label], metrics[label], estimates[label], side)
            if found.correction is not None:
                name, n = f"corrected({label})", found.correction.n_labels
                rows.append(replace(found.estimate, metric=name, n=n, n_failed=0, first_failure=None))
        return rows

    def _standing(self, label: str, observations: Observations | None) -> JudgeStanding | None:
        standing = self.standings.get(label)
        if standing is None or observations is None:
            return standing
        scores = observations.scores.get(self.sources[label], ())
        _, revisions = judges_seen(column_of(scores, "judgements"))
        return replace(standing, revisions=revisions)


def judged_gates(
    condition: JudgeCondition | None,
    metrics: Mapping[str, Metric],
    scorers: Mapping[str, str],
    task_name: str,
    read: Callable[[Sequence[str]], Sequence[JudgeCalibration]],
    labelled: Callable[[], Sequence[LabelledAnswer]] = tuple,
) -> JudgedGates | None:
    """None where no metric reads a judge.

    Args:
        metrics: by label.
        scorers: what scores are called -> signature of their scorer.
        task_name: file of the task, or its name.
        read: the calibrations of signatures, the newest first.
        labelled: the answers to the task that people labelled.
    """
    found = {label: judged_source(metric, scorers) for label, metric in metrics.items()}
    sources = {label: source for label, source in found.items() if source is not None}
    if not sources:
        return None
    records = read(sorted({signature for _, signature in sources.values()}))
    command = f"evalkit judge calibrate {shlex.quote(task_name)} --labels FILE"
    standings = {
        label: JudgeStanding(name, [each for each in records if each.signature == signature], command)
        for label, (name, signature) in sources.items()
    }
    names = {label: name for label, (name, _) in sources.items()}
    return JudgedGates(condition, names, standings, time.time(), peoples_word(labelled(), condition))


def peoples_word(answers: Sequence[LabelledAnswer], condition: JudgeCondition | None) -> PeoplesWord | None:
    """What people say of answers to a task; None where nobody labelled any."""
    if not answers:
        return None
    from evalkit.gates.deciding.correcting import PeoplesWord

    return PeoplesWord(answers, LABEL_COST_USD if condition is None else condition.label_cost_usd)


def judged_source(metric: Metric, scorers: Mapping[str, str]) -> tuple[str, str] | None:
    """What the judge's scores are called that a metric reads, and the signature of its calibration; None
    where it reads no judge."""
    if not reads_scores(metric):
        return None
    bases = {name: base_name(name, scorers) for name in scorers}
    source = next(iter(metric.readable(bases)), None)
    if source is None:
        return None
    name, value = parted(source, bases)
    if bases.get(name) != JUDGE:
        return None
    is_main = value is None or value == OVERALL
    return name, scorers[name] if is_main else f"{scorers[name]}.{value}"
