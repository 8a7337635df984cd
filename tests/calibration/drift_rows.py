"""Simulated nights on which nothing moves: what makes histories unlike the textbook's, one row for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Values = Callable[[np.random.Generator, Floats], Floats]

#: Share of right answers, and what one night moves it by beyond its samples where a row says so.
P, SPREAD = 0.8, 0.01


@dataclass(frozen=True)
class Row:
    """Attributes:
    counts: length -> (length,) samples of each night.
    values: generator and counts -> (length,) number of each night.
    """

    name: str
    counts: Callable[[int], Floats]
    values: Values


def same(n: int) -> Callable[[int], Floats]:
    return lambda length: np.full(length, float(n))


def halfway(before: int, after: int) -> Callable[[int], Floats]:
    return lambda length: np.where(np.arange(length) < length // 2, float(before), float(after))


def falling(first: int, last: int) -> Callable[[int], Floats]:
    return lambda length: np.geomspace(first, last, length).round()


def repeating(*counts: int) -> Callable[[int], Floats]:
    return lambda length: np.resize(np.array(counts, dtype=np.float64), length)


def answers(p: float) -> Values:
    """Every night other samples, each right with probability ``p``."""
    return lambda rng, counts: rng.binomial(counts.astype(int), p) / counts


def alike(rho: float) -> Values:
    """A first-order autoregression in its stationary state."""

    def draw(rng: np.random.Generator, counts: Floats) -> Floats:
        noise = rng.standard_normal(len(counts))
        for night in range(1, len(noise)):
            noise[night] = rho * noise[night - 1] + np.sqrt(1 - rho**2) * noise[night]
        return P + SPREAD * noise

    return draw


def alike_answers(rho: float) -> Values:
    """Samples drawn anew around a level that is like that of the night before."""
    level = alike(rho)
    return lambda rng, counts: rng.binomial(counts.astype(int), level(rng, counts).clip(0, 1)) / counts


def heavy(degrees: float) -> Values:
    return lambda rng, counts: P + SPREAD * rng.standard_t(degrees, len(counts))


def normal() -> Values:
    return lambda rng, counts: P + SPREAD * rng.standard_normal(len(counts))


ROWS = (
    Row("equal nights, normal", same(500), normal()),
    Row("equal nights, 500 answers", same(500), answers(P)),
    Row("n from 1,000 to 50 halfway", halfway(1_000, 50), answers(P)),
    Row("n from 1,000 to 50 evenly", falling(1_000, 50), answers(P)),
    Row("n from 50 to 1,000 halfway", halfway(50, 1_000), answers(P)),
    Row("n from 1,000 to 50, spread not of samples", halfway(1_000, 50), normal()),
    Row("n 500, 500, 500, 50 again and again", repeating(500, 500, 500, 50), answers(P)),
    Row("AR(1) of .3", same(500), alike(0.3)),
    Row("AR(1) of .5", same(500), alike(0.5)),
    Row("AR(1) of .7", same(500), alike(0.7)),
    Row("AR(1) of .9", same(500), alike(0.9)),
    Row("AR(1) of .9 and 500 answers", same(500), alike_answers(0.9)),
    Row("t with 3 degrees of freedom", same(500), heavy(3)),
    Row("n 20, right in 95 %", same(20), answers(0.95)),
    Row("n 20, right in 99 %", same(20), answers(0.99)),
)
