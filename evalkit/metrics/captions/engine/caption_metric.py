"""What COCO's caption metrics share: which responses count, and what they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from evalkit.core.observations import Observations
from evalkit.metrics.base import BaseMetric, table_of
from evalkit.metrics.captions.engine.caption_tokens import CaptionTokens, caption_tokens
from evalkit.metrics.captions.engine.ptb.tokenizer import TokenizerName
from evalkit.metrics.metric import Floats, Table
from evalkit.metrics.references import NO_TARGET, references_of


@dataclass(frozen=True)
class Captioned:
    """The texts of one evaluation.

    Attributes:
        captions: length n, one for each response that counts.
        references: length n, at least one text each.
        documents: references of every Sample that has some, failed ones included, each Sample once.
    """

    captions: Sequence[str]
    references: Sequence[Sequence[str]]
    documents: Sequence[Sequence[str]]


@dataclass(frozen=True)
class CaptionMetric(BaseMetric):
    """Base of the metrics over captions and references, in COCO's definitions. Write ``_statistics``.

    A target is a text or a list of texts, the references. An empty caption counts and is scored as upstream;
    a Sample without references fails by itself and is named.

    Args:
        tokenizer: ``python`` (default, the same everywhere) or ``java`` (pycocoevalcap's own).
    """

    reads_texts: ClassVar[bool] = True

    tokenizer: TokenizerName = "python"

    def table(self, observations: Observations) -> Table:
        """Statistics of each response with an output. Raises JavaError with ``tokenizer: java``."""
        kept, captioned, missing = self._read(observations)
        table = table_of(observations, kept, self._statistics(captioned))
        return replace(table, first_failure=missing)

    def _read(self, observations: Observations) -> tuple[list[int], Captioned, str | None]:
        """The responses that count, their texts, and the first Sample without references."""
        references = [references_of(target) for target in observations.targets]
        kept, missing = [], None
        for i, response in enumerate(observations.responses):
            if response.error is None:
                if references[i]:
                    kept.append(i)
                elif missing is None:
                    missing = f"sample {observations.sample_ids[i]!r}: {NO_TARGET}"
        documents = dict(zip(observations.sample_ids, references, strict=True))
        captioned = Captioned(
            [observations.responses[i].output or "" for i in kept],
            [references[i] for i in kept],
            [texts for texts in documents.values() if texts],
        )
        return kept, captioned, missing

    def _statistics(self, captioned: Captioned) -> Floats:
        """(n, k) statistics."""
        raise NotImplementedError

    @property
    def _tokens(self) -> CaptionTokens:
        return caption_tokens(self.tokenizer)

    def _signature_parts(self, observations: Observations) -> list[str]:
        parts = [text for text in super()._signature_parts(observations) if not text.startswith("tokenizer:")]
        return [*parts, f"tokenizer:{self._tokens.tokenizer.signature}"]
