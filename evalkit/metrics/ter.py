"""``ter``: sacreBLEU's translation edit rate."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np

from evalkit.metrics.metric import Floats
from evalkit.metrics.sacrebleu_metric import SacrebleuMetric


@dataclass(frozen=True)
class Ter(SacrebleuMetric):
    """Edits for each 100 words of the reference, shifts included, 0 or more; smaller is better.

    Of several references the one with the fewest edits counts, over their mean length. NaN where nothing was
    scored.

    Source: Snover et al. 2006, ``sacrebleu.metrics.TER``; the signature is sacreBLEU's between our name and
    version.

    Args:
        normalized: normalise and split off punctuation.
        no_punct: drop punctuation.
        asian_support: treat CJK characters as words, with ``normalized`` or ``no_punct``.
        case_sensitive: count case.
    """

    name = "ter"
    is_higher_better = False
    bounds = (0.0, inf)
    reference: ClassVar[str] = "TER"

    normalized: bool = False
    no_punct: bool = False
    asian_support: bool = False
    case_sensitive: bool = False

    def _width(self) -> int:
        return 2

    def _scores(self, sums: Floats) -> Floats:
        n_edits, length = sums[:, 0], sums[:, 1]
        rate = n_edits / np.where(length > 0, length, 1)
        return 100 * np.where(length > 0, rate, n_edits > 0)
