"""The four accuracies of IFEval, named as lm-evaluation-harness names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.score import Score
from evalkit.errors import MetricError
from evalkit.metrics.base import MeanMetric, column, divided, weighted_sums
from evalkit.metrics.metric import Floats


@dataclass(frozen=True)
class _PromptLevel(MeanMetric):
    """Base: share of prompts all of whose instructions were followed."""

    kind = "binary"

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        return column([float(score.value == 1) for score in scores])


@dataclass(frozen=True)
class _InstructionLevel(MeanMetric):
    """Base: share of instructions followed, over all prompts together.

    A row is (instructions followed, instructions); how many a prompt has is the length of its target.
    """

    kind = "corpus"

    def _rows(self, observations: Observations, kept: Sequence[int], scores: Sequence[Score]) -> Floats:
        n_instructions = [_count(observations.targets[i], self.name) for i in kept]
        values = [score.value or 0.0 for score in scores]
        followed = [value * n for value, n in zip(values, n_instructions, strict=True)]
        return np.array([followed, n_instructions], dtype=np.float64).T.reshape(-1, 2)

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        """Weighted sum of the first column over that of the second."""
        sums, _ = weighted_sums(rows, weights)
        return divided(sums[:, 0], sums[:, 1])


def _count(target: object, metric: str) -> int:
    """Instructions of a prompt: a target that is one text is one instruction."""
    if isinstance(target, str):
        return 1
    if isinstance(target, Sequence) and target:
        return len(target)
    raise MetricError(
        f"metric {metric!r}: the target is not a list of instructions",
        hint="write 'target: \"{{ instruction_id_list }}\"'",
    )


@dataclass(frozen=True)
class PromptLevelStrictAcc(_PromptLevel):
    """Share of prompts in 0..1 whose response follows all instructions; larger is better.

    NaN where nothing was scored. Source: Zhou et al. 2023, arXiv 2311.07911, prompt-level strict accuracy.

    Args:
        scorer: the scorer to read, ``ifeval`` by default.
    """

    name = "prompt_level_strict_acc"
    scorers = ("ifeval",)


@dataclass(frozen=True)
class InstLevelStrictAcc(_InstructionLevel):
    """Share of all instructions in 0..1 that the responses follow; larger is better.

    The target of a sample is the list of its instructions (MetricError otherwise). NaN where nothing was
    scored. Source: Zhou et al. 2023, arXiv 2311.07911, instruction-level strict accuracy.

    Args:
        scorer: the scorer to read, ``ifeval`` by default.
    """

    name = "inst_level_strict_acc"
    scorers = ("ifeval",)


@dataclass(frozen=True)
class PromptLevelLooseAcc(_PromptLevel):
    """As ``prompt_level_strict_acc``, over loose verdicts; larger is better.

    Args:
        scorer: the scorer to read, by default ``ifeval_loose``, or the value ``loose`` of ``ifeval``.
    """

    name = "prompt_level_loose_acc"
    scorers = ("ifeval_loose", "ifeval.loose")


@dataclass(frozen=True)
class InstLevelLooseAcc(_InstructionLevel):
    """As ``inst_level_strict_acc``, over loose verdicts; larger is better.

    Args:
        scorer: the scorer to read, by default ``ifeval_loose``, or the value ``loose`` of ``ifeval``.
    """

    name = "inst_level_loose_acc"
    scorers = ("ifeval_loose", "ifeval.loose")
