"""The assertions ``max_chars``, ``min_chars`` and ``max_tokens``: how long an output may be."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.base import BaseScorer


@dataclass(frozen=True)
class LengthBound(BaseScorer):
    """Base of the three: ``value`` is a whole number >= 0."""

    kind = "binary"
    gives_answer = False
    value: int

    def _prepare(self) -> None:
        if self.value < 0:
            raise TaskError(f"scorer {self.name!r}: value {self.value} is negative")


@dataclass(frozen=True)
class MaxChars(LengthBound):
    """1 if the output has at most ``value`` characters, else 0."""

    name = "max_chars"

    def score(self, sample: Sample, response: Response) -> Score:
        n_chars = len(response.output or "")
        return Score(self.name, 1.0) if n_chars <= self.value else self._wrong(f"has {n_chars} characters")


@dataclass(frozen=True)
class MinChars(LengthBound):
    """1 if the output has at least ``value`` characters, else 0."""

    name = "min_chars"

    def score(self, sample: Sample, response: Response) -> Score:
        n_chars = len(response.output or "")
        return Score(self.name, 1.0) if n_chars >= self.value else self._wrong(f"has {n_chars} characters")


@dataclass(frozen=True)
class MaxTokens(LengthBound):
    """1 if the model reports at most ``value`` completion tokens, else 0. ScorerError if it reports none."""

    name = "max_tokens"

    def score(self, sample: Sample, response: Response) -> Score:
        n_tokens = response.completion_tokens
        if n_tokens is None:
            raise ScorerError("the model reports no completion tokens", hint="use max_chars")
        return Score(self.name, 1.0) if n_tokens <= self.value else self._wrong(f"has {n_tokens} tokens")
