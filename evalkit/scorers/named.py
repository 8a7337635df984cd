"""A scorer under a name that the task gave it, so that it may appear twice."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Self

from evalkit.core.frozen import frozen
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind, ScoreValue
from evalkit.scorers.base import columns_read
from evalkit.scorers.scorer import Scorer
from evalkit.scorers.settings import ScorerSettings


@frozen
class Named:
    """Scores as ``scorer`` does; its Scores are called ``name``. The signature stays: it scores the same."""

    name: str
    scorer: Scorer

    @property
    def signature(self) -> str:
        return self.scorer.signature

    @property
    def main(self) -> str | None:
        return self.scorer.main

    @property
    def kind(self) -> ScoreKind | None:
        return self.scorer.kind

    @property
    def bounds(self) -> tuple[float, float]:
        return self.scorer.bounds

    @property
    def is_higher_better(self) -> bool:
        return self.scorer.is_higher_better

    @property
    def gives_answer(self) -> bool | None:
        return self.scorer.gives_answer

    @property
    def columns(self) -> Sequence[str] | None:
        return columns_read(self.scorer)

    def bound(self, settings: ScorerSettings) -> Self:
        """The same, of the scorer with what it needs of the session."""
        return replace(self, scorer=self.scorer.bound(settings))

    @property
    def values(self) -> Mapping[str, ScoreValue]:
        """What it says of each of the numbers that the scorer gives, empty where it gives one."""
        return self.scorer.values

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """What the scorer says, under this name."""
        result = self.scorer.score(sample, response)
        return self._renamed(result) if isinstance(result, Score) else self._awaited(result)

    async def _awaited(self, pending: Awaitable[Score]) -> Score:
        return self._renamed(await pending)

    def _renamed(self, score: Score) -> Score:
        if score.judgements is None:
            return replace(score, scorer=self.name)
        judgements = tuple([replace(each, scorer=self.name) for each in score.judgements])
        return replace(score, scorer=self.name, judgements=judgements)
