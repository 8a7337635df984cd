"""``majority``: whether the answer that most repeats agree on is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.core.score import Score
from evalkit.metrics.base import ScoreMetric
from evalkit.metrics.classification.accuracy import Accuracy
from evalkit.metrics.repeats.engine.repeats import RepeatMetric


@dataclass(frozen=True)
class Majority(RepeatMetric):
    """Share of samples in 0..1 whose most frequent answer over the repeats is right; larger is better.

    Answers are what the scorer took out of the outputs, compared as texts. Of answers that are equally
    frequent each counts its part (the expected value of drawing one). Responses without an answer do not
    vote; a sample where none has one gets the mean of its values. NaN where nothing was scored.

    Source: self-consistency, Wang et al. 2022 (arXiv 2203.11171); ``maj@k`` with k the number of repeats.

    Args:
        scorer: the scorer to read; by default the task's first that says right or wrong.
    """

    name = "majority"
    scorers = Accuracy.scorers

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """``choice`` for a task with choices, else ``exact_match``."""
        return self.scorer or ScoreMetric.default_scorers[0 if has_choices else 1], {}

    def _value(self, scores: Sequence[Score]) -> float:
        votes: dict[str, list[float]] = {}
        for score in scores:
            if score.answer is not None:
                votes.setdefault(score.answer, []).append(float(score.value or 0.0))
        n_most = max(map(len, votes.values()), default=0)
        elected = [values for values in votes.values() if len(values) == n_most]
        if not elected:
            elected = [[float(score.value or 0.0) for score in scores]]
        return sum(sum(values) / len(values) for values in elected) / len(elected)
