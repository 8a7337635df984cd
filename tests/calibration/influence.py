"""How much each sample moves a metric that is a function of sums, by the delta method."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from evalkit.metrics.metric import Floats, Metric
from tests.calibration.population import Population, value_of

_STEP = 1e-4


class Moved(NamedTuple):
    """For each of g gates the baseline's value, candidate less baseline, and the standard error of that."""

    baselines: Floats
    values: Floats
    errors: Floats


def moved(people: Population, before: Floats, after: Floats) -> Moved:
    """Of (g, n, repeats, k) rows on either side. The error is NaN where a statistic of a corpus metric that
    varies is zero throughout: its ratio bends there, and has no slope to go by."""
    root = sqrt(before.shape[1])
    if people.metric.kind != "corpus":
        sides = [rows[..., 0].mean(axis=2) for rows in (before, after)]
        differences = sides[1] - sides[0]
        return Moved(sides[0].mean(axis=1), differences.mean(axis=1), differences.std(axis=1, ddof=1) / root)
    gates = [_moved(people, *sides) for sides in zip(before, after, strict=True)]
    return Moved(*(np.array(column) for column in zip(*gates, strict=True)))


def _moved(people: Population, before: Floats, after: Floats) -> tuple[float, float, float]:
    means = [rows.mean(axis=(0, 1)) for rows in (before, after)]
    baseline, candidate = (value_of(people.metric, mean) for mean in means)
    if not all(mean[people.is_used].all() for mean in means):
        return baseline, candidate - baseline, np.nan
    shares = [
        (rows.mean(axis=1) - mean) @ gradient(people.metric, mean)
        for rows, mean in zip((before, after), means, strict=True)
    ]
    return baseline, candidate - baseline, float((shares[1] - shares[0]).std(ddof=1)) / sqrt(len(before))


def gradient(metric: Metric, means: Floats) -> Floats:
    """(k,) slopes of the metric in the means of its statistics, by central differences; 0 for those of 0."""
    steps = np.diag(_STEP * means)
    ends = np.vstack((means + steps, means - steps))
    up, down = np.split(metric.aggregate(ends, np.eye(len(ends))), 2)
    return np.asarray((up - down) / np.where(means > 0, 2 * _STEP * means, 1.0))
