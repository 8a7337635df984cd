"""``choice_mass``: the mean share of probability on the right choices."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.metrics.base import MeanMetric


@dataclass(frozen=True)
class ChoiceMass(MeanMetric):
    """Mean in 0..1 over samples of the share of probability that the right choices hold; larger is better.

    Needs ``scoring: loglikelihood``. NaN where nothing was scored.

    Source: TruthfulQA's ``mc2``, which lm-evaluation-harness calls ``acc`` of ``truthfulqa_mc2``.

    Args:
        scorer: the scorer to read, ``choice_mass`` by default.
    """

    name = "choice_mass"
    scorers = ("choice_mass",)
