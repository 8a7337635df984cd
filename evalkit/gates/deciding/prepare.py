"""A regression gate before its session is decided: both sides held to the rules, the difference measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from evalkit.comparisons.comparable import (
    Match,
    Side,
    common_part,
    match_sides,
    over,
    reservation,
    side_of,
)
from evalkit.comparisons.compare import measure
from evalkit.comparisons.failures import first_failure
from evalkit.comparisons.incompatibility import judges_apart, samples_apart, scorers_apart
from evalkit.comparisons.slices.members import members, n_askable
from evalkit.comparisons.tables import statistics
from evalkit.core.gate import DEFAULT_LIMITS, GateLimits
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.verdict import Verdict
from evalkit.errors import MetricError
from evalkit.gates.deciding import sentences
from evalkit.gates.deciding.compared import ComparedGate, Measured, Refused
from evalkit.gates.deciding.pooling import BaselineEvaluation
from evalkit.gates.deciding.too_many_errors import too_many_cut, too_many_errors
from evalkit.gates.deciding.unseen import least_p_value, unseen
from evalkit.gates.regression import RegressionGate
from evalkit.metrics.metric import Metric
from evalkit.metrics.reading import source_of
from evalkit.redaction.redact import redact


def prepare_regression(
    gate: RegressionGate,
    metric: Metric,
    candidate: Side,
    baseline: Side | None,
    *,
    limits: GateLimits = DEFAULT_LIMITS,
    seed: int = 0,
    is_declared: bool = True,
) -> ComparedGate:
    """Hold both sides to the rule of ``evalkit.comparisons.comparable`` and measure the difference over their
    common part; the observations are not kept.

    No baseline leaves it ``recorded``. Unlike task hash or metric signature, samples of which nobody can
    tell whether they are the same, a common part below ``limits.min_common``, too many failed responses on
    either side, nothing to pair, or a metric without a value is an ``error``. What people have not said yet
    is ``undecided``.

    Args:
        is_declared: the gate is one of the task's: more errors than ``limits`` allow of any kind break it.
            Otherwise those that its own metric leaves out count.
    """
    if baseline is None:
        detail = sentences.no_baseline(gate)
        return Refused(gate, Verdict(gate.text, "undecided", detail, is_recorded=True))
    found = match_sides(baseline, candidate)
    sides = common_part(candidate, found), common_part(baseline, found)
    is_unmeasured = False
    try:
        if metric.reads_reviews is not None:
            from evalkit.gates.deciding.reviewed import waiting  # most tasks ask no people

            unreviewed = waiting(gate, metric, *sides)
            if unreviewed is not None:
                return unreviewed
        problem = unlike(metric, *sides, found)
        if problem is None and (problem := too_little_common(found, limits.min_common)):
            is_unmeasured = True
        if problem is None and is_declared:
            problem = _too_many_errors(candidate, baseline, limits)
        problem = problem or too_many_failed(metric, *sides, limits.max_error_rate)
        if problem is None:
            doubt = reservation(baseline, candidate, found)
            return _measured(gate, metric, *sides, limits, seed, common=found.sentence, doubt=doubt)
    except MetricError as error:
        problem, is_unmeasured = f"{gate.metric.label} cannot be compared: {redact(str(error))}.", True
    verdict = Verdict(gate.text, "error", problem, baseline_run_id=baseline.run_id)
    return Refused(gate, verdict, is_unmeasured)


def _measured(
    gate: RegressionGate,
    metric: Metric,
    candidate: Side,
    baseline: Side,
    limits: GateLimits,
    seed: int,
    *,
    common: str,
    doubt: str,
) -> ComparedGate:
    """The difference over what both sides have in common; of a slice over its samples, as the candidate's
    rows have them. Raises MetricError."""
    part, n = gate.metric.slice, None
    if part is not None:
        ids = members(candidate.observations, part)
        candidate, baseline = (
            replace(each, observations=over(each.observations, ids)) for each in (candidate, baseline)
        )
        n = n_askable(candidate.observations, baseline.observations)
        if least_p_value(gate, n) > gate.alpha:
            return unseen(gate, n, baseline.run_id)
        # An error would be too much where one of twenty answers failed; a pass would be, too.
        doubt = doubt or too_many_failed(metric, candidate, baseline, limits.max_error_rate) or ""
    observations = baseline.observations, candidate.observations
    paired = measure(metric, gate.metric.label, *observations, seed=seed, missing=gate.missing)
    remark = ""
    if metric.reads_reviews is not None:
        from evalkit.gates.deciding.reviewed import how_many

        remark = how_many(metric, candidate, baseline)
    return Measured(
        gate,
        paired,
        metric.is_higher_better,
        baseline.run_id,
        common=common,
        reservation=doubt,
        n_askable=n,
        remark=remark,
    )


def prepare_against(
    gate: RegressionGate,
    metric: Metric,
    candidate: Side,
    baseline: BaselineEvaluation,
    limits: GateLimits = DEFAULT_LIMITS,
    *,
    is_declared: bool = True,
    side: Callable[[Evaluation, Observations], Side] = side_of,
) -> ComparedGate:
    """``prepare_regression`` against a baseline that may pool several runs.

    Args:
        side: how the baseline's side is made of an evaluation and what was answered.
    """
    seen = baseline.seen_by(metric)
    found = prepare_regression(
        gate,
        metric,
        candidate,
        side(seen.evaluation, seen.observations),
        limits=limits,
        is_declared=is_declared,
    )
    if not isinstance(found, Measured):
        return found
    common = " ".join(filter(None, (found.common, seen.sentence)))
    return replace(found, common=common, pooled_with=tuple(seen.others))


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
        source = source_of(metric, candidate.observations)
        sides = baseline.observations, candidate.observations
        return None if source is None else judges_apart(source[0], *sides) or None
    sides = baseline.observations, candidate.observations
    return sentences.unlike(differing, filter(None, (samples_apart(*sides), scorers_apart(*sides))))


def too_little_common(found: Match, min_common: float) -> str | None:
    """That too few samples are the same on both sides, a sentence; None where there are enough."""
    if not found.has_edits or (found.common and found.share >= min_common):
        return None
    return sentences.too_little_common(found.sentence, found.share, min_common)


def _too_many_errors(candidate: Side, baseline: Side, limits: GateLimits) -> str | None:
    for name, side in (("candidate", candidate), ("baseline", baseline)):
        problem = too_many_errors(name, side.observations, limits.max_error_rate)
        problem = problem or too_many_cut(name, side.observations, limits.max_truncated_rate)
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
