"""``similar``: the output means nearly what it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown, texts_of
from evalkit.metrics.text.engine.embedding.minilm import open_embedder
from evalkit.scorers.base import BaseScorer, references_of


@dataclass(frozen=True)
class Similar(BaseScorer):
    """The cosine in -1..1 between the sentence embeddings of output and reference, the best of several; the
    answer is the nearest reference. As an assertion it holds from 0.7 on; ``at_least`` changes that.

    Raises ScorerError on a sample without target (unless ``value`` is given). See the metric ``similarity``.

    Args:
        value: a text, or a list of texts, to compare with in place of the sample's target.
        model: a folder with another BERT encoder; by default the packaged all-MiniLM-L6-v2.
    """

    name = "similar"
    kind = "graded"
    gives_answer = False
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    value: Any = None
    model: str | None = None
    _given: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        self._set("_given", () if self.value is None else tuple(texts_of(self.value)))

    def score(self, sample: Sample, response: Response) -> Score:
        references: Sequence[str] = self._given or references_of(sample)
        output, *others = open_embedder(self.model).sentences([response.output or "", *references])
        cosines = [float(min(1.0, max(-1.0, output @ other))) for other in others]
        best = max(range(len(cosines)), key=cosines.__getitem__)
        return Score(
            self.name,
            cosines[best],
            references[best],
            f"similarity {cosines[best]:.3f} to {shown(references[best])}",
        )
