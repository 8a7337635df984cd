"""How much each choice of a sample is worth, where choices are graded and not just right or wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import ScorerError
from evalkit.scorers.base import references_of

#: The column of the Hub's copies of BIG-bench: a number for each choice, in their order.
COLUMN = "multiple_choice_scores"


def target_scores(sample: Sample) -> list[float]:
    """One number for each choice, in their order, from the row's ``multiple_choice_scores``.

    A row without that column has 1 for the choices that are its target and 0 for the others. Raises
    ScorerError on a sample without choices, and on numbers that do not fit them.
    """
    choices = sample.choices
    if not choices:
        raise ScorerError(f"sample {sample.id!r} has no choices", hint="add 'choices: […]'")
    given: Any = sample.row.get(COLUMN)
    if given is None:
        references = references_of(sample)
        return [float(choice in references) for choice in choices]
    if len(given) != len(choices):
        raise ScorerError(f"sample {sample.id!r} has {len(choices)} choices and {len(given)} {COLUMN}")
    return [float(number) for number in given]


def probabilities(logprobs: Sequence[float]) -> list[float]:
    """Log-probabilities of the choices -> probabilities that sum to 1."""
    highest = max(logprobs)
    shares = [math.exp(logprob - highest) for logprob in logprobs]
    return [share / sum(shares) for share in shares]


def logprobs_of(response: Response, n_choices: int) -> Sequence[float]:
    """The log-probability of each choice. Raises ScorerError where there are none, or not one for each."""
    logprobs = response.choice_logprobs
    if logprobs is None:
        raise ScorerError("generated text has no log-probabilities", hint="use 'scoring: loglikelihood'")
    if len(logprobs) != n_choices or any(map(math.isnan, logprobs)):
        raise ScorerError(
            f"{len(logprobs)} log-probabilities for {n_choices} choices, or one is not a number"
        )
    return logprobs
