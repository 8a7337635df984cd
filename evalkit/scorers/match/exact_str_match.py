"""``exact_str_match``: what BIG-bench takes out of an output is a target, to the character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind
from evalkit.core.text import shown
from evalkit.errors import TaskError
from evalkit.limits.patterns import BoundedPattern
from evalkit.scorers.base import BaseScorer, references_of
from evalkit.scorers.match.engine.pattern import compile_pattern

#: What BIG-bench takes where a task names neither ``output_regex`` nor ``stop_string``: the first clause.
FIRST_CLAUSE = r"[^\.\?\!\;\n]+"


@dataclass(frozen=True)
class ExactStrMatch(BaseScorer):
    """1 if the text extracted from the output is a target, else 0; white space and case count.

    The output is cut behind the first ``stop_string``, unless it begins with one; of the rest, the first
    match of ``output_regex`` (of its group, where it has one) is the answer, ``""`` where nothing matches.
    Without both parameters the answer is the first clause, ``[^.?!;\\n]+``. Raises ScorerError on a sample
    without target, TaskError on a pattern of several groups.

    Source: ``exact_str_match`` and ``postprocess_output`` of BIG-bench.

    Args:
        output_regex: as in ``task.json``.
        stop_string: as in ``task.json``; it stays part of the output.
    """

    name = "exact_str_match"
    kind: ClassVar[ScoreKind | None] = "binary"
    gives_answer = True

    output_regex: str | None = None
    stop_string: str | None = None
    _pattern: BoundedPattern | None = field(init=False, repr=False, compare=False)

    def _prepare(self) -> None:
        source = self.output_regex
        if source is None and self.stop_string is None:
            source = FIRST_CLAUSE
        pattern = compile_pattern(self.name, "output_regex", source) if source is not None else None
        if pattern is not None and pattern.compiled.groups > 1:
            raise TaskError(
                f"scorer {self.name!r}: output_regex {source!r} has {pattern.compiled.groups} groups",
                hint="write (?:…) for all but one",
            )
        self._set("_pattern", pattern)

    def score(self, sample: Sample, response: Response) -> Score:
        references = references_of(sample)
        answer = self._taken(response.output or "")
        value = self._value(answer, references)
        if value == 1:
            return Score(self.name, 1.0, answer)
        expected = " or ".join(shown(reference) for reference in references[:3])
        return Score(self.name, value, answer, f"expected {expected}, extracted {shown(answer)}")

    def _taken(self, output: str) -> str:
        if self.stop_string:
            index = output.find(self.stop_string)
            output = output[: index + len(self.stop_string)] if index > 0 else output
        if self._pattern is None:
            return output
        match = self._pattern.first(output)
        return "" if match is None else str(match[self._pattern.compiled.groups] or "")

    def _value(self, answer: str, references: Sequence[str]) -> float:
        return float(answer in references)
