"""``squad``: word overlap with the closest reference, in SQuAD's definition."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind
from evalkit.core.text import shown, texts_of
from evalkit.errors import ScorerError
from evalkit.scorers.base import BaseScorer

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


@dataclass(frozen=True)
class Squad(BaseScorer):
    """F1 in 0..1 of the words of output and reference, the best over all references.

    Both are normalised first: lower case, without ASCII punctuation and articles, white space collapsed.
    Answerable questions follow the evaluation script of SQuAD v1.1, where two texts that normalise to
    nothing have F1 0; unanswerable ones (a target of ``[]`` or ``""``) follow v2.0: 1 if the output
    normalises to nothing, else 0. Values are shares, the scripts print percent. The answer is the
    reference that came closest, else the output.

    Raises ScorerError on a sample without target.

    Args:
        no_answer: outputs (compared normalised) by which the model says that there is no answer.
    """

    name = "squad"
    kind: ClassVar[ScoreKind | None] = "graded"
    gives_answer = True

    no_answer: tuple[str, ...] = ()

    def score(self, sample: Sample, response: Response) -> Score:
        references = self._references(sample)
        output = normalize_answer(response.output or "")
        if self.no_answer and output in map(normalize_answer, self.no_answer):
            output = ""
        if not references:
            if output:
                return self._wrong(f"unanswerable, got {shown(response.output)}", output)
            return Score(self.name, 1.0, "")
        values = [self._compare(output, normalize_answer(text)) for text in references]
        value = max(values)
        best = references[values.index(value)]
        if value == 1:
            return Score(self.name, 1.0, best)
        expected = " or ".join(shown(text) for text in references[:3])
        explanation = f"expected {expected}, got {shown(response.output)}"
        return Score(self.name, value, best if value else output, explanation)

    def _compare(self, output: str, reference: str) -> float:
        return word_f1(output, reference)

    def _references(self, sample: Sample) -> Sequence[str]:
        if sample.target is None:
            raise ScorerError(
                f"sample {sample.id!r} has no target", hint="unanswerable questions have the target []"
            )
        return () if sample.target == "" else texts_of(sample.target)


def normalize_answer(text: str) -> str:
    """Lower case, without ASCII punctuation, without articles, white space collapsed, in this order."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def word_f1(output: str, reference: str) -> float:
    """Harmonic mean of precision and recall over words as multisets; 0 where no word is shared."""
    words, wanted = output.split(), reference.split()
    n_same = sum((Counter(words) & Counter(wanted)).values())
    return 2 * n_same / (len(words) + len(wanted)) if n_same else 0.0
