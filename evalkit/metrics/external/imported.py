"""``imported``: the mean of what another tool's scorer said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import ClassVar, Literal

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import BaseMetric, MeanMetric
from evalkit.metrics.metric import Floats


@dataclass(frozen=True)
class Imported(MeanMetric):
    """Mean of the values that another tool gave (``evalkit import``), in their own unit.

    Its scorer is in no registry, so that a task cannot compute it: it is read from the store alone. NaN where
    nothing was scored; MetricError where ``kind`` is ``binary`` and a value is neither 0 nor 1.

    Args:
        scorer: the name that the values are stored under.
        kind: ``binary`` if every value is 0 or 1; otherwise ``graded``, unbounded.
        is_higher_better: the direction as the other tool states it.
        bounds: the lowest and highest value that the other tool allows.
    """

    name = "imported"
    unit = "none"
    main: ClassVar[str | None] = "scorer"
    variant: ClassVar[str | None] = "scorer"

    scorer: str = field()
    kind: Literal["binary", "graded"] = "graded"
    is_higher_better: bool = True
    bounds: tuple[float, float] = (-inf, inf)

    def __post_init__(self) -> None:
        BaseMetric.__post_init__(self)
        object.__setattr__(self, "scorers", (self.scorer,))
        object.__setattr__(self, "unit", "share" if self.bounds == (0.0, 1.0) else "none")
        if self.kind == "binary":
            object.__setattr__(self, "unit", "share")
            object.__setattr__(self, "bounds", (0.0, 1.0))

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        if self.kind == "binary" and any(score.value not in (0.0, 1.0) for score in scores):
            raise MetricError(f"scorer {self.scorer!r} gave other values than 0 and 1")
        return super()._rows(observations, kept, scores)

    def _signature_parts(self, observations: Observations) -> list[str]:
        """The origin's signature alone: kind and direction do not change the number."""
        return [f"scorer:{observations.scorer_signatures.get(self.scorer, self.scorer)}"]
