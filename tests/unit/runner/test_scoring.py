"""A scorer that breaks is a failed Score."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.runner.scoring import score_response
from evalkit.scorers.base import BaseScorer


@dataclass
class Says(BaseScorer):
    """A scorer that says what it is told to."""

    says: Score
    name: str = "says"
    signature: str = "says"

    def __post_init__(self) -> None: ...

    def score(self, sample: Sample, response: Response) -> Score:
        return self.says


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_score_without_a_finite_value_is_a_failure(value: float | None) -> None:
    (score,) = asyncio.run(score_response([Says(Score("says", value))], Sample("1", "x"), Response("y")))
    assert score.value is None
    assert score.error == f"the scorer gave {value} for a value"
