"""``spice`` and its companions: how much of a caption's scene graph is in that of its references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.metrics.base import divided, weighted_mean, weighted_sums
from evalkit.metrics.captions.engine.java_caption_metric import JavaCaptionMetric, Row
from evalkit.metrics.captions.engine.pycoco import digest_of
from evalkit.metrics.captions.engine.scenes.evaluation import evaluate
from evalkit.metrics.captions.engine.scenes.jars import spice_jar
from evalkit.metrics.captions.engine.scenes.parser import SceneParser
from evalkit.metrics.captions.engine.scenes.scores import TupleCounts
from evalkit.metrics.metric import Floats

_PARSER = "corenlp:3.6.0"


@dataclass(frozen=True)
class SpiceMetric(JavaCaptionMetric):
    """Base: counts of one category of tuples in each caption.

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
        heap_mb: memory limit of Java in megabytes.
        threads: processors that Java may use, by default all.
        max_words: longer captions are errors: the parser needs a minute or two for 150 words, and time grows
            with the cube.
    """

    category: ClassVar[str]

    heap_mb: int = 3000
    threads: int | None = None
    max_words: int = 150

    def _rows(self, captions: Sequence[str], references: Sequence[Sequence[str]]) -> Sequence[Row]:
        parser = SceneParser(self.heap_mb, self.threads, self.max_words)
        return [
            counted if isinstance(counted, str) else self._row(counted[self.category])
            for counted in evaluate(parser, captions, references)
        ]

    def _row(self, counts: TupleCounts) -> list[float]:
        return [counts.f1]

    def _programs(self) -> list[str]:
        return [f"jar:spice-1.0-{digest_of(spice_jar())}", _PARSER]


@dataclass(frozen=True)
class Spice(SpiceMetric):
    """SPICE: mean in 0..1 over captions of the F-score of scene-graph tuples; larger is better.

    A caption without tuples scores 0. Reads the outputs and their references; NaN where nothing was answered.
    The caption's and references' texts are parsed by the package's jar in a Java process of its own, once:
    what was parsed is kept in the user's cache. MetricError where Java, pycocoevalcap or the jars that
    ``evalkit setup spice`` fetches are missing.

    Source: Anderson et al. 2016, https://arxiv.org/abs/1607.08822, as pycocoevalcap runs it (``-subset``).

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
        heap_mb: memory limit of Java in megabytes.
        threads: processors that Java may use, by default all.
        max_words: a longer caption or reference is an error of its sample.
    """

    name = "spice"
    kind = "graded"
    n_columns = 1
    companions = (
        "spice_object",
        "spice_relation",
        "spice_attribute",
        "spice_color",
        "spice_cardinality",
        "spice_size",
    )
    category = "all"

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the captions' F-scores."""
        return weighted_mean(rows, weights)


@dataclass(frozen=True)
class SpiceCategory(SpiceMetric):
    """Base: mean over the captions whose references have tuples of the category, as the jar averages.

    Rows are the F-score, or 0, and whether the caption counts.
    """

    kind = "corpus"
    n_columns = 2

    def _row(self, counts: TupleCounts) -> list[float]:
        return [counts.f1, float(counts.n_references > 0)]

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the F-scores that count; NaN where none does."""
        sums, _ = weighted_sums(rows, weights)
        return divided(sums[:, 0], sums[:, 1])


@dataclass(frozen=True)
class SpiceObject(SpiceCategory):
    """SPICE in 0..1 over objects alone (``dog``); larger is better. Stored with ``spice``."""

    name = "spice_object"
    category = "object"


@dataclass(frozen=True)
class SpiceRelation(SpiceCategory):
    """SPICE in 0..1 over relations alone (``dog on sofa``); larger is better. Stored with ``spice``."""

    name = "spice_relation"
    category = "relation"


@dataclass(frozen=True)
class SpiceAttribute(SpiceCategory):
    """SPICE in 0..1 over attributes alone (``dog small``); larger is better. Stored with ``spice``."""

    name = "spice_attribute"
    category = "attribute"


@dataclass(frozen=True)
class SpiceColor(SpiceCategory):
    """SPICE in 0..1 over attributes that are colours; larger is better. Stored with ``spice``."""

    name = "spice_color"
    category = "color"


@dataclass(frozen=True)
class SpiceCardinality(SpiceCategory):
    """SPICE in 0..1 over attributes that are numbers up to ten; larger is better. Stored with ``spice``."""

    name = "spice_cardinality"
    category = "cardinality"


@dataclass(frozen=True)
class SpiceSize(SpiceCategory):
    """SPICE in 0..1 over attributes that are sizes; larger is better. Stored with ``spice``."""

    name = "spice_size"
    category = "size"
