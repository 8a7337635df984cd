"""From a metric's name and parameters in a task to the Metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from evalkit.core.gate import MetricSpec
from evalkit.core.parameters import open_plugin
from evalkit.errors import TaskError
from evalkit.metrics.base import BaseMetric
from evalkit.metrics.metric import Metric
from evalkit.registry import METRICS


def metric_class(name: str) -> type[BaseMetric]:
    """The class of a metric, variant or not: what its declarations say of every instance. Raises
    UnknownNameError."""
    return cast("type[BaseMetric]", METRICS.get(name.partition(":")[0]))


def open_metric(spec: MetricSpec) -> Metric:
    """The metric that a task or a gate names; ``mean:judge`` is ``mean`` with its variant ``judge``, and
    ``pass_at_k:10`` is ``pass_at_k`` with k = 10.

    Raises UnknownNameError on an unknown name, and TaskError on an unknown, missing or wrong parameter;
    both say what is near.
    """
    name, colon, variant = spec.name.partition(":")
    cls = METRICS.get(name)
    params: dict[str, Any] = dict(spec.params)
    if colon:
        key = cls.variant
        if key is None or not variant:
            raise TaskError(f"metric {spec.name!r}: nothing may follow the colon", hint=f"write {name!r}")
        if key in params:
            raise TaskError(f"metric {spec.name!r} names its {key} twice", hint="keep one")
        params[key] = int(variant) if variant.isdigit() else variant
    return cast(Metric, open_plugin("metric", name, cls, params))


def open_computed(metric: MetricSpec, computed: Mapping[str, Any]) -> Metric:
    """The metric of a gate as an evaluation computed it: its task pins what the name alone does not say, such
    as the bounds of a judge's scale.

    Args:
        computed: ``Evaluation.metric_specs``.
    """
    stored = computed.get(metric.label)
    return open_metric(metric if stored is None else MetricSpec(*stored))
