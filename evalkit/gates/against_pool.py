"""A regression gate against a baseline that may pool several runs: sessions and ``evalkit compare`` alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from evalkit.comparisons.comparable import Side, side_of
from evalkit.core.gate import MIN_COMMON, RegressionGate
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.gates.pooling import BaselineEvaluation
from evalkit.gates.regression import PendingRegression, prepare_regression
from evalkit.metrics.metric import Metric


def prepare_against(
    gate: RegressionGate,
    metric: Metric,
    candidate: Side,
    baseline: BaselineEvaluation,
    *,
    max_error_rate: float = 0.01,
    min_common: float = MIN_COMMON,
    max_truncated_rate: float | None = None,
    is_declared: bool = True,
    side: Callable[[Evaluation, Observations], Side] = side_of,
) -> PendingRegression:
    """``prepare_regression`` against a baseline that may pool several runs.

    Args:
        side: how the baseline's side is made of an evaluation and what was answered.
    """
    seen = baseline.seen_by(metric)
    pending = prepare_regression(
        gate,
        metric,
        candidate,
        side(seen.evaluation, seen.observations),
        max_error_rate=max_error_rate,
        min_common=min_common,
        max_truncated_rate=max_truncated_rate,
        is_declared=is_declared,
    )
    common = " ".join(filter(None, (pending.common, seen.sentence)))
    return replace(pending, common=common, pooled_with=tuple(seen.others))
