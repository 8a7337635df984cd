"""``mean``: the mean of any scorer's value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from math import inf, isfinite
from typing import ClassVar

from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.base import MeanMetric
from evalkit.metrics.metric import Floats
from evalkit.metrics.reading import declared_value, parted
from evalkit.registry import SCORERS

_OPEN = (-inf, inf)


@frozen
class Mean(MeanMetric):
    """Mean of a scorer's values, in their unit; larger is better unless the scorer says otherwise.

    Written ``mean:judge``; of a scorer that gives several values, ``mean:ifeval.loose``.

    NaN where nothing was scored; MetricError where the task has no such scorer, or gave a value beyond
    ``bounds``.

    Args:
        scorer: the scorer's name.
        bounds: lowest and highest value, of a scorer that states none (``python``): without them no gate can
            be decided early. They do not change the number.
    """

    name = "mean"
    kind = "graded"
    unit = "none"
    main: ClassVar[str | None] = "scorer"
    variant: ClassVar[str | None] = "scorer"

    scorer: str = field()
    bounds: tuple[float, float] = _OPEN

    def __post_init__(self) -> None:
        super().__post_init__()
        # A name that the task gave to a scorer says nothing of its values.
        own = SCORERS.get(self.scorer).bounds if self.scorer in SCORERS else _OPEN
        name, value = parted(self.scorer, {})
        declared = None if value is None else declared_value(name, value)
        if declared is not None:
            own = declared.bounds
            object.__setattr__(self, "is_higher_better", declared.is_higher_better)
        if self.bounds == _OPEN:
            object.__setattr__(self, "bounds", own)
        elif len(self.bounds) != 2 or not self.bounds[0] < self.bounds[1]:
            raise TaskError(
                f"metric {self.name!r}: bounds {shown(list(self.bounds))} are not the lowest and the highest "
                "value",
                hint="write two numbers: bounds: [0, 10]",
            )

        object.__setattr__(self, "unit", "share" if self.bounds == (0.0, 1.0) else "none")

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        low, high = self.bounds
        slack = 1e-9 * (high - low) if isfinite(high - low) else 0.0
        for score in scores:
            if score.value is not None and not low - slack <= score.value <= high + slack:
                raise MetricError(
                    f"scorer {score.scorer!r} gave {score.value:g}, outside of {low:g} .. {high:g}",
                    hint="widen the bounds of the metric, or fix the scorer",
                )
        return super()._rows(observations, kept, scores)

    def _signature_parts(self, observations: Observations) -> list[str]:
        """Without the bounds."""
        parts = super()._signature_parts(observations)
        return [part for part in parts if not part.startswith("bounds:")]
