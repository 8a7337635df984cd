"""What ``evalkit compare`` finds: the gates that the tasks declare, decided as their session decided them,
and all other metrics as exploration.

A gate that the candidate's session decided against this very baseline has that verdict here, p-value
included; against another baseline it is decided anew, alpha shared over the gates that the tasks declare and
over nothing else. So no two doors give two verdicts on the same data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from evalkit.comparisons.early_ends import early_end, stop
from evalkit.core.gate import GateLimits
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation, Run
from evalkit.core.verdict import Verdict
from evalkit.core.wholeness import why_cut
from evalkit.errors import UsageError
from evalkit.gates.regression import RegressionGate
from evalkit.session.stored.imported_metrics import in_words, shared_spec, unpaired
from evalkit.session.stored.slices import ScannedPair, scan_sides, together
from evalkit.store.store import Store

if TYPE_CHECKING:
    from evalkit.comparisons.comparable import Side
    from evalkit.gates.deciding.compared import ComparedGate, Refused
    from evalkit.gates.deciding.pooling import BaselineEvaluation
    from evalkit.metrics.metric import Metric
    from evalkit.session.judged_gates import JudgedGates

#: What a metric that no gate asks about is called in place of ``regression``.
EXPLORATION = "exploration"


@dataclass(frozen=True)
class Finding:
    """One metric of one pair of evaluations.

    Attributes:
        is_gate: a gate of the candidate's task; else exploration.
        is_cut: one of the sides was cut off, or answers of it are lost.
        stopped: how looks ended the asking of a side; empty where all was asked.
    """

    base: Evaluation
    candidate: Evaluation
    metric: str
    verdict: Verdict
    is_gate: bool = False
    is_cut: bool = False
    stopped: str = ""

    @property
    def task(self) -> str:
        return self.candidate.task

    @property
    def label(self) -> str:
        """The candidate's subject, and which one it is compared with where that is another."""
        base, candidate = self.base.subject.label, self.candidate.subject.label
        return candidate if base == candidate else f"{base} -> {candidate}"

    @property
    def word(self) -> str:
        comparison = self.verdict.comparison
        if self.verdict.is_dropped:
            return "dropped"
        if self.verdict.verdict == "pass" and comparison is not None:
            return "better" if comparison.is_better else "no worse"
        words = {"fail": "worse", "undecided": "undecided"}
        return words.get(self.verdict.verdict, "not comparable")


@dataclass(frozen=True)
class Limits:
    """What metrics are held to that no gate of a task asks about."""

    margin: float = 0.02
    alpha: float = 0.05
    max_error_rate: float = 0.01

    def check(self) -> None:
        """Raises UsageError where one is none."""
        if not (self.margin >= 0 and 0 < self.alpha <= 0.5):
            raise UsageError("margin must be >= 0 and alpha in (0, 0.5]")
        if not 0 <= self.max_error_rate <= 1:
            raise UsageError(f"max-error-rate {self.max_error_rate:g} is outside 0..1")


class Comparing:
    """Two runs, pair by pair of their evaluations.

    Attributes:
        scans: what slices did that nobody asked about, known after ``findings``.
    """

    def __init__(
        self, store: Store, base: Run, candidate: Run, limits: Limits, pool: Sequence[Evaluation] = ()
    ) -> None:
        self._store = store
        self._pool = pool
        self._runs = {run.run_id: run for run in (base, candidate)}
        self._limits = limits
        self.scans: list[ScannedPair] = []
        self._labels: dict[str, list[LabelledAnswer]] = {}

    def findings(self, pairs: Sequence[tuple[Evaluation, Evaluation]]) -> list[Finding]:
        """Pair by pair, the gates first; of numbers that were imported without their samples, the unpaired
        test."""
        from evalkit.gates.deciding.conclude import decide_session

        gates: list[tuple[Finding, ComparedGate]] = []
        others: list[tuple[Finding, ComparedGate]] = []
        for base, candidate in pairs:
            sides = self._side(candidate, self._store.observations(candidate.evaluation_id)), self._base(base)
            place = Finding(
                base,
                candidate,
                "",
                Verdict("", "error", ""),
                is_cut=self._is_cut(base, candidate),
                stopped=stop(
                    *((each, self._store.estimates(each.evaluation_id)) for each in (base, candidate))
                ),
            )
            gates += self._declared(place, sides)
            others += self._explored(place, sides)
            others += self._reported(place)
            self._scan(place, sides)
        self.scans = together(self.scans)
        found = []
        for group in (gates, others):
            pending = [each for _, each in group]
            verdicts = in_words(pending, decide_session(pending))
            found += [
                replace(place, verdict=self._said(place, verdict))
                for (place, _), verdict in zip(group, verdicts, strict=True)
            ]
        order = {id(candidate): i for i, (_, candidate) in enumerate(pairs)}
        return sorted(found, key=lambda each: (order[id(each.candidate)], not each.is_gate))

    def _said(self, place: Finding, verdict: Verdict) -> Verdict:
        """The session's own verdict of a gate, where it was against this baseline, the same runs pooled, and
        both are there."""
        if not place.is_gate:
            return replace(_unless_stopped(place, verdict), gate=f"{EXPLORATION}({place.metric})")
        evaluation_id = place.candidate.evaluation_id
        against = self._store.baseline_evaluation_ids(evaluation_id).get(verdict.gate)
        anew = _unless_stopped(place, verdict)
        if place.is_cut or against != place.base.evaluation_id:
            return anew
        own = {each.gate: each for each in self._store.verdicts(evaluation_id)}[verdict.gate]
        if _n_labels(own) != _n_labels(verdict):  # people labelled answers since
            return anew
        return _with_noise(own, verdict) if _pool_of(own) in (None, _pool_of(verdict)) else anew

    def _declared(
        self, place: Finding, sides: tuple[Side, BaselineEvaluation]
    ) -> Iterator[tuple[Finding, ComparedGate]]:
        from evalkit.gates.deciding.compared import regressions
        from evalkit.gates.deciding.prepare import prepare_against
        from evalkit.metrics.open import open_computed

        rules = place.candidate.rules
        if rules is None:
            return
        gates = regressions(rules.gates)
        computed = place.candidate.metric_specs
        metrics = {gate.metric.label: open_computed(gate.metric, computed) for gate in gates}
        judged = self._judged(place.candidate, metrics)
        for gate in gates:
            metric = metrics[gate.metric.label]
            pending = _ended(place, gate) or prepare_against(
                gate, metric, *sides, rules.limits, side=self._side
            )
            pending = self._corrected(place, pending, metric, sides)
            if judged is not None:
                pending = judged.compared(gate, pending, sides[0].observations)
            yield replace(place, metric=gate.metric.label, is_gate=True), pending

    def _judged(self, candidate: Evaluation, metrics: Mapping[str, Metric]) -> JudgedGates | None:
        """What is known of the judges whose scores the gates read; None where no judge scored."""
        if not _is_judged(candidate):
            return None
        from evalkit.session.judged_gates import judged_gates
        from evalkit.store.calibrations import read_calibrations

        condition = candidate.rules.judge if candidate.rules is not None else None
        read = partial(read_calibrations, self._store.connection)
        return judged_gates(condition, metrics, candidate.scorer_signatures, candidate.task, read)

    def _explored(
        self, place: Finding, sides: tuple[Side, BaselineEvaluation]
    ) -> Iterator[tuple[Finding, ComparedGate]]:
        from evalkit.comparisons.compare import is_tested
        from evalkit.gates.deciding.prepare import prepare_against
        from evalkit.metrics.open import open_metric

        base, candidate, limits = place.base, place.candidate, self._limits
        rules = candidate.rules.gates if candidate.rules else ()
        asked = {gate.metric.label for gate in rules if gate.is_compared}
        stored = [
            {each.metric: each.value for each in self._store.estimates(side.evaluation_id)}
            for side in (base, candidate)
        ]
        for label in candidate.metric_specs:
            if label not in base.metric_specs or label in asked:
                continue
            spec = shared_spec(label, base, candidate)
            metric = open_metric(spec)
            if is_tested(
                metric,
                base.n_errors + candidate.n_errors,
                [values.get(label) for values in stored],
            ):
                gate = RegressionGate(spec, limits.margin, limits.alpha)
                own = GateLimits(limits.max_error_rate)
                pending = _ended(place, gate) or prepare_against(
                    gate, metric, *sides, own, side=self._side, is_declared=False
                )
                yield replace(place, metric=label), self._corrected(place, pending, metric, sides)

    def _corrected(
        self, place: Finding, found: ComparedGate, metric: Metric, sides: tuple[Side, BaselineEvaluation]
    ) -> ComparedGate:
        """By labels of people, where the metric is a judge's and there are any."""
        if not _is_judged(place.candidate):
            return found
        from evalkit.gates.deciding.correcting import Answered  # where a judge judged
        from evalkit.session.judged_gates import peoples_word
        from evalkit.store.labelled_answers import labelled_answers

        task, rules = place.candidate.task, place.candidate.rules
        if task not in self._labels:
            self._labels[task] = labelled_answers(self._store.connection, task)
        people = peoples_word(self._labels[task], rules.judge if rules else None)
        if people is None:
            return found
        seen = sides[1].seen_by(metric)
        now = Answered(sides[0].observations, [place.candidate.evaluation_id])
        return people.compared(
            found, metric, now, Answered(seen.observations, [seen.evaluation.evaluation_id])
        )

    def _reported(self, place: Finding) -> Iterator[tuple[Finding, ComparedGate]]:
        limits = self._limits
        for gate, pending in unpaired(self._store, place.base, place.candidate, limits.margin, limits.alpha):
            yield replace(place, metric=gate.metric.label), pending

    def _scan(self, place: Finding, sides: tuple[Side, BaselineEvaluation]) -> None:
        if place.stopped or early_end(place.base, place.candidate):
            return
        candidate, base = sides
        baseline = self._side(base.evaluation, base.observations)
        rows = self._store.answers.rows(place.candidate.evaluation_id)
        self.scans += scan_sides(place.base, place.candidate, baseline, candidate, rows)

    def _base(self, evaluation: Evaluation) -> BaselineEvaluation:
        from evalkit.gates.deciding.pooling import BaselineEvaluation

        return BaselineEvaluation.read(evaluation, self._pool, self._store.observations)

    def _side(self, evaluation: Evaluation, observations: Observations) -> Side:
        from evalkit.comparisons.comparable import side_of

        side = side_of(evaluation, observations)
        run = self._runs[evaluation.run_id]
        lack = "" if run.status == "finished" else f"its run is {run.status}"
        if run.is_partial and evaluation.n_available is None:  # of another tool: nothing else tells
            lack = lack or "its run is partial"
        return replace(side, lack=side.lack or lack)

    def _is_cut(self, *evaluations: Evaluation) -> bool:
        return any(
            self._runs[each.run_id].status != "finished"
            or why_cut(each, self._store.answered(each.evaluation_id)) is not None
            for each in evaluations
        )


def _ended(place: Finding, gate: RegressionGate) -> Refused | None:
    """What is said of a gate, where a tournament ended the asking of a side; None where all was asked."""
    ended = early_end(place.base, place.candidate)
    if not ended:
        return None
    from evalkit.gates.deciding.compared import Refused

    detail = (
        f"A tournament ended the asking, {ended}: no test of a fixed number of samples holds. "
        "Ask both to the end to compare them."
    )
    return Refused(gate, Verdict(gate.text, "undecided", detail, is_dropped=True))


def _unless_stopped(place: Finding, verdict: Verdict) -> Verdict:
    """The verdict of a test of all samples; ``undecided`` where looks ended the asking of a side. What cannot
    be compared at all stays an ``error``."""
    if not place.stopped or verdict.verdict == "error":
        return verdict
    detail = (
        f"Looks at gates ended the asking ({place.stopped}), and no test of a fixed number of samples holds. "
        f"Ask both to the end to compare them, or give {place.metric} a gate of its own."
    )
    return Verdict(verdict.gate, "undecided", detail)


def _pool_of(verdict: Verdict) -> tuple[str, ...] | None:
    """The runs pooled with the baseline's; None where nothing was compared."""
    return None if verdict.comparison is None else verdict.comparison.pooled_with


def _with_noise(own: Verdict, now: Verdict) -> Verdict:
    """The session's verdict with what is known now of the judges' noise: answers were judged again since."""
    then, again = own.comparison, now.comparison
    if then is None or again is None or again.judge_noise in (None, then.judge_noise):
        return own
    from evalkit.gates.deciding.sentences import judge_noise

    detail = own.detail
    if then.judge_noise is not None:
        detail = detail.replace(judge_noise(then.judge_noise), "").replace("  ", " ").rstrip()
    comparison = replace(then, judge_noise=again.judge_noise)
    return replace(own, detail=f"{detail} {judge_noise(again.judge_noise)}", comparison=comparison)


def _n_labels(verdict: Verdict) -> int:
    """Labels that corrected it."""
    shown = verdict.comparison
    return 0 if shown is None or shown.correction is None else shown.correction.n_labels


def _is_judged(evaluation: Evaluation) -> bool:
    """Whether any of its scores are a judge's."""
    return any(each.startswith("judge(") for each in evaluation.scorer_signatures.values())
