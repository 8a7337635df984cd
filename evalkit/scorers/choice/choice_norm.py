"""``choice_norm``: ``choice`` by log-probabilities divided by the length of each choice."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.scorers.choice.choice import Choice, Normalize


@dataclass(frozen=True)
class ChoiceNorm(Choice):
    """As ``choice``, normalised, under a name of its own so that both scores can stand in one store.

    Raises ScorerError on generated text, which has no log-probabilities.

    Args:
        normalize: ``chars`` (the ``acc_norm`` of lm-evaluation-harness), ``bytes`` or ``tokens``.
    """

    name = "choice_norm"

    normalize: Normalize = "chars"
