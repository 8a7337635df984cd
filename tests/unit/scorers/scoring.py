"""One line to score one output."""

from __future__ import annotations

from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.scorers.open import open_scorer


def score_of(
    scorer: str,
    output: str,
    target: Any = None,
    *,
    choices: tuple[str, ...] | None = None,
    logprobs: tuple[float, ...] | None = None,
    **params: Any,
) -> Score:
    """The Score of one output; raises what the scorer raises."""
    sample = Sample("s1", "question", target, choices=choices)
    score = open_scorer(ScorerSpec(scorer, params)).score(sample, Response(output, choice_logprobs=logprobs))
    assert isinstance(score, Score)
    return score
