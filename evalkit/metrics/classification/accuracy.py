"""``accuracy`` and ``acc_norm``: the share of right answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import MeanMetric, ScoreMetric
from evalkit.metrics.metric import Floats


@frozen
class ShareRight(MeanMetric):
    """Base: mean of values that must be 0 or 1 (else MetricError), NaN where nothing was scored."""

    kind = "binary"

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        check_binary(self.name, scores)
        return super()._rows(observations, kept, scores)


def check_binary(metric: str, scores: Sequence[Score]) -> None:
    """Raises MetricError unless every value is 0 or 1."""
    for i, value in enumerate(column_of(scores, "value")):
        if value not in (0.0, 1.0):
            score = scores[i]
            raise MetricError(
                f"metric {metric!r} needs values 0 or 1, scorer {score.scorer!r} gave {score.value!r}",
                hint=f"use mean:{score.scorer}",
            )


@frozen
class Accuracy(ShareRight):
    """Share of right answers in 0..1, larger is better.

    Implies the scorer ``choice`` for a task with choices, else ``exact_match``. NaN where nothing was
    scored; MetricError where the scorer gave a value other than 0 and 1.

    Source: the definition of ``sklearn.metrics.accuracy_score``.

    Args:
        scorer: the scorer to read; by default the task's only one that says right or wrong.
    """

    name = "accuracy"
    reads = "binary"
    scorers = (
        "choice",
        "exact_match",
        "regex",
        "flexible_extract",
        "numeric",
        "contains",
        "json_schema",
        "asserts",
        "squad_em",
        "code",
        "python",
    )

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        """``choice`` for a task with choices, else ``exact_match``."""
        return ScoreMetric.default_scorer(self, has_choices=has_choices)


@frozen
class AccNorm(ShareRight):
    """Share of samples in 0..1 whose choice of highest log-probability for its length is right.

    Larger is better. Needs ``scoring: loglikelihood``. NaN where nothing was scored.

    Source: ``acc_norm`` of lm-evaluation-harness, which divides by the characters of the choice.

    Args:
        scorer: the scorer to read, ``choice_norm`` by default.
    """

    name = "acc_norm"
    scorers = ("choice_norm",)
