"""``similarity``: how near in meaning outputs are to their references, by sentence embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.metrics.base import column, weighted_mean
from evalkit.metrics.cancellation import long_work
from evalkit.metrics.metric import Floats
from evalkit.metrics.references import Pair, ReferenceMetric
from evalkit.metrics.text.engine.embedding.bert import Array
from evalkit.metrics.text.engine.embedding.embedder import Embedder
from evalkit.metrics.text.engine.embedding.minilm import open_embedder, signature

#: Pairs of texts whose value is kept.
_MOST_PAIRS = 500_000
#: Outputs that are compared between two looks at the session, and pairs whose tokens are held at once, some
#: 60 MB.
_CHUNK = 1_000


@dataclass(frozen=True)
class _Embedded(ReferenceMetric):
    """Base of the metrics over embeddings: one value for each response, the best over its references.

    MetricError where the model is missing.
    """

    reads_texts: ClassVar[bool] = True
    main: ClassVar[str | None] = "model"
    #: The scorer of one sample is ``similar``, which says what is nearest.
    has_sample_value: ClassVar[bool] = False

    model: str | None = None

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean over responses."""
        return weighted_mean(rows, weights)

    def _rows(self, pairs: Sequence[Pair]) -> Floats:
        embedder = open_embedder(self.model)
        values: list[float] = []
        with long_work(f"{self.name}: outputs compared", len(pairs)) as work:
            for start in range(0, len(pairs), _CHUNK):
                chunk = pairs[start : start + _CHUNK]
                values += map(_rounded, self._values(embedder, chunk))
                work.advance(len(chunk))
        return column(values)

    def _values(self, embedder: Embedder, pairs: Sequence[Pair]) -> list[float]:
        raise NotImplementedError

    def _signature_parts(self, observations: Observations) -> list[str]:
        return [f"model:{signature(self.model)}"]


@dataclass(frozen=True)
class Similarity(_Embedded):
    """Mean cosine in -1..1 between the sentence embeddings of output and reference, the best of several
    references; larger is better.

    Texts are cut at 256 tokens. An empty output is embedded like any text. NaN where nothing counts.
    Source: Reimers and Gurevych 2019 (https://arxiv.org/abs/1908.10084); equal to sentence-transformers.

    Args:
        model: a folder with another BERT encoder; by default the packaged all-MiniLM-L6-v2.
    """

    name = "similarity"
    bounds = (-1.0, 1.0)
    unit = "none"

    def _values(self, embedder: Embedder, pairs: Sequence[Pair]) -> list[float]:
        sizes = [len(references) for _, references in pairs]
        cosines = np.einsum(
            "nd,nd->n",
            np.repeat(embedder.sentences([output for output, _ in pairs]), sizes, axis=0),
            embedder.sentences([reference for _, references in pairs for reference in references]),
        )
        ends = np.concatenate([[0], np.cumsum(sizes)])
        return [float(cosines[start:end].max()) for start, end in pairwise(ends)]


@dataclass(frozen=True)
class BertscoreF1(_Embedded):
    """Mean over outputs of BERTScore's F1, the best of several references; larger is better.

    Tokens of output and reference are matched greedily by the cosine of their last hidden states; precision
    and recall are the mean best matches of either side. No idf weights, no rescaling by a baseline, texts
    cut at 512 tokens; an empty side gives 0. Numbers of another encoder are not comparable, so the model is
    in the signature. Source: Zhang et al. 2020 (https://arxiv.org/abs/1904.09675); equal to the package
    bert-score on the same model.

    Args:
        model: a folder with another BERT encoder; by default the packaged all-MiniLM-L6-v2.
    """

    name = "bertscore_f1"
    bounds = (-1.0, 1.0)
    unit = "none"

    def _values(self, embedder: Embedder, pairs: Sequence[Pair]) -> list[float]:
        each_with = [[(output, reference) for reference in references] for output, references in pairs]
        if len(embedder.pairs) > _MOST_PAIRS:
            embedder.pairs.clear()
        wanted = sorted({pair for each in each_with for pair in each} - embedder.pairs.keys())
        for start in range(0, len(wanted), _CHUNK):
            _compare(embedder, wanted[start : start + _CHUNK])
        return [max(embedder.pairs[pair] for pair in each) for each in each_with]


def _compare(embedder: Embedder, pairs: Sequence[tuple[str, str]]) -> None:
    names = sorted({text for pair in pairs for text in pair})
    tokens = dict(zip(names, embedder.tokens(names), strict=True))
    for output, reference in pairs:
        embedder.pairs[output, reference] = greedy_f1(tokens[output], tokens[reference])


def _rounded(cosine: float) -> float:
    """Without the digits that float32 leaves to the order of summation."""
    return round(min(1.0, max(-1.0, cosine)), 6)


def greedy_f1(output: Array, reference: Array) -> float:
    """F1 of the greedy matches of two texts' framed embeddings (t, d); 0 where one has no token of its own.

    As in bert-score a token may match the other side's frame, while the frame's own matches do not count.
    """
    if len(output) <= 2 or len(reference) <= 2:
        return 0.0
    cosines = output @ reference.T
    precision = float(cosines[1:-1].max(axis=1).mean())
    recall = float(cosines[:, 1:-1].max(axis=0).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
