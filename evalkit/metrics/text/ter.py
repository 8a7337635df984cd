"""``ter``: sacreBLEU's translation edit rate."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np

from evalkit.core.response import Response
from evalkit.errors import MetricError
from evalkit.metrics.metric import Floats
from evalkit.metrics.references import Pair
from evalkit.metrics.text.engine.sacrebleu import SacrebleuMetric

#: Words of the output times words of a reference. Texts of 1,000 words each take 40 s, of 10,000 hours.
_MOST_CELLS = 250_000


@dataclass(frozen=True)
class Ter(SacrebleuMetric):
    """Edits for each 100 words of the reference, shifts included, 0 or more; smaller is better.

    Of several references the one with the fewest edits counts, over their mean length. Texts that would take
    minutes (500 words against more than 500) are failures. NaN where nothing was scored.

    Source: Snover et al. 2006, ``sacrebleu.metrics.TER``; the signature is sacreBLEU's between our name and
    version.

    Args:
        normalized: normalise and split off punctuation.
        no_punct: drop punctuation.
        asian_support: treat CJK characters as words, with ``normalized`` or ``no_punct``.
        case_sensitive: distinguish case.
    """

    name = "ter"
    is_higher_better = False
    bounds = (0.0, inf)
    unit = "none"
    reference: ClassVar[str] = "TER"

    normalized: bool = False
    no_punct: bool = False
    asian_support: bool = False
    case_sensitive: bool = False

    def _read(self, response: Response, target: Any) -> Pair:
        output, references = super()._read(response, target)
        n_words = len(output.split())
        for reference in references:
            n_wanted = len(reference.split())
            if n_words * n_wanted > _MOST_CELLS:
                raise MetricError(
                    f"{n_words:,} words against {n_wanted:,} are too many for TER, whose search for shifts"
                    " would take minutes"
                )
        return output, references

    def _width(self) -> int:
        return 2

    def _scores(self, sums: Floats) -> Floats:
        n_edits, length = sums[:, 0], sums[:, 1]
        rate = n_edits / np.where(length > 0, length, 1)
        return 100 * np.where(length > 0, rate, n_edits > 0)
