"""``precision_at_k``, ``recall_at_k``, ``mrr``, ``map``, ``ndcg_at_k``: ranked documents, as in trec_eval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, ClassVar, Literal

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.base import column, weighted_mean
from evalkit.metrics.metric import Floats
from evalkit.metrics.output_metric import OutputMetric
from evalkit.metrics.retrieval.engine.ranking import Judged, judge, read_grades, read_ranking


@dataclass(frozen=True)
class RetrievalMetric(OutputMetric):
    """Base: mean over queries of a value of each ranking.

    The target holds the relevant documents: ids, or a mapping of id to grade. The ranking is the output (see
    ``ranking.read_ranking``) or the response's ``contexts``. A ranking that cannot be read, or names a
    document twice, is a failure; an empty one has value 0, and so has a query without relevant documents, as
    in trec_eval.

    Source: trec_eval 9. A query without a response is a failure here and left out, as trec_eval does without
    ``-c``.

    Args:
        k: documents that are looked at; None for all.
        relevant_from: smallest grade that counts as relevant (trec_eval's ``-l``).
        ranking: where the ranked ids are found.
    """

    k: int | None = 10
    relevant_from: float = 1.0
    ranking: Literal["output", "contexts"] = "output"

    main: ClassVar[str | None] = "k"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.k is not None and self.k < 1:
            raise TaskError(f"metric {self.name!r}: k {self.k} is not positive")

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the queries' values."""
        return weighted_mean(rows, weights)

    def value_of(self, query: Judged) -> float:
        """The value of one ranking in 0..1."""
        raise NotImplementedError

    def _hits(self, query: Judged) -> list[bool]:
        return [grade >= self.relevant_from for grade in query.ranked[: self.k]]

    def _n_relevant(self, query: Judged) -> int:
        return sum(grade >= self.relevant_from for grade in query.judged)

    def _rows(self, read: Sequence[Judged]) -> Floats:
        return column([self.value_of(query) for query in read])

    def _read(self, response: Response, target: Any) -> Judged:
        if self.ranking == "output":
            return judge(read_ranking(response.output or ""), read_grades(target))
        if response.contexts is None:
            raise MetricError("the response has no contexts", hint="return an evalkit.Response with contexts")
        return judge(response.contexts, read_grades(target))

    def _signature_parts(self, observations: Observations) -> list[str]:
        k = "all" if self.k is None else self.k
        return [f"k:{k}", f"relevant_from:{self.relevant_from:g}", f"ranking:{self.ranking}"]


@dataclass(frozen=True)
class PrecisionAtK(RetrievalMetric):
    """Relevant ones among the first k documents over k, mean over queries in 0..1; larger is better.

    A ranking shorter than k is divided by k all the same. NaN where nothing was scored.

    Source: ``P_k`` of trec_eval. Options are those of ``RetrievalMetric``; k is 10 by default.
    """

    name = "precision_at_k"

    def value_of(self, query: Judged) -> float:
        length = len(query.ranked) if self.k is None else self.k
        return sum(self._hits(query)) / length if length else 0.0


@dataclass(frozen=True)
class RecallAtK(RetrievalMetric):
    """Share of the relevant documents among the first k, mean over queries in 0..1; larger is better.

    NaN where nothing was scored.

    Source: ``recall_k`` of trec_eval. Options are those of ``RetrievalMetric``; k is 10 by default.
    """

    name = "recall_at_k"

    def value_of(self, query: Judged) -> float:
        n_relevant = self._n_relevant(query)
        return sum(self._hits(query)) / n_relevant if n_relevant else 0.0


@dataclass(frozen=True)
class Mrr(RetrievalMetric):
    """One over the rank of the first relevant document, mean over queries in 0..1; larger is better.

    0 for a query without one. NaN where nothing was scored.

    Source: ``recip_rank`` of trec_eval. Options are those of ``RetrievalMetric``; all ranks by default.
    """

    name = "mrr"

    k: int | None = None

    def value_of(self, query: Judged) -> float:
        hits = self._hits(query)
        return 1 / (hits.index(True) + 1) if True in hits else 0.0


@dataclass(frozen=True)
class Map(RetrievalMetric):
    """Mean over queries of the average precision in 0..1; larger is better. NaN where nothing was scored.

    Relevant documents that were not found count with precision 0.

    Source: ``map`` of trec_eval, ``map_cut_k`` with k. Options are those of ``RetrievalMetric``; all ranks by
    default.
    """

    name = "map"

    k: int | None = None

    def value_of(self, query: Judged) -> float:
        n_relevant, n_found, total = self._n_relevant(query), 0, 0.0
        for rank, is_hit in enumerate(self._hits(query), 1):
            if is_hit:
                n_found += 1
                total += n_found / rank
        return total / n_relevant if n_relevant else 0.0


@dataclass(frozen=True)
class NdcgAtK(RetrievalMetric):
    """Discounted gain of the first k documents over the best possible one, mean over queries in 0..1; larger
    is better.

    The gain is the grade (below 0 none), discounted by the binary logarithm of the rank plus one;
    ``relevant_from`` changes nothing, as in trec_eval. NaN where nothing was scored.

    Source: ``ndcg_cut_k`` of trec_eval, ``ndcg`` without k. Options are those of ``RetrievalMetric``; k is 10
    by default.
    """

    name = "ndcg_at_k"

    def value_of(self, query: Judged) -> float:
        best = _gain(sorted(query.judged, reverse=True)[: self.k])
        return _gain(query.ranked[: self.k]) / best if best else 0.0


def _gain(grades: Sequence[float]) -> float:
    return sum(grade / log2(rank + 1) for rank, grade in enumerate(grades, 1) if grade > 0)
