"""The tilted score interval once more, slowly: every candidate mean on a fine grid, its tilt by scipy."""

from __future__ import annotations

from math import exp

import numpy as np
from scipy import optimize, stats

from evalkit.metrics.metric import Floats

STEPS = 1_000


def reference_interval(values: Floats, low: float, high: float, alpha: float) -> tuple[float, float]:
    """Both ends, to a ``STEPS``-th of the way to the bound, of n values of equal weight."""
    return _end(values, low, alpha), _end(values, high, alpha)


def _end(values: Floats, bound: float, alpha: float) -> float:
    n, mean = len(values), values.mean()
    t = stats.t.ppf(1 - alpha / 2, n - 1)
    points = np.append((values - mean) / (bound - mean), 1.0)
    weights = np.append(np.ones(n), 0.2 * exp(-3.0 * t))
    seen = np.var(points[:-1], ddof=1)
    for candidate in np.linspace(0, 1, STEPS + 1)[1:-1]:
        variance = max(seen, _variance(points, weights, candidate) * n / (n - 1))
        if candidate >= t * (variance / n) ** 0.5:
            return float(mean + candidate * (bound - mean))
    return bound


def _variance(points: Floats, weights: Floats, candidate: float) -> float:
    """Of the points tilted to the candidate mean."""

    def tilted(tilt: float) -> Floats:
        shares = weights * np.exp(tilt * (points - 1))
        return np.asarray(shares / shares.sum())

    tilt = optimize.brentq(lambda c: tilted(c) @ points - candidate, 0, 1e5, xtol=1e-12)
    return float(tilted(tilt) @ (points - candidate) ** 2)
