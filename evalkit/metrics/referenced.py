"""Base of metrics over the raw output and its references."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evalkit.core.response import Response
from evalkit.core.text import texts_of
from evalkit.errors import MetricError
from evalkit.metrics.judged import NO_TARGET, JudgedMetric

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


def references_of(target: Any) -> tuple[str, ...]:
    """The references as texts; none for a target of None or an empty list."""
    if isinstance(target, str):
        return (target,)
    if target is None:
        return ()
    if isinstance(target, list | tuple):
        target = [each for each in target if each is not None]
    return texts_of(target)
