"""What ``bleu``, ``chrf`` and ``ter`` share: sacreBLEU's statistics of each sentence, and its signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.errors import MissingExtraError, TaskError
from evalkit.metrics.base import weighted_sums
from evalkit.metrics.metric import Floats
from evalkit.metrics.references import Pair, ReferenceMetric, references_of

#: The longest runs that are counted: each order is a column of every sentence.
MOST_ORDER = 100


@dataclass(frozen=True)
class SacrebleuMetric(ReferenceMetric):
    """Base: sacreBLEU counts sentence by sentence, and the corpus score is a function of the sums.

    That function is written anew over arrays in ``_scores``, so that thousands of resamples cost one product
    of matrices. Values have sacreBLEU's own scale, 0 to 100. Every parameter is the one of sacreBLEU's
    class of the same name.
    """

    kind = "corpus"
    bounds = (0.0, 100.0)
    unit = "none"

    #: The class in ``sacrebleu.metrics``.
    reference: ClassVar[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        if find_spec("sacrebleu") is None:
            raise MissingExtraError(
                f"metric {self.name!r} needs sacrebleu", hint="pip install 'pytest-evalkit[text]'"
            )
        self._check()
        self._open()

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """The score of the summed statistics; NaN where no row counts."""
        sums, total = weighted_sums(rows, weights)
        low, high = self.bounds
        return np.where(total > 0, np.clip(self._scores(sums), low, high), np.nan)

    def _scores(self, sums: Floats) -> Floats:
        """(b, k) sums -> (b,) scores."""
        raise NotImplementedError

    def _check(self) -> None:
        """Raise TaskError on parameters that sacreBLEU would stumble over later."""

    def _rows(self, pairs: Sequence[Pair]) -> Floats:
        # None stands for a reference that a sentence does not have.
        n_streams = max(len(references) for _, references in pairs)
        padded = [(*references, *[None] * (n_streams - len(references))) for _, references in pairs]
        outputs = [output for output, _ in pairs]
        statistics = self._open()._extract_corpus_statistics(outputs, list(zip(*padded, strict=True)))
        return np.array(statistics, dtype=np.float64)

    def _open(self) -> Any:
        """sacreBLEU's object, a fresh one: it remembers the references that it saw."""
        try:
            return _class(self.reference)(**self._arguments())
        except (
            ImportError,
            RuntimeError,
            OSError,
        ) as error:  # of tokenizers that need packages or files
            what = f"metric {self.name!r}: sacreBLEU cannot start: {' '.join(str(error).split())}"
            raise TaskError(what, hint="install what it names, or choose another tokenizer") from None

    def _arguments(self) -> dict[str, Any]:
        return asdict(self)

    def _signature_parts(self, observations: Observations) -> list[str]:
        scorer = self._open()
        counts = {len(references) for references in map(references_of, observations.targets) if references}
        scorer.num_refs = counts.pop() if len(counts) == 1 else -1
        return [str(scorer.get_signature().format()), *self._unsaid()]

    def _unsaid(self) -> list[str]:
        """Parameters that change the number and that sacreBLEU's signature does not hold; none by default."""
        return []


@lru_cache(maxsize=8)
def _class(name: str) -> Any:
    import sacrebleu.metrics

    return getattr(sacrebleu.metrics, name)
