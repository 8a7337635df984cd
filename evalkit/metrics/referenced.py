"""Base of metrics over the raw output and its references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evalkit.core.response import Response
from evalkit.errors import MetricError
from evalkit.metrics.judged import JudgedMetric
from evalkit.metrics.references import NO_TARGET, references_of

#: An output with its references, at least one.
Pair = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class ReferencedMetric(JudgedMetric):
    """Base: ``_rows`` gets Pairs. A target may be a list: several references. A sample without a target is a
    failure."""

    def _read(self, response: Response, target: Any) -> Pair:
        references = references_of(target)
        if not references:
            raise MetricError(NO_TARGET)
        return response.output or "", references
