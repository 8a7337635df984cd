"""What metrics over the repeats of a Sample share: one row for each Sample, whatever its repeats gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import ScoreMetric, column, weighted_mean
from evalkit.metrics.classification.accuracy import Accuracy
from evalkit.metrics.metric import Floats, Reads, Table
from evalkit.metrics.reading import scores_of


@dataclass(frozen=True)
class RepeatMetric(ScoreMetric):
    """Base: the mean over Samples of one value for each, so intervals and tests are over Samples.

    Give ``_value``. A Sample with fewer than ``_n_needed`` scored responses, because others failed, is left
    out, and all its responses count as failed.
    """

    kind = "graded"
    reads: ClassVar[Reads | None] = "binary"
    scorers = ("code", *(name for name in Accuracy.scorers if name != "code"))
    default_scorers = ("code", "code")

    @property
    def _n_needed(self) -> int:
        return 1

    def _value(self, scores: Sequence[Score]) -> float:
        """The value of one Sample; ``scores`` are scored ones, at least ``_n_needed``."""
        raise NotImplementedError

    def table(self, observations: Observations) -> Table:
        """One row for each Sample. Raises MetricError when no Sample has enough responses."""
        source = self._source(observations)
        self._check_repeats(observations)
        scored: dict[str, list[Score]] = {}
        columns = zip(
            observations.sample_ids, observations.responses, scores_of(observations, source), strict=True
        )
        for sample_id, response, score in columns:
            if response.error is None and score.error is None and score.value is not None:
                scored.setdefault(sample_id, []).append(score)
        kept = {sample_id: scores for sample_id, scores in scored.items() if len(scores) >= self._n_needed}
        n_counted = sum(map(len, kept.values()))
        rows = column([self._value(scores) for scores in kept.values()])
        return Table(rows, tuple(kept), len(observations) - n_counted, n_responses=n_counted)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the first column."""
        return weighted_mean(rows, weights)

    def _check_repeats(self, observations: Observations) -> None:
        n_most = max(Counter(observations.sample_ids).values(), default=0)
        if n_most < self._n_needed:
            k = self._n_needed
            raise MetricError(
                f"{self.name} with k = {k} needs {k} responses to each sample and there is at most {n_most}",
                hint=f"ask with --llm-repeats={k}, or for a smaller k",
            )
