"""How far the latest nights lie from those of a fixed night.

A baseline that moves with every run forgives a slow decline: each night is close to the one before. The level
that was first agreed on does not move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from evalkit.stats.changepoint import HORIZON, MIN_RUNS, ChangePoint, Floats, as_normal, watch_p_value
from evalkit.stats.likeness import ALARM_CAUTION, Noise
from evalkit.stats.night_noise import night_deviations, normal_scores, tail_degrees
from evalkit.stats.student import t_quantile


@dataclass(frozen=True, slots=True)
class Distance:
    """Between the level of a first stretch of nights and that of the last ones.

    Attributes:
        before, after: the levels.
        low, high: interval of ``after - before``, of this ``level``.
        p_value: two-sided, for all looks of the horizon together.
    """

    before: float
    after: float
    low: float
    high: float
    level: float
    p_value: float

    @property
    def size(self) -> float:
        return self.after - self.before


def since_first(
    values: Floats,
    changes: Sequence[ChangePoint],
    *,
    counts: Floats | None = None,
    floor: Floats | float = 0.0,
    alpha: float = 0.05,
    horizon: int = HORIZON,
) -> Distance | None:
    """Distance of the last ``MIN_RUNS`` nights of ``values`` from its first; None where they overlap,
    or would not be apart if nights were normal and unlike one another.

    Held against the threshold of changes, which is that of many more comparisons. Other arguments as those of
    ``find_changes``, which found ``changes`` in these values.
    """
    n, size = len(values), MIN_RUNS
    if n < 2 * size:
        return None
    deviations = night_deviations(values, counts, floor)
    weights = 1 / np.square(deviations)
    ends = (slice(0, size), slice(n - size, n))
    first, second = (float(weights[each].sum()) for each in ends)
    before, after = (float(np.average(values[each], weights=weights[each])) for each in ends)
    if watch_p_value(abs(after - before) / sqrt(1 / first + 1 / second), horizon) >= 1:
        return None
    fitted = _levels(values, changes)
    scores = normal_scores((values - fitted) / deviations, tail_degrees(values, deviations))
    least = float(np.median(np.broadcast_to(floor, n) / deviations))
    noise = Noise.of(scores, 2 + 2 * len(changes), least, ALARM_CAUTION)
    robust = fitted + scores * deviations
    before, after = (float(np.average(robust[each], weights=weights[each])) for each in ends)
    error = max(noise.error(size, first, size, second), 1e-300)
    z = as_normal(abs(after - before) / error, noise.degrees)
    half = t_quantile(1 - alpha / 2, noise.degrees) * error
    p_value = watch_p_value(z, max(horizon, n))
    return Distance(before, after, after - before - half, after - before + half, 1 - alpha, p_value)


def _levels(values: Floats, changes: Sequence[ChangePoint]) -> Floats:
    """(n,) the level of each night by the changes that were found."""
    nights = np.arange(len(values))
    if not changes:
        return np.full(len(values), float(np.median(values)))
    fitted = np.full(len(values), changes[0].before)
    for each in changes:
        if each.kind == "step":
            fitted[each.start :] = each.after
        else:
            line = np.interp(nights, (each.earliest, each.latest), (each.before, each.after))
            fitted[each.earliest :] = line[each.earliest :]
    return fitted
