"""``normalized_aggregate_score``: another metric between chance and the best there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.errors import TaskError
from evalkit.metrics.base import BaseMetric
from evalkit.metrics.metric import Floats, Metric, Table
from evalkit.metrics.open import open_metric


@dataclass(frozen=True)
class NormalizedAggregateScore(BaseMetric):
    """(value - low) / (high - low) of another metric, 0 at chance and 1 at its best; larger is better.

    It may be negative. Scorers and failures are those of ``metric``. Source: BIG-bench, which prints percent
    and takes for ``low`` what a random choice gets on the whole task.

    Args:
        metric: the metric to normalise, one that is better when it is larger.
        low: its value by chance.
        high: its best value; higher than ``low``.
    """

    name = "normalized_aggregate_score"
    kind = "corpus"
    unit = "none"
    main: ClassVar[str | None] = "metric"

    metric: str = field()
    low: float = 0.0
    high: float = 1.0
    _inner: Metric = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.low < self.high:
            raise TaskError(f"metric {self.name!r}: low {self.low:g} is not below high {self.high:g}")
        inner = open_metric(MetricSpec(self.metric))
        if not inner.is_higher_better:
            raise TaskError(f"metric {self.name!r}: {self.metric} is better when it is smaller")
        object.__setattr__(self, "_inner", inner)
        object.__setattr__(self, "scorers", inner.scorers)
        object.__setattr__(self, "bounds", tuple(self._scaled(bound) for bound in inner.bounds))

    def readable(self, scorers: Mapping[str, str]) -> list[str]:
        """As the metric which it normalises."""
        return self._inner.readable(scorers)

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """That of the metric which it normalises."""
        return self._inner.default_scorer(has_choices=has_choices)

    def table(self, observations: Observations) -> Table:
        """The table of the metric which it normalises."""
        return self._inner.table(observations)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The metric over weighted rows, normalised."""
        values: Floats = self._scaled(self._inner.aggregate(rows, weights))
        return values

    def _scaled(self, value: Any) -> Any:
        return (value - self.low) / (self.high - self.low)

    def _signature_parts(self, observations: Observations) -> list[str]:
        scale = [f"low:{self.low:g}", f"high:{self.high:g}"]
        inner = self._inner.signature(observations).split("|")
        scorers = [part for part in inner if part.startswith("scorer:")]
        others = [part for part in inner if not part.startswith("scorer:")]
        return [f"metric:{'/'.join(others)}", *scale, *scorers]
