"""Which differences stand when all of a page are looked at together."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from evalkit.core.gate import MetricSpec
from evalkit.report.data import EvaluationData, ReportData
from evalkit.report.numbers import p_text

#: The expected share of chance among the differences that are marked.
RATE = 0.05
MARK = "●"

K = TypeVar("K", bound=Hashable)


def q_values(p_values: Mapping[K, float]) -> dict[K, float]:
    """Benjamini and Hochberg's adjusted p-values of one family; empty for a single comparison."""
    if len(p_values) < 2:
        return {}
    # Only a page that compares pays for importing the statistics.
    from evalkit.stats.multiplicity import benjamini_hochberg

    adjusted = benjamini_hochberg(list(p_values.values()))
    return dict(zip(p_values, adjusted.tolist(), strict=True))


def with_q_values(items: Sequence[EvaluationData]) -> tuple[EvaluationData, ...]:
    """The evaluations with the q-value of every difference that is tested, all of them one family."""
    p_values = {
        (position, metric): p_value
        for position, item in enumerate(items)
        for metric, p_value in _p_values(item).items()
    }
    found = q_values(p_values)
    return tuple(
        item if item.pair is None else replace(item, pair=replace(item.pair, q_values=_of(position, found)))
        for position, item in enumerate(items)
    )


def _p_values(item: EvaluationData) -> dict[str, float]:
    """Metric -> two-sided p-value, of the metrics that ``evalkit compare`` tests."""
    if item.pair is None:
        return {}
    found = {}
    for estimate in item.estimates:
        comparison = item.pair.comparisons.get(estimate.metric)
        p_value = comparison.p_two_sided if comparison is not None else None
        if p_value is not None and _is_tested(item, estimate.metric):
            found[estimate.metric] = p_value
    return found


def _is_tested(item: EvaluationData, label: str) -> bool:
    """Numbers that were imported without samples have no spec, and are tested by their standard errors."""
    spec = item.evaluation.metric_specs.get(label)
    if spec is None or item.pair is None:
        return True
    from evalkit.comparisons.compare import is_tested
    from evalkit.metrics.open import open_metric

    n_failed = item.evaluation.n_errors + item.pair.evaluation.n_errors
    estimates = [*item.estimates, *item.pair.estimates.values()]
    values = [each.value for each in estimates if each.metric == label]
    return is_tested(open_metric(MetricSpec(*spec)), n_failed, values)


def _of(position: int, found: Mapping[tuple[int, str], float]) -> dict[str, float]:
    return {metric: q for (place, metric), q in found.items() if place == position}


def q_text(q: float | None) -> str:
    """``0.012 ●`` where the difference stands, ``0.310`` where it does not; empty without a family."""
    if q is None:
        return ""
    return f"{p_text(q)} {MARK}" if q <= RATE else p_text(q)


def sentence(q_found: Sequence[float]) -> str:
    """What the marks of these q-values, one family, mean; empty without any."""
    if not q_found:
        return ""
    n, n_stand = len(q_found), sum(q <= RATE for q in q_found)
    verb = "stands" if n_stand == 1 else "stand"
    return (
        f"{n_stand:,} of {n:,} differences {verb} at a false discovery rate of 5 % ({MARK}, q at most 0.05). "
        f"q is the p-value adjusted after Benjamini and Hochberg over all {n:,} differences tested here as "
        f"one family. Verdicts follow Holm's stricter rule."
    )


def sentence_of(data: ReportData) -> str:
    """The sentence for a whole report."""
    return sentence([q for item in data.evaluations if item.pair for q in item.pair.q_values.values()])
