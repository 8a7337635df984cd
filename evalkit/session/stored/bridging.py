"""Measures what lies between two evaluations: of two models on the same samples, or of two versions of a
scorer on the same responses."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from evalkit.comparisons.clusters import group_names
from evalkit.comparisons.comparable import Side, contents, match
from evalkit.comparisons.difference import Difference, paired_difference
from evalkit.comparisons.pairing import pair
from evalkit.comparisons.tables import statistics
from evalkit.core.bridge import Bridge, BridgeKind
from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.run import Evaluation
from evalkit.core.text import plural
from evalkit.errors import MetricError, UsageError
from evalkit.metrics.open import open_metric
from evalkit.stats.normal import normal_quantile
from evalkit.store.store import Store

#: Kinds of metrics that a paired difference with an interval fits.
_KINDS = ("binary", "graded", "corpus")
_ALPHA = 0.05


@dataclass(frozen=True)
class Shore:
    """One side of a bridge.

    Attributes:
        signatures: metric label to signature, of the metrics that have a value.
    """

    evaluation: Evaluation
    observations: Observations
    signatures: dict[str, str]

    @classmethod
    def read(cls, store: Store, evaluation: Evaluation) -> Shore:
        estimates = store.estimates(evaluation.evaluation_id)
        signatures = {each.metric: each.signature for each in estimates if each.value is not None}
        return cls(evaluation, store.observations(evaluation.evaluation_id), signatures)

    def names(self) -> tuple[str, str]:
        """Model and prompt."""
        return self.evaluation.subject.model, self.evaluation.subject.prompt


@dataclass(frozen=True)
class Measured:
    """Attributes:
    unbridged: metric labels of both sides, each with why it has no bridge.
    """

    bridges: Sequence[Bridge]
    unbridged: Sequence[tuple[str, str]]


def measure_bridges(kind: BridgeKind, old: Shore, new: Shore) -> Measured:
    """Every metric that both sides have. Raises UsageError where they share no samples, or where some that
    they share were edited in between."""
    _check_samples(old, new)
    bridges, unbridged = [], []
    for label in new.evaluation.metric_specs:
        if label not in old.signatures or label not in new.signatures:
            continue
        if kind == "scorer" and old.signatures[label] == new.signatures[label]:
            unbridged.append((label, "computed as before: its series goes on by itself"))
            continue
        try:
            bridges.append(_bridge(kind, label, old, new))
        except MetricError as error:
            unbridged.append((label, f"{error.what}: its series starts again"))
    return Measured(bridges, unbridged)


def _bridge(kind: BridgeKind, label: str, old: Shore, new: Shore) -> Bridge:
    specs = [MetricSpec(*each.evaluation.metric_specs[label]) for each in (old, new)]
    if any(spec.slice is not None for spec in specs):
        raise MetricError("slices have no bridge")
    metrics = [open_metric(spec) for spec in specs]
    metric = metrics[1]
    if metric.kind not in _KINDS or metrics[0].kind != metric.kind:
        raise MetricError("no paired test fits it")
    tables = [statistics(*each) for each in zip(metrics, (old.observations, new.observations), strict=True)]
    groups = group_names(tables[0], old.observations, new.observations)
    found = paired_difference(metric, pair(tables[0], tables[1], groups))
    sign = 1 if metric.is_higher_better else -1
    low, high = sorted(sign * end for end in found.interval(_ALPHA))
    return Bridge(
        kind,
        new.evaluation.task,
        label,
        *old.names(),
        *new.names(),
        old.signatures[label],
        new.signatures[label],
        sign * found.value,
        low,
        high,
        _error(found),
        found.n,
        found.method,
        old.evaluation.evaluation_id,
        new.evaluation.evaluation_id if kind == "model" else None,
        time.time(),
    )


def _error(found: Difference) -> float:
    """Standard error; where few samples changed the interval knows of more that may."""
    low, high = found.interval(_ALPHA)
    reach = max(high - found.value, found.value - low) / normal_quantile(1 - _ALPHA / 2)
    return max(found.sd / sqrt(found.n), reach)


def _check_samples(old: Shore, new: Shore) -> None:
    sides = [
        Side(each.observations, each.evaluation.task_hash, each.evaluation.dataset_hash)
        for each in (old, new)
    ]
    found = match(
        *(contents(side.observations) for side in sides),
        is_same_dataset=sides[0].dataset_hash == sides[1].dataset_hash,
    )
    task = new.evaluation.task
    if found.edited:
        first = next(iter(found.edited))
        raise UsageError(
            f"{plural(len(found.edited), 'sample')} of {task} were edited in between, the first is {first!r}",
            hint="a bridge takes the same samples on both sides: run one of them again",
        )
    if not found.common and not found.untold:
        raise UsageError(
            f"the two sides share no sample of {task}", hint="run both on the same samples of the same task"
        )
