"""Outputs with their references: what metrics over texts read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.core.observations import Observations
from evalkit.core.text import texts_of
from evalkit.errors import MetricError


@dataclass(frozen=True)
class Referenced:
    """The responses that count.

    Attributes:
        kept: their indexes in the Observations.
        outputs: their texts.
        references: one or more for each.
    """

    kept: Sequence[int]
    outputs: Sequence[str]
    references: Sequence[tuple[str, ...]]

    @property
    def pairs(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each output with its references."""
        return list(zip(self.outputs, self.references, strict=True))

    @property
    def n_references(self) -> list[int]:
        """How many references each output has."""
        return [len(each) for each in self.references]


def referenced(observations: Observations, metric: str) -> Referenced:
    """Responses without an error, with their targets as texts.

    Raises MetricError where a sample has no reference: a metric over the others would hide it.
    """
    kept = [i for i, response in enumerate(observations.responses) if response.error is None]
    references = [
        tuple(texts_of(observations.targets[i])) for i in kept if observations.targets[i] is not None
    ]
    missing = [observations.sample_ids[i] for i in kept if not _has_reference(observations.targets[i])]
    if missing:
        raise MetricError(
            f"metric {metric!r}: sample {missing[0]!r} has no reference"
            + (f", nor have {len(missing) - 1:,} others" if len(missing) > 1 else ""),
            mend="give the task a 'target:'",
        )
    return Referenced(kept, [observations.responses[i].output or "" for i in kept], references)


def _has_reference(target: object) -> bool:
    return target is not None and target != [] and target != ()
