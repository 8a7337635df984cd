"""What a stored number is counted in: as its metric declares, or the session that kept account of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from evalkit.errors import EvalkitError
from evalkit.metrics.base import BaseMetric
from evalkit.metrics.metric import Unit
from evalkit.metrics.open import metric_class
from evalkit.registry import METRICS

#: Numbers that are stored beside the metrics of a task: what was saved and what was asked again, in all.
TOTALS: Mapping[str, Unit] = {
    "saved_calls": "calls",
    "saved_tokens": "tokens",
    "saved_cost_usd": "usd",
    "rerun_calls": "calls",
    "rerun_errors": "calls",
    "rerun_cost_usd": "usd",
    "rerun_changed": "calls",
    "effective_samples": "none",
}


@cache
def unit_of(label: str) -> Unit:
    """The unit of a metric by its label; ``none`` of one that is not installed here."""
    declared = _declared(label)
    return TOTALS.get(_name(label)) or ("none" if declared is None else declared.unit)


@cache
def is_total(label: str) -> bool:
    """Whether a metric is a sum over all responses, which has no interval to show."""
    declared = _declared(label)
    return _name(label) in TOTALS or (declared is not None and declared.kind == "total")


def is_operation(label: str) -> bool:
    """Whether a number tells what responses took, and not how good they are."""
    declared = _declared(label)
    return _name(label) in TOTALS or (declared is not None and declared.role == "operation")


def counts_failures(label: str) -> bool:
    """Whether a metric is about the responses that failed."""
    declared = _declared(label)
    return declared is not None and declared.counts_failures


def brief_of(label: str) -> str:
    """How the one line of a summary tells a metric; empty of one that has a line of its own."""
    declared = _declared(label)
    return "" if declared is None else declared.brief


def is_watched(label: str) -> bool:
    """Whether a metric is computed from stored responses, asked for or not."""
    declared = _declared(label)
    return declared is not None and declared.of_responses is not None


def _declared(label: str) -> type[BaseMetric] | None:
    """The class behind a label; None of a metric that is not installed here, or of a package that is broken:
    a stored number is read all the same."""
    name = _name(label).partition(":")[0]
    try:
        return metric_class(name) if name in METRICS else None
    except EvalkitError:
        return None


def _name(label: str) -> str:
    """``f1`` of ``f1(positive=yes)`` and of ``f1[language=de]``: a slice is counted in what the whole is."""
    return label.partition("(")[0].partition("[")[0]
