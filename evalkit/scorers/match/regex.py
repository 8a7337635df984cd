"""``regex``: the answer is what a pattern takes out of the output."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.errors import TaskError
from evalkit.limits.patterns import BoundedPattern, Found
from evalkit.scorers.base import BaseScorer, references_of
from evalkit.scorers.match.engine.pattern import compile_pattern


@dataclass(frozen=True)
class Regex(BaseScorer):
    """1 if the extracted text is a reference (white space at its ends aside), else 0.

    Without a target, or with ``compare: false``, 1 if the pattern matches anywhere. The answer is the
    reference that matched, else the task's choice that was extracted, else the extracted text, and None
    where the pattern does not match.

    Args:
        pattern: Python regular expression; flags stand in it, ``(?s)``.
        group: number or name of the group to extract; by default the first group that took part in the
            match, and the whole match for a pattern without groups.
        which: the ``first`` or the ``last`` match in the output.
        ignore_case: match and compare without regard to case.
        compare: whether to compare with the target; by default when there is one.
        regexes_to_ignore: patterns whose matches are removed from both sides, in order, before they are
            compared (as in ``exact_match``).
    """

    name = "regex"
    kind = "binary"
    gives_answer = True
    main: ClassVar[str] = "pattern"

    pattern: str
    group: int | str | None = None
    which: Literal["first", "last"] = "first"
    ignore_case: bool = False
    compare: bool | None = None
    regexes_to_ignore: tuple[str, ...] = ()
    _compiled: BoundedPattern = field(init=False, repr=False, compare=False)
    _ignored: tuple[BoundedPattern, ...] = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        ignored = self.regexes_to_ignore
        self._set("_ignored", tuple(compile_pattern(self.name, "regexes_to_ignore", p) for p in ignored))
        flags = re.IGNORECASE if self.ignore_case else 0
        pattern = compile_pattern(self.name, "pattern", self.pattern, flags)
        compiled = pattern.compiled
        is_known = self.group in compiled.groupindex or self.group in range(compiled.groups + 1)
        if self.group is not None and not is_known:
            what = f"pattern {shown(self.pattern)} has no group {shown(self.group)}"
            raise TaskError(f"scorer {self.name!r}: {what}")
        self._set("_compiled", pattern)

    def score(self, sample: Sample, response: Response) -> Score:
        match = self._match(response.output or "")
        if match is None:
            return self._wrong(f"{shown(self.pattern)} does not match {shown(response.output)}")
        seen = self._extract(match)
        if self.compare is False or (self.compare is None and sample.target is None):
            return Score(self.name, 1.0, seen)
        return self._compared(seen, sample)

    def _match(self, output: str) -> Found | None:
        return self._compiled.first(output) if self.which == "first" else self._compiled.last(output)

    def _extract(self, match: Found) -> str:
        if self.group is not None:
            return (match[self.group] or "").strip()
        taken = next((group for group in match.groups() if group is not None), match[0])
        return str(taken).strip()

    def _compared(self, seen: str, sample: Sample) -> Score:
        references = references_of(sample)
        folded = self._fold(seen)
        for reference in references:
            if self._fold(reference) == folded:
                return Score(self.name, 1.0, reference)
        answer = next((c for c in sample.choices or () if self._fold(c) == folded), seen)
        expected = " or ".join(shown(reference) for reference in references[:3])
        return self._wrong(f"expected {expected}, extracted {shown(seen)}", answer)

    def _fold(self, text: str) -> str:
        for pattern in self._ignored:
            text = pattern.replaced(text, "")
        return text.strip().lower() if self.ignore_case else text.strip()


@dataclass(frozen=True)
class NotRegex(BaseScorer):
    """The assertion ``not_regex``: 1 if ``pattern`` matches nowhere in the output."""

    name = "not_regex"
    main: ClassVar[str] = "pattern"

    pattern: str
    ignore_case: bool = False
    _compiled: BoundedPattern = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        flags = re.IGNORECASE if self.ignore_case else 0
        self._set("_compiled", compile_pattern(self.name, "pattern", self.pattern, flags))

    def score(self, sample: Sample, response: Response) -> Score:
        match = self._compiled.first(response.output or "")
        if match:
            return self._wrong(f"{shown(self.pattern)} matches {shown(match[0])}")
        return Score(self.name, 1.0)
