"""A scorer under a name that the task gave it, so that it may stand twice."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreValue
from evalkit.scorers.scorer import Scorer


@dataclass(frozen=True)
class Named:
    """Judges as ``scorer`` does; its Scores are called ``name``. The signature stays: it judges the same."""

    name: str
    scorer: Scorer

    @property
    def signature(self) -> str:
        return self.scorer.signature

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Of the scorer's values, None where it does not say."""
        return cast("tuple[float, float] | None", getattr(self.scorer, "bounds", None))

    @property
    def values(self) -> Mapping[str, ScoreValue]:
        """What it says of each of the numbers that the scorer gives, empty where it gives one."""
        return cast("Mapping[str, ScoreValue]", getattr(self.scorer, "values", {}))

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """What the scorer says, under this name."""
        result = self.scorer.score(sample, response)
        return replace(result, scorer=self.name) if isinstance(result, Score) else self._awaited(result)

    async def _awaited(self, pending: Awaitable[Score]) -> Score:
        return replace(await pending, scorer=self.name)
