"""Observations as tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.metrics.open import open_metric

Floats = npt.NDArray[np.float64]


def answered(
    targets: Sequence[Any],
    answers: Sequence[str | None],
    *,
    scorer: str = "exact_match",
    labels: tuple[str, ...] | None = None,
) -> Observations:
    """One scored response for each target; 1 where the answer is the target's text."""
    scores = [
        Score(scorer, float(answer == str(target)), answer)
        for target, answer in zip(targets, answers, strict=True)
    ]
    return scored(scores, targets=targets, labels=labels)


def scored(
    scores: Sequence[Score], *, targets: Sequence[Any] | None = None, labels: tuple[str, ...] | None = None
) -> Observations:
    """Observations around the Scores of one scorer."""
    name = scores[0].scorer if scores else "exact_match"
    return Observations(
        sample_ids=[f"s{i}" for i in range(len(scores))],
        targets=[None] * len(scores) if targets is None else list(targets),
        responses=[Response("output", latency_s=1.0) for _ in scores],
        scores={name: list(scores)},
        labels=labels,
        scorer_signatures={name: name},
    )


def responded(responses: Sequence[Response]) -> Observations:
    """Observations of Responses that no scorer saw."""
    return Observations([f"s{i}" for i in range(len(responses))], [None] * len(responses), responses)


def metric(name: str, **params: Any) -> Any:
    """A metric by name: what its class has beyond the protocol can be asked for."""
    return open_metric(MetricSpec(name, params))


def value_of(name: str, observations: Observations, **params: Any) -> float:
    """The metric over all observations."""
    opened = metric(name, **params)
    values = opened.aggregate(opened.table(observations).rows)
    assert values.shape == (1,)
    return float(values[0])
