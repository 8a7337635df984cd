"""Candidate against baseline: ``pass``, ``fail`` or ``undecided``, alpha shared over the session.

With d = candidate - baseline (sign turned so that larger is better), m regression gates in the session:

* ``pass`` when the gate's own 1 - alpha interval of d lies above -margin. This level is not shared: a
  session passes only if all its gates do, so looking at more gates makes a wrong pass rarer, not likelier.
* ``fail`` when d is proven to be below zero: the paired test says so at the gate's shared level (Holm's
  step-down over the p-values of all m gates), and the interval at that same level lies below 0. The test
  is exact, the interval approximate (a score, t or bootstrap interval): asking both keeps the rate of
  sessions with any false alarm at alpha, in fact at alpha / 2, as d must also have the bad sign.
* ``undecided`` otherwise, with the drop that could have been seen and the n that would decide.

A gate whose task may stop early (``evalkit.gates.sequential``) or be asked again
(``evalkit.gates.two_looks``) leaves this test only a part of alpha.

Before any of them stands the rule of ``evalkit.gates.comparable``: complete, paired, few errors.

``pass`` comes first: a drop that is real and proven to be smaller than the margin is acceptable. A
verdict shows the interval that it rests on: the own level for ``pass``, the shared one otherwise; both
are the same when a session has one regression gate. ``Comparison.alpha`` is the level of that interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.core.gate import MIN_COMMON, RegressionGate
from evalkit.core.verdict import Outcome, Verdict
from evalkit.errors import MetricError
from evalkit.gates import sentences
from evalkit.gates.comparable import Match, Side, common_part, match_sides, reservation
from evalkit.gates.compare import Paired, measure
from evalkit.gates.failures import first_failure, too_many_errors
from evalkit.gates.sequential import StoppedRegression
from evalkit.gates.tables import statistics
from evalkit.gates.unlikeness import samples_apart, scorers_apart
from evalkit.metrics.metric import Metric
from evalkit.redaction.redact import redact
from evalkit.stats.multiplicity import holm_levels

__all__ = [
    "PendingRegression",
    "Side",
    "decide_regression",
    "decide_session",
    "prepare_regression",
    "too_little_common",
    "too_many_failed",
    "unlike",
]


@dataclass(frozen=True, slots=True)
class PendingRegression:
    """A gate that is measured and waits for the other gates of its session.

    Exactly one of ``paired``, ``stopped`` and ``verdict`` is set: a verdict where no comparison was possible.

    Attributes:
        stopped: what the looks decided, where asking ended with them.
        share: the part of alpha that this test has; other looks have the rest.
        remark: what the detail is to say of these looks.
        common: which samples the verdict is over, where the dataset was edited, a sentence.
        reservation: why the gate cannot pass, a sentence; empty where it can.
    """

    gate: RegressionGate
    paired: Paired | None = None
    verdict: Verdict | None = None
    is_higher_better: bool = True
    baseline_run_id: str | None = None
    stopped: StoppedRegression | None = None
    share: float = 1.0
    remark: str = ""
    common: str = ""
    reservation: str = ""

    @property
    def p_value(self) -> float | None:
        """What Holm's procedure sees; None where nothing was measured. Looks and final test share alpha as a
        weighted Bonferroni test does, so the smaller one's p-value over its weight is one for both."""
        if self.stopped is not None:
            return self.stopped.p_value
        if self.paired is None:
            return None
        return min(1.0, self.paired.difference.p_value / self.share)


def prepare_regression(
    gate: RegressionGate,
    metric: Metric,
    candidate: Side,
    baseline: Side | None,
    *,
    max_error_rate: float = 0.01,
    min_common: float = MIN_COMMON,
    seed: int = 0,
    is_declared: bool = True,
) -> PendingRegression:
    """Hold both sides to the rule of ``evalkit.gates.comparable`` and measure the difference over their
    common part; the observations are not kept.

    No baseline leaves it ``recorded``. Unlike task hash or metric signature, samples of which nobody can
    tell whether they are the same, a common part below ``min_common``, too many failed responses on either
    side, nothing to pair, or a metric without a value is an ``error``.

    Args:
        is_declared: the gate is one of the task's: more than ``max_error_rate`` errors of any kind break it.
            Otherwise those that its own metric leaves out count.
    """
    if baseline is None:
        detail = sentences.no_baseline(gate)
        return PendingRegression(gate, verdict=Verdict(gate.text, "undecided", detail, is_recorded=True))
    found = match_sides(baseline, candidate)
    sides = common_part(candidate, found), common_part(baseline, found)
    try:
        problem = unlike(metric, *sides, found) or too_little_common(found, min_common)
        if problem is None and is_declared:
            problem = _too_many_errors(candidate, baseline, max_error_rate)
        problem = problem or too_many_failed(metric, *sides, max_error_rate)
        if problem is None:
            label = gate.metric.label
            paired = measure(metric, label, sides[1].observations, sides[0].observations, seed=seed)
            return PendingRegression(
                gate,
                paired,
                None,
                metric.is_higher_better,
                baseline.run_id,
                common=found.sentence,
                reservation=reservation(baseline, candidate, found),
            )
    except MetricError as error:
        problem = f"{gate.metric.label} cannot be compared: {redact(str(error))}."
    verdict = Verdict(gate.text, "error", problem, baseline_run_id=baseline.run_id)
    return PendingRegression(gate, verdict=verdict)


def decide_session(pending: Sequence[PendingRegression]) -> list[Verdict]:
    """Verdicts of all regression gates of a session, in order, each gate's alpha shared over them by Holm.

    Gates of unlike alpha are each held to Holm's steps at their own alpha, which keeps the chance of any
    false alarm at the largest of them.
    """
    measured = [(gate, gate.p_value) for gate in pending if gate.p_value is not None]
    p_values = [p_value for _, p_value in measured]
    decided = iter(
        decide_regression(
            gate, shared_alpha=float(holm_levels(p_values, gate.gate.alpha)[i]), n_gates=len(p_values)
        )
        for i, (gate, _) in enumerate(measured)
    )
    return [gate.verdict or next(decided) for gate in pending]


def decide_regression(
    pending: PendingRegression, *, shared_alpha: float | None = None, n_gates: int = 1
) -> Verdict:
    """The verdict of one gate.

    Args:
        shared_alpha: the level that ``fail`` is held to, at most the gate's alpha; None for a gate alone.
        n_gates: how many gates share alpha, for the text.
    """
    if pending.stopped is not None:
        return _stopped(pending, pending.stopped, n_gates)
    if pending.paired is None:
        assert pending.verdict is not None
        return pending.verdict
    gate, paired = pending.gate, pending.paired
    shared_alpha = pending.share * (gate.alpha if shared_alpha is None else shared_alpha)
    own, shared = paired.at(pending.share * gate.alpha), paired.at(shared_alpha)
    outcome: Outcome
    if own.low > -gate.margin:
        outcome, shown = ("undecided" if pending.reservation else "pass"), own
    elif shared.high < 0 and shared.p_value <= shared_alpha:
        outcome, shown = "fail", shared
    else:
        outcome, shown = "undecided", paired.at(shared_alpha, _n_to_decide(pending, paired, shared_alpha))
    would_pass = own.low > -gate.margin
    text = sentences.regression(
        gate, "pass" if would_pass else outcome, shown, pending.is_higher_better, own, n_gates
    )
    detail = " ".join(filter(None, [text, *_remarks(pending, would_pass)]))
    p_value = min(1.0, shown.p_value / pending.share)
    return Verdict(gate.text, outcome, detail, p_value, pending.baseline_run_id, shown)


def _remarks(pending: PendingRegression, would_pass: bool) -> list[str]:
    """What the numbers are over, and what they cannot show."""
    doubt = pending.reservation
    if doubt and would_pass:
        doubt = f"Undecided all the same. {doubt}"
    return [pending.common, doubt, pending.remark]


def _stopped(pending: PendingRegression, stopped: StoppedRegression, n_gates: int) -> Verdict:
    gate, shown = pending.gate, stopped.comparison
    numbers = sentences.regression(gate, stopped.outcome, shown, pending.is_higher_better, shown, n_gates)
    how_far = sentences.stopped(stopped.n_seen, stopped.n_total, shown.alpha)
    would_pass = stopped.outcome == "pass"
    outcome: Outcome = "undecided" if would_pass and pending.reservation else stopped.outcome
    detail = " ".join(filter(None, [numbers, *_remarks(pending, would_pass), how_far]))
    return Verdict(gate.text, outcome, detail, stopped.p_value, pending.baseline_run_id, shown)


def _n_to_decide(pending: PendingRegression, paired: Paired, shared_alpha: float) -> int | None:
    """The fewest samples that pass or fail the gate with 80 % power, should d be as it was seen."""
    gate = pending.gate
    difference = paired.difference
    to_pass = difference.n_to_see(difference.value + gate.margin, pending.share * gate.alpha)
    to_fail = difference.n_to_see(-difference.value, shared_alpha)
    needed = [n for n in (to_pass, to_fail) if n is not None]
    return max(min(needed), difference.n + 1) if needed else None


def unlike(metric: Metric, candidate: Side, baseline: Side, found: Match) -> str | None:
    """Why the two sides must not be compared, or None. Another dataset alone is no reason where the samples
    tell which of them are the same."""
    identities = [("task hash", baseline.task_hash, candidate.task_hash)]
    if found.untold:
        identities.append(("dataset hash", baseline.dataset_hash, candidate.dataset_hash))
    try:
        signatures = metric.signature(baseline.observations), metric.signature(candidate.observations)
        identities.append(("metric signature", *signatures))
    except MetricError:  # another tool's scores, imported: that the task is another says more
        if all(old == new for _, old, new in identities):
            raise
    differing = [(name, old, new) for name, old, new in identities if old != new]
    if not differing:
        return None
    sides = baseline.observations, candidate.observations
    return sentences.unlike(differing, filter(None, (samples_apart(*sides), scorers_apart(*sides))))


def too_little_common(found: Match, min_common: float) -> str | None:
    """That too few samples are the same on both sides, a sentence; None where there are enough."""
    if not found.has_edits or (found.common and found.share >= min_common):
        return None
    return sentences.too_little_common(found.sentence, found.share, min_common)


def _too_many_errors(candidate: Side, baseline: Side, max_error_rate: float) -> str | None:
    sides = (("candidate", candidate), ("baseline", baseline))
    return next(
        filter(None, (too_many_errors(name, each.observations, max_error_rate) for name, each in sides)), None
    )


def too_many_failed(metric: Metric, candidate: Side, baseline: Side, max_error_rate: float) -> str | None:
    """Which side has more failed responses than may be left out, or None."""
    for name, side in (("candidate", candidate), ("baseline", baseline)):
        table = statistics(metric, side.observations)
        n_total = table.n_counted + table.n_failed
        if table.n_failed > max_error_rate * n_total:
            first = first_failure(side.observations) or table.first_failure
            return sentences.too_many_failed(name, table.n_failed, n_total, max_error_rate, first)
    return None
