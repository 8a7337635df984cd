"""Candidate against baseline: ``pass``, ``fail`` or ``undecided``, alpha shared over the session.

The rule itself is ``evalkit.gates.rule``. Its question has a direction, so that tests are one-sided at alpha
and intervals the 1 - 2 alpha ones, each end of which holds at 1 - alpha.

* ``pass`` rests on the gate's own alpha. It is not shared: a session passes only if all its gates do, so
  looking at more gates makes a wrong pass rarer, not likelier.
* "Worse" and "better" are shown where the paired test says so at the level that Holm's step-down leaves for
  the gate (``evalkit.gates.family``), and the interval at that same level does. The test is exact, the
  interval approximate (a score, t or bootstrap interval): asking both keeps the rate of sessions with any
  false alarm at alpha.
* ``undecided`` says the drop that could have been seen, and a plan: the n on which an unchanged candidate
  passes.

A gate whose task may stop early (``evalkit.gates.sequential``) or be asked again
(``evalkit.gates.group_sequential``) leaves this test only a part of alpha.

Before any of them stands the rule of ``evalkit.comparisons.comparable``: complete, paired, few errors.

A verdict shows the interval that it rests on: the own level for ``pass``, the shared one otherwise; both are
the same when a session has one regression gate. ``Comparison.alpha`` is the level of that interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evalkit.comparisons.comparable import Match, Side, common_part, match_sides, reservation
from evalkit.comparisons.compare import Paired, measure
from evalkit.comparisons.failures import first_failure
from evalkit.comparisons.incompatibility import samples_apart, scorers_apart
from evalkit.comparisons.tables import statistics
from evalkit.core.estimate import Comparison
from evalkit.core.gate import MIN_COMMON, RegressionGate
from evalkit.core.verdict import GateResult, Verdict
from evalkit.errors import MetricError
from evalkit.gates import sentences
from evalkit.gates.family import Standing, standings
from evalkit.gates.rule import fails, passes
from evalkit.gates.sequential import StoppedRegression
from evalkit.gates.too_many_errors import too_many_cut, too_many_errors
from evalkit.metrics.metric import Metric
from evalkit.redaction.redact import redact
from evalkit.stats.power import POWER
from evalkit.stats.sides import Sides

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
        pooled_with: the runs that are pooled with the baseline's.
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
    pooled_with: tuple[str, ...] = ()

    @property
    def tests(self) -> Sides | None:
        """What Holm's procedure sees; None where nothing was measured. Looks and final test share alpha as a
        weighted Bonferroni test does, so the smaller one's p-value over its weight is one for both. A gate
        that may fail in both directions has the two-sided one in each."""
        if self.stopped is not None:
            tests = self.stopped.tests
        elif self.paired is not None:
            tests = self.paired.difference.tests.over(self.share)
        else:
            return None
        return Sides(tests.two_sided, tests.two_sided) if self.gate.is_two_sided else tests


def prepare_regression(
    gate: RegressionGate,
    metric: Metric,
    candidate: Side,
    baseline: Side | None,
    *,
    max_error_rate: float = 0.01,
    min_common: float = MIN_COMMON,
    max_truncated_rate: float | None = None,
    seed: int = 0,
    is_declared: bool = True,
) -> PendingRegression:
    """Hold both sides to the rule of ``evalkit.comparisons.comparable`` and measure the difference over their
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
            problem = _too_many_errors(candidate, baseline, max_error_rate, max_truncated_rate)
        problem = problem or too_many_failed(metric, *sides, max_error_rate)
        if problem is None:
            label = gate.metric.label
            observations = sides[1].observations, sides[0].observations
            paired = measure(metric, label, *observations, seed=seed, missing=gate.missing)
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
    """Verdicts of all regression gates of a session, in order, each gate's alpha shared over them by Holm."""
    measured = [(gate, gate.tests) for gate in pending if gate.tests is not None]
    places = standings([tests for _, tests in measured], [gate.gate.alpha for gate, _ in measured])
    decided = iter(decide_regression(gate, place) for (gate, _), place in zip(measured, places, strict=True))
    return [gate.verdict or next(decided) for gate in pending]


def decide_regression(pending: PendingRegression, standing: Standing | None = None) -> Verdict:
    """The verdict of one gate, as it stands in its session; None for a gate alone."""
    tests = pending.tests
    if tests is None:
        assert pending.verdict is not None
        return pending.verdict
    standing = standing or standings([tests], [pending.gate.alpha])[0]
    if pending.stopped is not None:
        return _stopped(pending, pending.stopped, standing)
    assert pending.paired is not None
    gate, paired = pending.gate, pending.paired
    own = paired.at(pending.share * gate.alpha)
    shared = _shared(pending, paired, standing)
    would_pass = passes(gate, own)
    result: GateResult = "pass" if would_pass else "fail" if fails(gate, shared) else "undecided"
    shown = replace(own, is_better=shared.is_better, is_worse=shared.is_worse) if would_pass else shared
    if result == "undecided":
        shown = replace(shown, n_planned=_n_planned(pending, paired))
    shown = replace(shown, pooled_with=pending.pooled_with)
    fails_alone = result == "undecided" and _fails_alone(pending, paired)
    text = sentences.regression(
        gate, result, shown, pending.is_higher_better, standing, fails_alone=fails_alone
    )
    detail = " ".join(filter(None, [text, *_remarks(pending, would_pass)]))
    outcome: GateResult = "undecided" if would_pass and pending.reservation else result
    return Verdict(gate.text, outcome, detail, standing.p_value, pending.baseline_run_id, shown)


def _shared(pending: PendingRegression, paired: Paired, standing: Standing) -> Comparison:
    """At the level of "worse"; "better" is held to a level of its own."""
    is_one_sided, share = not pending.gate.is_two_sided, pending.share
    worse = paired.at(share * standing.level, is_one_sided=is_one_sided)
    better = paired.at(share * standing.level_better, is_one_sided=is_one_sided)
    return replace(
        worse,
        is_better=better.is_better,
        p_two_sided=paired.difference.tests.over(share).two_sided,
    )


def _fails_alone(pending: PendingRegression, paired: Paired) -> bool:
    """Whether the gate would fail if it were the only one of its session."""
    gate = pending.gate
    return fails(gate, paired.at(pending.share * gate.alpha, is_one_sided=not gate.is_two_sided))


def _remarks(pending: PendingRegression, would_pass: bool) -> list[str]:
    """What the numbers are over, and what they cannot show."""
    doubt = pending.reservation
    if doubt and would_pass:
        doubt = f"Undecided all the same. {doubt}"
    return [pending.common, doubt, pending.remark]


def _stopped(pending: PendingRegression, stopped: StoppedRegression, standing: Standing) -> Verdict:
    gate, tests = pending.gate, pending.tests
    assert tests is not None
    shown = replace(
        stopped.comparison,
        is_better=stopped.comparison.low > 0 and tests.better <= standing.level_better,
        is_worse=stopped.comparison.high < 0 and tests.worse <= standing.level,
        pooled_with=pending.pooled_with,
    )
    numbers = sentences.regression(gate, stopped.outcome, shown, pending.is_higher_better, standing)
    how_far = sentences.stopped(stopped.n_seen, stopped.n_total, shown.confidence)
    would_pass = stopped.outcome == "pass"
    outcome: GateResult = "undecided" if would_pass and pending.reservation else stopped.outcome
    detail = " ".join(filter(None, [numbers, *_remarks(pending, would_pass), how_far]))
    return Verdict(gate.text, outcome, detail, standing.p_value, pending.baseline_run_id, shown)


def _n_planned(pending: PendingRegression, paired: Paired) -> int | None:
    """The samples on which an unchanged candidate passes in 80 %. The d that was seen has no part in it: it
    is one draw, and what it promises may be far from what the next one shows."""
    gate = pending.gate
    # Within the margin both ways: each way is missed in half of what may be missed.
    power = 1 - (1 - POWER) / 2 if gate.is_two_sided else POWER
    return paired.difference.n_to_see(gate.margin, pending.share * gate.alpha, power)


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


def _too_many_errors(
    candidate: Side, baseline: Side, max_error_rate: float, max_truncated_rate: float | None
) -> str | None:
    for name, side in (("candidate", candidate), ("baseline", baseline)):
        problem = too_many_errors(name, side.observations, max_error_rate)
        problem = problem or too_many_cut(name, side.observations, max_truncated_rate)
        if problem is not None:
            return problem
    return None


def too_many_failed(metric: Metric, candidate: Side, baseline: Side, max_error_rate: float) -> str | None:
    """Which side has more failed responses than may be left out, or None."""
    for name, side in (("candidate", candidate), ("baseline", baseline)):
        table = statistics(metric, side.observations)
        n_total = table.n_counted + table.n_failed
        if table.n_failed > max_error_rate * n_total:
            first = first_failure(side.observations) or table.first_failure
            return sentences.too_many_failed(name, table.n_failed, n_total, max_error_rate, first)
    return None
