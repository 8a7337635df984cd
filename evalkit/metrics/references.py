"""What outputs are compared with: the references in a sample's target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evalkit.core.response import Response
from evalkit.core.text import texts_of
from evalkit.errors import MetricError
from evalkit.metrics.output_metric import OutputMetric

#: Why a sample without references is a failure, in every metric over texts.
NO_TARGET = "there is no target to compare with (give the task a 'target:')"

#: An output with its references, at least one.
Pair = tuple[str, tuple[str, ...]]


def references_of(target: Any) -> tuple[str, ...]:
    """The references as texts; none for a target of None, an empty list or one of nothing but None."""
    if target is None:
        return ()
    if isinstance(target, list | tuple):
        target = [each for each in target if each is not None]
    return texts_of(target)


@dataclass(frozen=True)
class ReferenceMetric(OutputMetric):
    """Base: ``_rows`` gets Pairs. A target may be a list: several references. A sample without a target is a
    failure."""

    def _read(self, response: Response, target: Any) -> Pair:
        references = references_of(target)
        if not references:
            raise MetricError(NO_TARGET)
        return response.output or "", references
