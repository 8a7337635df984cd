"""``multiple_choice_brier``: how far the probabilities of the choices are from what they are worth."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.scorers.base import BaseScorer
from evalkit.scorers.choice.engine.target_scores import COLUMN, logprobs_of, probabilities, target_scores


@dataclass(frozen=True)
class MultipleChoiceBrier(BaseScorer):
    """Mean over the choices of t (p - 1)^2 + (1 - t) p^2, in 0..1; smaller is better.

    p is a choice's probability (softmax over the choices), t its share of the target scores (all 0 where
    they sum to 0). The answer is the likeliest choice. Raises ScorerError as ``multiple_choice_grade``.

    Source: ``calibration_multiple_choice_brier_score`` of BIG-bench.
    """

    name = "multiple_choice_brier"
    kind = "graded"
    is_higher_better = False
    gives_answer = False
    columns = (COLUMN,)

    def score(self, sample: Sample, response: Response) -> Score:
        scores = target_scores(sample)
        choices = sample.choices or ()
        shares = probabilities(logprobs_of(response, len(choices)))
        total = sum(scores)
        wanted = [score / total if total else 0.0 for score in scores]
        terms = [t * (p - 1) ** 2 + (1 - t) * p**2 for t, p in zip(wanted, shares, strict=True)]
        best = shares.index(max(shares))
        explanation = f"chose {choices[best]} with probability {shares[best]:.3f}"
        return Score(self.name, sum(terms) / len(terms), choices[best], explanation)
