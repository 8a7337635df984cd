"""What every scorer offers."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol, Self

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score, ScoreKind, ScoreValue
from evalkit.scorers.settings import ScorerSettings


class Scorer(Protocol):
    """Scores one Response, as the engine sees it. Derive from ``BaseScorer``, which has everything but
    ``name`` and ``score``.

    A scorer is a frozen dataclass of the parameters that task files set, and raises TaskError on a wrong one.

    Attributes:
        name: the registry name, or the one that a task gave to its scores.
        signature: name and everything that changes a score, ``exact_match(ignore_case=true)``.
        main: the parameter that a bare value in the task file stands for (``regex: PATTERN``), or None.
        kind: ``binary`` if every value is 0 or 1, ``graded`` if it may lie between, ``count`` if it is a
            whole number; None if not declared.
        values: for a scorer that gives several numbers (``Score.values``), what each of them is. The first is
            also ``Score.value``; kind, bounds and direction say the same about it.
        bounds: lowest and highest value that it gives (``math.inf`` if open).
        is_higher_better: whether larger values are better.
        gives_answer: whether its Scores carry the answer from the output; None if not declared.
        columns: fields of the sample's row that it reads, None for all of them.
    """

    @property
    def name(self) -> str: ...

    @property
    def signature(self) -> str: ...

    @property
    def main(self) -> str | None: ...

    @property
    def kind(self) -> ScoreKind | None: ...

    @property
    def values(self) -> Mapping[str, ScoreValue]: ...

    @property
    def bounds(self) -> tuple[float, float]: ...

    @property
    def is_higher_better(self) -> bool: ...

    @property
    def gives_answer(self) -> bool | None: ...

    @property
    def columns(self) -> Sequence[str] | None: ...

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """Score a Response that has an output (failed Responses never get here).

        Raises ScorerError if it cannot score; any other exception is recorded as one, too.
        """
        ...

    def bound(self, settings: ScorerSettings) -> Self:
        """The same scorer with what it needs from the session. The signature changes only if that decides
        what scores (``--llm-judge``)."""
        ...
