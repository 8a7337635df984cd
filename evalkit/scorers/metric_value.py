"""A metric's value for one sample as a scorer: ``llm.score(r, "rougeL", target=…)``."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import ClassVar, Self

from evalkit.core.frozen import frozen
from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind, ScoreValue
from evalkit.core.task import ScorerSpec
from evalkit.errors import MetricError, ScorerError
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric
from evalkit.scorers.settings import ScorerSettings


@frozen
class MetricValue:
    """Scores a Response by a metric over that one sample; raises ScorerError where it has no value.

    Attributes:
        name: the metric's.
        signature: the metric's name and parameters as the task gives them, and its version.
        bounds: the metric's.
    """

    name: str
    signature: str
    metric: Metric

    main: ClassVar[str | None] = None
    values: ClassVar[Mapping[str, ScoreValue]] = {}
    gives_answer: ClassVar[bool] = False
    columns: ClassVar[tuple[str, ...]] = ()

    @property
    def kind(self) -> ScoreKind:
        return "binary" if self.metric.kind == "binary" else "graded"

    @property
    def is_higher_better(self) -> bool:
        return self.metric.is_higher_better

    def bound(self, settings: ScorerSettings) -> Self:
        """Itself: it needs nothing of the session."""
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        return self.metric.bounds

    def score(self, sample: Sample, response: Response) -> Score:
        """The value on the metric's own scale and in its direction."""
        seen = Observations([sample.id], [sample.target], [response])
        try:
            value = float(self.metric.aggregate(self.metric.table(seen).rows)[0])
        except MetricError as error:
            raise ScorerError(error.what, hint=error.hint) from None
        if isnan(value):
            raise ScorerError(f"{self.name} is not defined over this sample alone")
        way = "larger" if self.metric.is_higher_better else "smaller"
        return Score(self.name, value, explanation=f"{self.name} {value:.4g}; {way} is better")


def open_metric_value(spec: ScorerSpec) -> MetricValue:
    """The metric of that name as a scorer. Raises TaskError on wrong parameters."""
    metric: Metric = open_metric(MetricSpec(spec.name, spec.params))
    alone = metric.for_one_sample()
    signature = alone.signature(Observations([], [], [])).replace("|", ",")
    name, _, rest = signature.partition(",")
    return MetricValue(spec.name, f"{name}({rest})", alone)
