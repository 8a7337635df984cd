"""What every scorer offers."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score


class Scorer(Protocol):
    """Judges one Response. Its constructor takes the parameters of the task file as keyword arguments
    and raises TaskError on a wrong one.

    Attributes:
        name: the registry name.
        signature: name and everything that changes a judgement, ``exact_match(case=ignore,punct=strip)``.
    """

    name: str
    signature: str

    def score(self, sample: Sample, response: Response) -> Score | Awaitable[Score]:
        """Judge a Response that has an output (failed Responses never get here).

        Raises ScorerError when it cannot judge; any other exception is recorded as one too.
        """
        ...
