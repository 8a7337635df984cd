"""``on_extracted_answer``: a metric of texts over what a scorer took out of the outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.metrics.base import ScoreMetric
from evalkit.metrics.metric import Floats, Metric, Table
from evalkit.metrics.open import open_metric
from evalkit.metrics.reading import scores_of, signature_of


@dataclass(frozen=True)
class OnExtractedAnswer(ScoreMetric):
    """Another metric over the scorer's answers in place of the raw outputs; its range, unit and direction (by
    far most: larger is better). Written ``on_extracted_answer:bleu``.

    A sample that the scorer could not score is a failure; where it found no answer the text is empty.

    Args:
        metric: the metric, one over outputs and targets.
        scorer: the scorer whose answers are read; by default the task's first that takes texts out.
        params: parameters of ``metric``.
    """

    name = "on_extracted_answer"
    kind = "corpus"
    reads = "answer"
    scorers = ("exact_str_match", "case_insensitive_str_match", "sequence_f1", "regex", "flexible_extract")
    main: ClassVar[str | None] = "metric"
    variant: ClassVar[str | None] = "metric"

    metric: str = field(kw_only=True)
    params: Mapping[str, Any] = field(kw_only=True, default_factory=dict, hash=False)
    _inner: Metric = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        inner = open_metric(MetricSpec(self.metric, self.params))
        object.__setattr__(self, "_inner", inner)
        object.__setattr__(self, "kind", inner.kind)
        object.__setattr__(self, "unit", inner.unit)
        object.__setattr__(self, "is_higher_better", inner.is_higher_better)
        object.__setattr__(self, "bounds", inner.bounds)

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """The first scorer that it can read."""
        return self.scorers[0], {}

    def table(self, observations: Observations) -> Table:
        """The metric's table of the answers. Raises MetricError when no scorer fits."""
        scores = scores_of(observations, self._source(observations))
        responses = [
            response
            if response.error is not None
            else replace(response, output=None, error=score.error)
            if score.error is not None
            else replace(response, output=score.answer or "")
            for response, score in zip(observations.responses, scores, strict=True)
        ]
        return self._inner.table(replace(observations, responses=responses))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The metric over weighted rows."""
        return self._inner.aggregate(rows, weights)

    def _signature_parts(self, observations: Observations) -> list[str]:
        inner = self._inner.signature(observations).replace("|", "/")
        source = self._source(observations)
        return [f"metric:{inner}", f"scorer:{signature_of(observations, source)}"]
