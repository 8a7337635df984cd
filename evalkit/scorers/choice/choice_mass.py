"""``choice_mass``: the share of probability that falls on the right choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import ScorerError
from evalkit.scorers.base import BaseScorer, references_of
from evalkit.scorers.choice.choice import ranked_logprobs


@dataclass(frozen=True)
class ChoiceMass(BaseScorer):
    """Probability of the right choices over that of all choices, in 0..1. The answer is the likeliest one.

    The target is the list of right choices; each choice counts by its text, so one that appears twice is
    right both times. Lengths are not taken into account.

    Raises ScorerError on generated text, on a sample without choices or with a target that is none of them,
    and where no choice has any probability.

    Source: ``mc2`` of TruthfulQA (Lin et al. 2022), as lm-evaluation-harness computes it.
    """

    name = "choice_mass"
    kind = "graded"
    gives_answer = False

    def score(self, sample: Sample, response: Response) -> Score:
        references = references_of(sample)
        choices = sample.choices or ()
        if not set(references) <= set(choices):
            raise ScorerError(f"a target of sample {sample.id!r} is none of its choices")
        if response.choice_logprobs is None:
            raise ScorerError("generated text has no log-probabilities", hint="use 'scoring: loglikelihood'")
        logprobs = ranked_logprobs(choices, response)
        weights = _weights(logprobs)
        mass = math.fsum(w for w, choice in zip(weights, choices, strict=True) if choice in references)
        value = min(mass / math.fsum(weights), 1.0)
        answer = choices[logprobs.index(max(logprobs))]
        explanation = None if value == 1 else f"{len(references)} right choices hold {value:.3f}"
        return Score(self.name, value, answer, explanation)


def _weights(logprobs: Sequence[float]) -> list[float]:
    """Probabilities up to a common factor, so that small ones do not vanish."""
    highest = max(logprobs)
    if highest == -math.inf:
        raise ScorerError("no choice has any probability")
    return [math.exp(logprob - highest) for logprob in logprobs]
