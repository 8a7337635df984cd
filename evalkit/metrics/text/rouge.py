"""``rouge1``, ``rouge2``, ``rouge_n``, ``rougeL``, ``rougeLsum``: overlap of summaries, as in rouge-score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.errors import MetricError, MissingExtraError, TaskError
from evalkit.metrics.base import weighted_mean
from evalkit.metrics.metric import Floats
from evalkit.metrics.references import Pair, ReferenceMetric
from evalkit.metrics.text.engine.rouge import has_engine, score_pairs
from evalkit.metrics.text.engine.rouge_words import (
    UnicodeWords,
    has_ascii_words,
    has_other_words,
    split_sentences,
)

_LOST = (
    "the {side} has words but none in ASCII, and rouge-score's tokenizer drops all others"
    " (use 'tokenizer: unicode')"
)


@dataclass(frozen=True)
class RougeMetric(ReferenceMetric):
    """Base: mean over samples of one ROUGE value, of several references the one with the best F.

    Source: ``rouge_score.rouge_scorer.RougeScorer`` 0.1.2, whose values are kept to the last digit.

    Args:
        use_stemmer: Porter's stemmer (in NLTK's variant) for words of more than three letters.
        tokenizer: ``ascii``, as rouge-score: runs of a-z and 0-9, everything else dropped; or ``unicode``:
            letters and digits of every script, each character a word where a script writes no spaces.
            Under ``ascii`` a sample is a failure, not a zero, where the target has no ASCII word although
            it has others, or the output has none although the target has others.
        of: which of the three values.
    """

    use_stemmer: bool = False
    tokenizer: Literal["ascii", "unicode"] = "ascii"
    of: Literal["fmeasure", "precision", "recall"] = "fmeasure"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not has_engine():
            raise MissingExtraError(
                f"metric {self.name!r} needs rouge-score", hint="pip install 'pytest-evalkit[text]'"
            )

    @property
    def kind_of_rouge(self) -> str:
        """How rouge-score calls it."""
        return self.name

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted mean of the samples' values."""
        return weighted_mean(rows, weights)

    def values(self, pairs: Sequence[Pair]) -> Floats:
        """(n, 3) precision, recall and F of each pair, that of the reference with the best F (the first of
        equals)."""
        words = UnicodeWords() if self.tokenizer == "unicode" else None
        outputs, references, owners = [], [], []
        for i, (output, targets) in enumerate(pairs):
            prepared = self._prepared(output, words)
            for target in targets:
                outputs.append(prepared)
                references.append(self._prepared(target, words))
                owners.append(i)
        scores = score_pairs(self.kind_of_rouge, references, outputs, use_stemmer=self.use_stemmer)
        return scores[_best(scores[:, 2], np.array(owners))]

    def _rows(self, pairs: Sequence[Pair]) -> Floats:
        column = ("precision", "recall", "fmeasure").index(self.of)
        return np.ascontiguousarray(self.values(pairs)[:, column : column + 1])

    def _prepared(self, text: str, words: UnicodeWords | None) -> str:
        return text if words is None else words.encoded(text)

    def _read(self, response: Response, target: Any) -> Pair:
        output, references = super()._read(response, target)
        if self.tokenizer == "ascii":
            _refuse_lost(output, references)
        return output, references

    def _signature_parts(self, observations: Observations) -> list[str]:
        stemmer = "porter" if self.use_stemmer else "none"
        return [f"of:{self.of}", f"stemmer:{stemmer}", f"tokenizer:{self.tokenizer}", "as:rouge-score-0.1.2"]


@dataclass(frozen=True)
class Rouge1(RougeMetric):
    """Shared words, mean F over samples in 0..1; larger is better. NaN where nothing was scored.

    Options, references and source are those of ``RougeMetric``.
    """

    name = "rouge1"


@dataclass(frozen=True)
class Rouge2(RougeMetric):
    """Shared pairs of words, mean F over samples in 0..1; larger is better. NaN where nothing was scored.

    Options, references and source are those of ``RougeMetric``.
    """

    name = "rouge2"


@dataclass(frozen=True)
class RougeN(RougeMetric):
    """Shared runs of n words, mean F over samples in 0..1; larger is better. NaN where nothing was scored.

    Options, references and source are those of ``RougeMetric``.

    Args:
        n: words in a run, 1 to 9.
    """

    name = "rouge_n"
    main: ClassVar[str | None] = "n"

    n: int = field(default=3)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.n <= 9:
            raise TaskError(f"metric {self.name!r}: n {self.n} is not in 1..9")

    @property
    def kind_of_rouge(self) -> str:
        return f"rouge{self.n}"

    def _signature_parts(self, observations: Observations) -> list[str]:
        return [f"n:{self.n}", *super()._signature_parts(observations)]


@dataclass(frozen=True)
class RougeL(RougeMetric):
    """Longest common subsequence of words, mean F over samples in 0..1; larger is better.

    Line ends count as spaces. NaN where nothing was scored. Options, references and source are those of
    ``RougeMetric``.
    """

    name = "rougeL"


@dataclass(frozen=True)
class RougeLsum(RougeMetric):
    """Union of the common subsequences of sentences, mean F over samples in 0..1; larger is better.

    Each line is a sentence. NaN where nothing was scored. Options, references and source are those of
    ``RougeMetric``.

    Args:
        split_summaries: find sentences with NLTK instead (its ``punkt_tab`` data must be there).
    """

    name = "rougeLsum"

    split_summaries: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.split_summaries:
            split_sentences("")

    def _prepared(self, text: str, words: UnicodeWords | None) -> str:
        return super()._prepared(split_sentences(text) if self.split_summaries else text, words)

    def _signature_parts(self, observations: Observations) -> list[str]:
        split = "nltk" if self.split_summaries else "lines"
        return [f"sentences:{split}", *super()._signature_parts(observations)]


def _refuse_lost(output: str, references: tuple[str, ...]) -> None:
    """Raise MetricError where rouge-score would say 0 because it drops the words that there are."""
    if all(map(str.isascii, references)) or not any(map(has_other_words, references)):
        return
    if not any(map(has_ascii_words, references)):
        raise MetricError(_LOST.format(side="target"))
    if has_other_words(output) and not has_ascii_words(output):
        raise MetricError(_LOST.format(side="output"))


def _best(values: Floats, owners: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """For each owner 0 .. n - 1 (ascending in ``owners``), the index of its largest value, the first of
    equals."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    if len(starts) == len(owners):
        return starts
    largest = np.maximum.reduceat(values, starts)[owners]
    hits = np.flatnonzero(values == largest)
    return hits[np.flatnonzero(np.diff(owners[hits], prepend=-1))]
