"""``rouge_l_coco``: ROUGE-L in the definition of COCO's caption evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from evalkit.metrics.base import column, weighted_mean
from evalkit.metrics.captions.engine.caption_metric import Captioned, CaptionMetric
from evalkit.metrics.captions.engine.common_subsequence import common_lengths
from evalkit.metrics.metric import Floats

_BETA_SQUARED = 1.2**2


@dataclass(frozen=True)
class RougeLCoco(CaptionMetric):
    """Mean in 0..1 of the longest common subsequence with references, as F (beta 1.2); larger is better.

    Precision and recall are the best over the references, each by itself. NaN where nothing counts. An empty
    caption scores 0, but 1 where a reference is empty, too.

    Source: ``Rouge`` of pycocoevalcap 1.2, Lin 2004 (ROUGE: A Package for Automatic Evaluation of Summaries).

    Args:
        tokenizer: ``python`` (default) or ``java``, the PTB tokeniser.
    """

    name = "rouge_l_coco"
    kind = "graded"

    def _statistics(self, captioned: Captioned) -> Floats:
        if not captioned.captions:
            return column([])
        captions = self._tokens.tokens(captioned.captions)
        references = self._tokens.tokens(list(chain.from_iterable(captioned.references)))
        n_references = np.fromiter(map(len, captioned.references), np.int64, len(captioned.references))
        owners = np.repeat(np.arange(len(n_references)), n_references)
        # Upstream splits an empty text into one empty word, which another empty text has too.
        n_shared = common_lengths(captions, references, owners)
        both_empty = (captions.lengths[owners] == 0) & (references.lengths == 0)
        n_shared = np.where(both_empty, 1, n_shared)
        starts = np.concatenate([[0], np.cumsum(n_references)[:-1]])
        precision = np.maximum.reduceat(n_shared, starts) / np.maximum(captions.lengths, 1)
        recall = np.maximum.reduceat(n_shared / np.maximum(references.lengths, 1), starts)
        return f_measure(precision, recall).reshape(-1, 1)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean."""
        return weighted_mean(rows, weights)


def f_measure(precision: Floats, recall: Floats) -> Floats:
    """COCO's F of (n,) precisions and recalls in 0..1; 0 where nothing is shared."""
    scale = recall + _BETA_SQUARED * precision
    measure: npt.NDArray[np.float64] = np.where(
        scale > 0, (1 + _BETA_SQUARED) * precision * recall / np.where(scale > 0, scale, 1.0), 0.0
    )
    return measure
