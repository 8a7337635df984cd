"""``multiple_choice_grade``: what the likeliest choice is worth."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import ClassVar

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.text import shown
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.choice.engine.target_scores import COLUMN, logprobs_of, target_scores


@dataclass(frozen=True)
class MultipleChoiceGrade(BaseScorer):
    """The target score of the choice with the highest log-probability, the first of equals.

    Scores come from the row's ``multiple_choice_scores`` (1 for the target and 0 for the others where it has
    none); they may be any numbers, mostly 0 and 1. The answer is the choice. Raises ScorerError on a sample
    without choices, on generated text, and on scores that do not fit the choices.

    Source: ``multiple_choice_grade`` of BIG-bench, which breaks ties by a hash of the log-probabilities.
    """

    name = "multiple_choice_grade"
    kind = "graded"
    gives_answer = True
    columns = (COLUMN,)
    bounds: ClassVar[tuple[float, float]] = (-inf, inf)

    def score(self, sample: Sample, response: Response) -> Score:
        scores = target_scores(sample)
        choices = sample.choices or ()
        logprobs = logprobs_of(response, len(choices))
        best = logprobs.index(max(logprobs))
        if scores[best] == max(scores):
            return Score(self.name, scores[best], choices[best])
        wanted = choices[scores.index(max(scores))]
        explanation = f"expected {shown(wanted)}, chose {shown(choices[best])}"
        return Score(self.name, scores[best], choices[best], explanation)
