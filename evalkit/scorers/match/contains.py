"""``contains``: references, or given texts, occur in the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown, texts_of
from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.base import BaseScorer, references_of


@dataclass(frozen=True)
class Contains(BaseScorer):
    """1 if the output contains what it should, else 0. The answer is the first text that was found.

    Raises ScorerError on a sample without target (unless ``value`` is given) and on an empty reference,
    which every output would contain.

    Args:
        value: a text, or a list of texts, to look for in place of the sample's target.
        which: ``any`` of the texts suffices, or ``all`` must occur. By default any one of the target's
            references, but all the texts of ``value``.
        ignore_case: compare in lower case.
    """

    name = "contains"
    kind = "binary"
    gives_answer = False

    value: Any = None
    which: Literal["any", "all"] | None = None
    ignore_case: bool = False
    _given: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        self._set("_given", () if self.value is None else texts_of(self.value))
        if self.value is not None and not all(self._given or ("",)):
            raise TaskError(f"scorer {self.name!r}: value {shown(self.value)} holds no text to look for")

    def score(self, sample: Sample, response: Response) -> Score:
        wanted = self._given or self._references(sample)
        found = self._found(wanted, response.output or "")
        needs_all = (self.which or ("all" if self._given else "any")) == "all"
        if (len(found) == len(wanted)) if needs_all else found:
            return Score(self.name, 1.0, found[0])
        missing = [shown(text) for text in wanted if text not in found]
        return self._wrong("does not contain " + (", " if needs_all else " or ").join(missing))

    def _references(self, sample: Sample) -> Sequence[str]:
        references = references_of(sample)
        if not all(references):
            raise ScorerError(f"the target of sample {sample.id!r} is empty: every output contains it")
        return references

    def _found(self, wanted: Sequence[str], output: str) -> list[str]:
        if self.ignore_case:
            output = output.lower()
            return [text for text in wanted if text.lower() in output]
        return [text for text in wanted if text in output]


@dataclass(frozen=True)
class NotContains(Contains):
    """The assertion ``not_contains``: 1 if none of the texts (``value``, else the references) occurs."""

    name = "not_contains"

    def score(self, sample: Sample, response: Response) -> Score:
        found = self._found(self._given or self._references(sample), response.output or "")
        if found:
            return self._wrong("contains " + ", ".join(map(shown, found)))
        return Score(self.name, 1.0)
