"""What METEOR and SPICE share: tokenised captions in, one row of statistics for each out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.text import shown
from evalkit.errors import TaskError
from evalkit.metrics.captions.engine.caption_metric import Captioned, CaptionMetric
from evalkit.metrics.metric import Floats, Table

#: Statistics of one caption, or the reason why it has none.
Row = list[float] | str

#: Parameters that say how it is computed and change no number.
_MEANS = ("heap_mb:", "threads:")
_BOUNDS = {"heap_mb": (16, 1 << 20), "threads": (1, 1_024), "max_words": (1, 100_000)}


@dataclass(frozen=True)
class JavaCaptionMetric(CaptionMetric):
    """Base of caption metrics that a Java program computes. Write ``_rows`` and ``_programs``.

    A Sample whose texts the program breaks over fails by itself and is named.
    """

    #: Statistics of one caption.
    n_columns: ClassVar[int]

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name, None)
            if value is not None and not low <= value <= high:
                raise TaskError(f"metric {self.name!r}: {name} {shown(value)} is not in {low}..{high:,}")

    def table(self, observations: Observations) -> Table:
        """Statistics of each caption. Raises MetricError where the program or its Java is missing."""
        kept, captioned, failure = self._read(observations)
        found: Sequence[Row] = ()
        if kept:
            found = self._rows(*self._tokenized(captioned))
        whole = []
        for i, row in zip(kept, found, strict=True):
            if not isinstance(row, str):
                whole.append((i, row))
            elif failure is None:
                failure = f"sample {observations.sample_ids[i]!r}: {row}"
        rows: Floats = np.array([row for _, row in whole], dtype=np.float64).reshape(-1, self.n_columns)
        ids = tuple(observations.sample_ids[i] for i, _ in whole)
        return Table(rows, ids, len(observations) - len(whole), failure)

    def _rows(self, captions: Sequence[str], references: Sequence[Sequence[str]]) -> Sequence[Row]:
        """One for each caption; texts are tokens with spaces between them."""
        raise NotImplementedError

    def _programs(self) -> list[str]:
        """Parts of the signature that say which programs compute."""
        raise NotImplementedError

    def _tokenized(self, captioned: Captioned) -> tuple[list[str], list[list[str]]]:
        found = self._tokens.tokens([*captioned.captions, *chain.from_iterable(captioned.references)])
        words = self._tokens.names()
        texts = iter([" ".join(words[number] for number in ids) for ids in found.lists()])
        return (
            [next(texts) for _ in captioned.captions],
            [[next(texts) for _ in each] for each in captioned.references],
        )

    def _signature_parts(self, observations: Observations) -> list[str]:
        parts = [part for part in super()._signature_parts(observations) if not part.startswith(_MEANS)]
        return [*parts, *self._programs()]
