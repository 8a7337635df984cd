"""F-scores of a caption's tuples against those of its references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evalkit.metrics.captions.engine.scenes.categories import Filter
from evalkit.metrics.captions.engine.scenes.graph import Proposition, SceneGraph, SceneTuple
from evalkit.metrics.captions.engine.scenes.synsets import Lexicon


@dataclass(frozen=True, slots=True)
class TupleCounts:
    """Tuples of one category in one image.

    Attributes:
        n_hits: tuples of the caption that are similar to one of the references.
        n_caption, n_references: tuples there are.
    """

    n_hits: int
    n_caption: int
    n_references: int

    @property
    def precision(self) -> float:
        """Share of the caption's tuples in 0..1; 0 where either side has none."""
        return self.n_hits / self.n_caption if self.n_caption and self.n_references else 0.0

    @property
    def recall(self) -> float:
        """Hits over the references' tuples; 0 where there are none. Several may hit one, so it can pass 1."""
        return self.n_hits / self.n_references if self.n_references else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where one of them is 0."""
        precision, recall = self.precision, self.recall
        return 2.0 * (precision * recall) / (precision + recall) if precision > 0 and recall > 0 else 0.0


def count(
    lexicon: Lexicon,
    filters: Mapping[str, Filter],
    caption: Sequence[Proposition],
    references: Iterable[Proposition],
) -> dict[str, TupleCounts]:
    """Category to counts; ``references`` are the propositions of all references, in order."""
    seen = SceneGraph.of(lexicon, caption).tuples()
    wanted = SceneGraph.of(lexicon, references).tuples()
    return {
        category: _count([t for t in seen if belongs(t)], [t for t in wanted if belongs(t)])
        for category, belongs in filters.items()
    }


def _count(seen: Sequence[SceneTuple], wanted: Sequence[SceneTuple]) -> TupleCounts:
    n_hits = sum(any(_is_similar(one, other) for other in wanted) for one in seen)
    return TupleCounts(n_hits, len(seen), len(wanted))


def _is_similar(one: SceneTuple, other: SceneTuple) -> bool:
    return len(one) == len(other) and all(a.is_similar(b) for a, b in zip(one, other, strict=True))
