"""Small metrics that keep to the protocol, and observations made of plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar

import numpy as np

from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.metrics.base import BaseMetric
from evalkit.metrics.metric import Floats, Kind, Table


@dataclass(frozen=True)
class Mean(BaseMetric):
    """Mean of the ``exact_match`` scores."""

    name: ClassVar[str] = "accuracy"
    kind: Kind = "binary"
    is_higher_better: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    scorers: tuple[str, ...] = ("exact_match",)
    tag: str = "v1"

    def default_scorer(self, *, has_choices: bool) -> tuple[str, dict[str, Any]] | None:
        return "exact_match", {}

    def table(self, observations: Observations) -> Table:
        scores = observations.scores["exact_match"]
        rows = [(i, s.value) for i, s in zip(observations.sample_ids, scores, strict=True) if s.error is None]
        values = np.array([value for _, value in rows], dtype=float).reshape(-1, 1)
        return Table(values, tuple(i for i, _ in rows), len(observations) - len(rows))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        weights = np.ones((1, len(rows))) if weights is None else weights
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = (weights @ rows[:, 0]) / weights.sum(axis=1)
            return found

    def signature(self, observations: Observations) -> str:
        return f"{self.name}|{self.tag}"


@dataclass(frozen=True)
class Corpus(Mean):
    """The root of the mean of squares: a function of the whole set, undefined over zeros alone."""

    name: ClassVar[str] = "rms"
    kind: Kind = "corpus"

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        weights = np.ones((1, len(rows))) if weights is None else weights
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (weights @ rows[:, 0] ** 2) / weights.sum(axis=1)
        return np.sqrt(np.where(mean > 0, mean, np.nan))


@dataclass(frozen=True)
class Latency(Mean):
    """The median of latencies in seconds."""

    name: ClassVar[str] = "latency_p50_s"
    kind: Kind = "quantile"
    is_higher_better: bool = False
    bounds: tuple[float, float] = (0.0, inf)
    scorers: tuple[str, ...] = ()

    def table(self, observations: Observations) -> Table:
        pairs = zip(observations.sample_ids, observations.responses, strict=True)
        rows = [(i, r.latency_s) for i, r in pairs if r.latency_s is not None]
        values = np.array([value for _, value in rows], dtype=float).reshape(-1, 1)
        return Table(values, tuple(i for i, _ in rows), len(observations) - len(rows))

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        if weights is None:
            return np.array([np.median(rows[:, 0])])
        order = np.argsort(rows[:, 0])
        below = np.cumsum(weights[:, order], axis=1)
        index = np.argmax(below >= below[:, -1:] / 2, axis=1)
        found: Floats = rows[order, 0][index]
        return found


@dataclass(frozen=True)
class Total(Latency):
    """The sum of latencies, standing for tokens and cost."""

    name: ClassVar[str] = "cost_usd"
    kind: Kind = "total"

    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        weights = np.ones((1, len(rows))) if weights is None else weights
        return weights @ rows[:, 0]


ACCURACY = Mean()
ERROR_RATE_LIKE = Mean(is_higher_better=False)
GRADED = Mean(kind="graded")
CORPUS = Corpus()
LATENCY = Latency()
TOTAL = Total()


def observe(
    values: Sequence[float | None] | Floats, *, repeats: int = 1, ids: Sequence[str] | None = None
) -> Observations:
    """Scores (None for a failed response), ``repeats`` of them in a row for each sample."""
    ids = [f"s{i // repeats:06}" for i in range(len(values))] if ids is None else ids
    return Observations(
        sample_ids=tuple(ids),
        targets=(None,) * len(values),
        responses=tuple(
            Response(error="connection refused") if v is None else Response("x", latency_s=float(v))
            for v in values
        ),
        scores={
            "exact_match": tuple(
                Score("exact_match", error="no response") if v is None else Score("exact_match", float(v))
                for v in values
            )
        },
    )


def shares(n: int, n_right: int) -> list[float]:
    """``n_right`` ones, then zeros."""
    return [1.0] * n_right + [0.0] * (n - n_right)
