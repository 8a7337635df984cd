"""``meteor``: words of a caption aligned with its best reference, by stems, synonyms and paraphrases too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.metrics.captions.engine.java_caption_metric import JavaCaptionMetric, Row
from evalkit.metrics.captions.engine.meteor_jar import MeteorJar, meteor_jar
from evalkit.metrics.captions.engine.meteor_score import N_STATISTICS, scores
from evalkit.metrics.captions.engine.pycoco import digest_of
from evalkit.metrics.metric import Floats


@dataclass(frozen=True)
class Meteor(JavaCaptionMetric):
    """METEOR 1.5 in 0..1 over the summed statistics of all captions; larger is better.

    Reads the outputs and their references. The alignment is made by the package's jar in a Java process of
    its own, once: what was aligned is kept in the user's cache. The final score is computed here and equals
    the jar's. An empty output matches nothing. MetricError where Java or pycocoevalcap is missing.

    Source: Denkowski and Lavie 2014, https://aclanthology.org/W14-3348, English, as pycocoevalcap runs it
    (``-l en -norm``).

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
        heap_mb: memory limit of Java in megabytes.
    """

    name = "meteor"
    kind = "corpus"
    n_columns = N_STATISTICS

    heap_mb: int = 2000

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The score of the weighted sums."""
        return scores(rows, weights)

    def _rows(self, captions: Sequence[str], references: Sequence[Sequence[str]]) -> Sequence[Row]:
        texts = [(caption, *each) for caption, each in zip(captions, references, strict=True)]
        return MeteorJar(self.heap_mb).statistics(texts)

    def _programs(self) -> list[str]:
        return [f"jar:meteor-1.5-{digest_of(meteor_jar())}", "language:en"]
