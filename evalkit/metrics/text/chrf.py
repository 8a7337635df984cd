"""``chrf``: sacreBLEU's chrF, with ``word_order: 2`` chrF++."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from evalkit.core.fitting import Checked
from evalkit.errors import TaskError
from evalkit.metrics.metric import Floats
from evalkit.metrics.text.engine.sacrebleu import MOST_ORDER, SacrebleuMetric

#: The beta that goes without saying.
_USUAL_BETA = 2
_MOST_BETA = 1_000


@dataclass(frozen=True)
class Chrf(SacrebleuMetric):
    """F over runs of characters in 0..100, sacreBLEU's scale; larger is better. NaN where nothing was scored.

    Of several references, each sentence takes the one with the best score.

    Source: Popović 2015, 2017, ``sacrebleu.metrics.CHRF``; the signature is sacreBLEU's between our name
    and version.

    Args:
        char_order, word_order: the longest runs of characters and of words; ``word_order: 2`` is chrF++.
        beta: weight of recall against precision.
        lowercase: ignore case.
        whitespace: let white space count as characters.
        eps_smoothing: smooth as chrF++.py, NLTK and Moses do.
    """

    name = "chrf"
    reference: ClassVar[str] = "CHRF"

    char_order: Annotated[int, Checked({"minimum": 1, "maximum": MOST_ORDER})] = 6
    word_order: Annotated[int, Checked({"minimum": 0, "maximum": MOST_ORDER})] = 0
    beta: Annotated[int, Checked({"minimum": 1, "maximum": _MOST_BETA})] = _USUAL_BETA
    lowercase: bool = False
    whitespace: bool = False
    eps_smoothing: bool = False

    def _check(self) -> None:
        if not (1 <= self.char_order <= MOST_ORDER and 0 <= self.word_order <= MOST_ORDER):
            raise TaskError(
                f"metric 'chrf' needs char_order in 1..{MOST_ORDER}, word_order in 0..{MOST_ORDER}"
            )
        if not 1 <= self.beta <= _MOST_BETA:
            raise TaskError(f"metric 'chrf' needs beta in 1..{_MOST_BETA}")

    def _unsaid(self) -> list[str]:
        return [] if self.beta == _USUAL_BETA else [f"beta:{self.beta}"]

    def _width(self) -> int:
        return 3 * (self.char_order + self.word_order)

    def _scores(self, sums: Floats) -> Floats:
        n_output, n_reference, n_match = (sums[:, i::3] for i in range(3))
        factor = self.beta**2
        has_output, has_reference = n_output > 0, n_reference > 0
        precisions = np.where(has_output, n_match / np.where(has_output, n_output, 1), 1e-16)
        recalls = np.where(has_reference, n_match / np.where(has_reference, n_reference, 1), 1e-16)
        if self.eps_smoothing:
            means: Floats = _f(precisions, recalls, factor, 1e-16).mean(axis=1)
            return 100 * means
        counts = has_output & has_reference
        n_counts = np.maximum(counts.sum(axis=1), 1)
        precision = np.where(counts, precisions, 0).sum(axis=1) / n_counts
        recall = np.where(counts, recalls, 0).sum(axis=1) / n_counts
        return 100 * _f(precision, recall, factor, 0.0)


def _f(precision: Floats, recall: Floats, factor: float, otherwise: float) -> Floats:
    below = factor * precision + recall
    ratio = (1 + factor) * precision * recall / np.where(below > 0, below, 1)
    return np.where(below > 0, ratio, otherwise)
