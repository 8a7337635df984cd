"""``exact_match``: the output is a reference, up to the chosen normalisation."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import field
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown, texts_of
from evalkit.limits.patterns import BoundedPattern
from evalkit.scorers.base import BaseScorer, references_of
from evalkit.scorers.match.engine.pattern import compile_pattern

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_DIGITS = str.maketrans("", "", string.digits)


@frozen
class ExactMatch(BaseScorer):
    """1 if the output equals any reference after both were normalised, else 0.

    The answer is the reference that matched, else the task's choice that the output equals, else the
    normalised output. Raises ScorerError on a sample without target.

    Source of the normalisation and its order: Hugging Face ``evaluate``, metric ``exact_match``;
    white space is treated last, and by default stripped at both ends only.

    Args:
        ignore_case: compare in lower case.
        ignore_punctuation: remove ASCII punctuation.
        ignore_numbers: remove ASCII digits.
        strip: remove white space at both ends.
        collapse_whitespace: treat each run of white space as one space.
        regexes_to_ignore: patterns whose matches are removed, before anything else.
    """

    name = "exact_match"
    kind = "binary"
    gives_answer = True

    ignore_case: bool = False
    ignore_punctuation: bool = False
    ignore_numbers: bool = False
    strip: bool = True
    collapse_whitespace: bool = False
    regexes_to_ignore: tuple[str, ...] = ()
    _patterns: tuple[BoundedPattern, ...] = field(init=False, repr=False, compare=False)
    _is_plain: bool = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        ignored = self.regexes_to_ignore
        self._set("_patterns", tuple(compile_pattern(self.name, "regexes_to_ignore", p) for p in ignored))
        changes = self.ignore_case, self.ignore_punctuation, self.ignore_numbers, self.collapse_whitespace
        self._set("_is_plain", self.strip and not any(changes) and not ignored)

    def score(self, sample: Sample, response: Response) -> Score:
        references = self._references(sample)
        seen = self._normalize(response.output or "")
        for reference in references:
            if self._normalize(reference) == seen:
                return Score(self.name, 1.0, reference)
        answer = next((c for c in sample.choices or () if self._normalize(c) == seen), seen)
        expected = " or ".join(shown(reference) for reference in references[:3])
        return self._wrong(f"expected {expected}, got {shown(seen)}", answer)

    def _references(self, sample: Sample) -> Sequence[str]:
        return references_of(sample)

    def _normalize(self, text: str) -> str:
        if self._is_plain:
            return text.strip()
        for pattern in self._patterns:
            text = pattern.replaced(text, "")
        if self.ignore_case:
            text = text.lower()
        if self.ignore_punctuation:
            text = text.translate(_PUNCTUATION)
        if self.ignore_numbers:
            text = text.translate(_DIGITS)
        if self.collapse_whitespace:
            text = re.sub(r"\s+", " ", text)
        return text.strip() if self.strip else text


@frozen
class Equals(ExactMatch):
    """The assertion ``equals``: as ``exact_match``, against ``value`` (a list: any of them) where given."""

    name = "equals"

    value: Any = None

    def _references(self, sample: Sample) -> Sequence[str]:
        return references_of(sample) if self.value is None else texts_of(self.value)


@frozen
class OneOf(Equals):
    """The assertion ``one_of``: as ``equals``, the output is one of the texts of ``value``."""

    name = "one_of"
