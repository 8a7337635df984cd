"""What METEOR and SPICE share: tokenised captions in, one row of statistics for each out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.parameters import parameters_text
from evalkit.metrics.base import MetricBase
from evalkit.metrics.metric import Floats, Table
from evalkit.metrics.ptb.tokenizer import PythonTokenizer

#: Parameters that change how it is computed and not what.
_MEANS = ("heap_mb", "threads")
_NO_REFERENCE = "a sample has no reference: its target is empty"


@dataclass(frozen=True)
class JavaCaptionMetric(MetricBase):
    """Base of metrics over outputs and their references that a Java program reads.

    A failed response, a sample without a reference, and one that the program breaks over are counted in
    ``n_failed`` and change nothing else. An empty output is a caption without words.
    """

    #: Statistics of one caption.
    n_columns: ClassVar[int]

    def table(self, observations: Observations) -> Table:
        """Statistics of each caption. Raises MetricError where the program or its Java is missing."""
        wanted = [
            i
            for i, response in enumerate(observations.responses)
            if response.error is None and references_of(observations.targets[i])
        ]
        found = self._of_texts(
            [observations.responses[i].output or "" for i in wanted],
            [references_of(observations.targets[i]) for i in wanted],
        )
        kept = [(i, row) for i, row in zip(wanted, found, strict=True) if not isinstance(row, str)]
        reasons = [row for row in found if isinstance(row, str)]
        n_answered = sum(response.error is None for response in observations.responses)
        if len(wanted) < n_answered:
            reasons.append(_NO_REFERENCE)
        rows: Floats = np.array([row for _, row in kept], dtype=np.float64).reshape(len(kept), self.n_columns)
        ids = tuple(observations.sample_ids[i] for i, _ in kept)
        return Table(rows, ids, len(observations) - len(kept), reasons[0] if reasons else None)

    def _of_texts(
        self, captions: Sequence[str], references: Sequence[Sequence[str]]
    ) -> Sequence[list[float] | str]:
        if not captions:
            return []
        tokenizer = PythonTokenizer()

        def tokenized(texts: Sequence[str]) -> list[str]:
            return [" ".join(tokens) for tokens in tokenizer.tokenize(texts)]

        return self._statistics(tokenized(captions), [tokenized(each) for each in references])

    def _statistics(
        self, captions: Sequence[str], references: Sequence[Sequence[str]]
    ) -> Sequence[list[float] | str]:
        """A row for each caption, or the reason why it has none."""
        raise NotImplementedError

    def _versions(self) -> list[str]:
        """Parts of the signature that say which programs compute."""
        raise NotImplementedError

    def _signature_parts(self, observations: Observations) -> list[str]:
        parts = [part for part in parameters_text(self, ":") if part.partition(":")[0] not in _MEANS]
        return [*parts, f"tokenizer:{PythonTokenizer.signature}", *self._versions()]


def references_of(target: Any) -> list[str]:
    """The texts of a target: one, or a list of them; an empty text is one without words."""
    targets = target if isinstance(target, list | tuple) else [target]
    return [str(each) for each in targets if each is not None]
