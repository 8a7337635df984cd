"""``rouge_l_coco``: ROUGE-L in the definition of COCO's caption evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from evalkit.metrics.base import column, weighted_mean
from evalkit.metrics.caption_metric import Captioned, CaptionMetric
from evalkit.metrics.metric import Floats

_BETA_SQUARED = 1.2**2
#: Upstream splits an empty text into one empty word.
_NOTHING = (-1,)


@dataclass(frozen=True)
class RougeLCoco(CaptionMetric):
    """Mean in 0..1 of the longest common subsequence with the references as F with beta 1.2; larger is better.

    Precision and recall are the best over the references, each by itself. NaN where nothing counts. An empty
    caption scores 0, but 1 where a reference is empty, too.

    Source: ``Rouge`` of pycocoevalcap 1.2, Lin 2004 (ROUGE: A Package for Automatic Evaluation of Summaries).

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "rouge_l_coco"
    kind = "graded"

    def _statistics(self, captioned: Captioned) -> Floats:
        captions = self._tokens.tokens(captioned.captions).lists()
        references = iter(self._tokens.tokens(list(chain.from_iterable(captioned.references))).lists())
        return column(
            [
                rouge_l(caption, [next(references) for _ in texts])
                for caption, texts in zip(captions, captioned.references, strict=True)
            ]
        )

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean."""
        return weighted_mean(rows, weights)


def rouge_l(caption: Sequence[int], references: Sequence[Sequence[int]]) -> float:
    """F in 0..1 of one caption against at least one reference, as token numbers from 0."""
    caption = caption or _NOTHING
    bits: dict[int, int] = {}
    for place, token in enumerate(caption):
        bits[token] = bits.get(token, 0) | 1 << place
    places, ones = bits.get, (1 << len(caption)) - 1
    longest, recall = 0, 0.0
    for reference in references:
        reference = reference or _NOTHING
        # Bit-parallel rows of the table of subsequences (Hyyrö 2004): a zero is a step of the longest one.
        row = ones
        for matches in filter(None, map(places, reference)):
            shared = row & matches
            row = (row + shared) | (row - shared)
        n_shared = len(caption) - (row & ones).bit_count()
        if n_shared > longest:
            longest = n_shared
        if n_shared > recall * len(reference):
            recall = n_shared / len(reference)
    precision = longest / len(caption)
    if not precision:
        return 0.0
    return (1 + _BETA_SQUARED) * precision * recall / (recall + _BETA_SQUARED * precision)
