"""``squad_em`` and ``squad_f1``: the mean over questions of SQuAD's two scores."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.metrics.base import MeanMetric
from evalkit.metrics.classification.accuracy import ShareRight


@dataclass(frozen=True)
class SquadEm(ShareRight):
    """Share of questions in 0..1 whose normalised answer equals a reference; larger is better.

    NaN where nothing was scored. Source: ``exact_match`` of SQuAD's evaluation script, which prints percent.

    Args:
        scorer: the scorer to read, ``squad_em`` by default.
    """

    name = "squad_em"
    scorers = ("squad_em",)


@dataclass(frozen=True)
class SquadF1(MeanMetric):
    """Mean in 0..1 over questions of the best word F1 over the references; larger is better.

    NaN where nothing was scored. Source: ``f1`` of SQuAD's evaluation script, which prints percent.

    Args:
        scorer: the scorer to read, ``squad`` by default.
    """

    name = "squad_f1"
    scorers = ("squad",)
