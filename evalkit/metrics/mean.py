"""``mean``: the mean of any scorer's value."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import ClassVar

from evalkit.metrics.base import MeanMetric
from evalkit.registry import SCORERS


@dataclass(frozen=True)
class Mean(MeanMetric):
    """Mean of a scorer's values, in their unit; larger is better. Written ``mean:judge``.

    NaN where nothing was scored; MetricError where the task has no such scorer. Bounds are the scorer's.

    Args:
        scorer: the scorer's name.
    """

    name = "mean"
    kind = "graded"
    bounds = (-inf, inf)
    main: ClassVar[str | None] = "scorer"
    variant: ClassVar[str | None] = "scorer"

    scorer: str = field()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "bounds", getattr(SCORERS.get(self.scorer), "bounds", self.bounds))
