"""``wer`` and ``cer``: edits for each word, or each character, of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from math import inf
from typing import Any, ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.parameters import parameters_text
from evalkit.errors import MissingExtraError
from evalkit.metrics.base import divided, weighted_sums
from evalkit.metrics.metric import Floats
from evalkit.metrics.references import Pair, ReferenceMetric


@dataclass(frozen=True)
class EditRate(ReferenceMetric):
    """Base: edits of each sample and the length of its reference; the corpus rate is the ratio of the sums.

    Args:
        ignore_case: compare in lower case.
        ignore_punctuation: drop punctuation of all scripts, as jiwer does.
    """

    kind = "corpus"
    is_higher_better = False
    bounds = (0.0, inf)
    unit = "none"

    counted: ClassVar[str]

    ignore_case: bool = False
    ignore_punctuation: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if find_spec("jiwer") is None:
            raise MissingExtraError(
                f"metric {self.name!r} needs jiwer", hint="pip install 'pytest-evalkit[text]'"
            )

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Edits over length; NaN where the references have no length."""
        sums, _ = weighted_sums(rows, weights)
        return divided(sums[:, 0], sums[:, 1])

    def _rows(self, pairs: Sequence[Pair]) -> Floats:
        return np.array([self._closest(*pair) for pair in pairs], dtype=np.float64)

    def _closest(self, output: str, references: tuple[str, ...]) -> tuple[int, int]:
        return min((self._edits(output, reference) for reference in references), key=_rate)

    def _edits(self, output: str, reference: str) -> tuple[int, int]:
        import jiwer

        transform = _transform(self.counted, self.ignore_case, self.ignore_punctuation)
        done = jiwer.process_words(reference, output, transform, transform)
        length = done.hits + done.substitutions + done.deletions
        return done.substitutions + done.deletions + done.insertions, length

    def _width(self) -> int:
        return 2

    def _signature_parts(self, observations: Observations) -> list[str]:
        return [*parameters_text(self, ":"), f"jiwer:{version('jiwer').partition('.')[0]}"]


@dataclass(frozen=True)
class Wer(EditRate):
    """Word error rate over the whole set, 0 or more (1 may be passed); smaller is better.

    Words are what stands between white space; of several references the one with the lowest rate counts.
    An empty reference adds its insertions. NaN where the references have no words at all.

    Source: ``jiwer.wer`` with its default transform.

    Args:
        ignore_case: compare in lower case.
        ignore_punctuation: drop punctuation of all scripts, as jiwer does.
    """

    name = "wer"
    counted: ClassVar[str] = "words"


@dataclass(frozen=True)
class Cer(EditRate):
    """Character error rate over the whole set, 0 or more (1 may be passed); smaller is better.

    Spaces count, except at the ends; of several references the one with the lowest rate counts. An empty
    reference adds its insertions. NaN where the references have no characters at all.

    Source: ``jiwer.cer`` with its default transform.

    Args:
        ignore_case: compare in lower case.
        ignore_punctuation: drop punctuation of all scripts, as jiwer does.
    """

    name = "cer"
    counted: ClassVar[str] = "characters"


def _rate(edits: tuple[int, int]) -> float:
    n_edits, length = edits
    return n_edits / length if length else (inf if n_edits else 0.0)


@lru_cache(maxsize=8)
def _transform(counted: str, ignore_case: bool, ignore_punctuation: bool) -> Any:
    import jiwer

    package: Any = jiwer
    steps = [package.ToLowerCase()] * ignore_case + [package.RemovePunctuation()] * ignore_punctuation
    default = jiwer.wer_default if counted == "words" else jiwer.cer_default
    return jiwer.Compose([*steps, *default.transforms])
