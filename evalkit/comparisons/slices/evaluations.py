"""The scan of two stored evaluations: which metrics are tested over which slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.comparisons.slices.fields import categories
from evalkit.comparisons.slices.scan import SliceScan, can_be_scanned, scan
from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.errors import EvalkitError
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric


def scan_evaluations(
    base: Evaluation,
    candidate: Evaluation,
    before: Observations,
    after: Observations,
    rows: Mapping[str, Mapping[str, Any]],
) -> SliceScan | None:
    """Every slice that rows have, in the metrics that the task's regression gates ask about, or else in its
    first one; None where there is none that is a mean over samples, or no field with few values.

    Args:
        before, after: what base and candidate answered to the samples that are the same.
        rows: of the candidate, by sample id.
    """
    if not rows or base.task_hash != candidate.task_hash:
        return None
    try:
        metrics = _metrics(base, candidate, before, after)
        return scan(metrics, before, after, categories(rows)) if metrics else None
    except EvalkitError:  # a metric that cannot be opened or read says so where it is compared
        return None


def _metrics(
    base: Evaluation, candidate: Evaluation, before: Observations, after: Observations
) -> dict[str, Metric]:
    specs = {
        label: MetricSpec(*spec)
        for label, spec in candidate.metric_specs.items()
        if len(spec) == 2 and spec == base.metric_specs.get(label)
    }
    rules = candidate.rules.gates if candidate.rules is not None else ()
    gated = {gate.metric.whole_label for gate in rules if gate.is_compared}
    found: dict[str, Metric] = {}
    for label in sorted(specs, key=lambda each: each not in gated):
        if label not in gated and found:
            break
        metric = open_metric(specs[label])
        if can_be_scanned(metric) and metric.signature(before) == metric.signature(after):
            found[label] = metric
    return found
