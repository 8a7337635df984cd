"""Other intervals of a bounded mean, to compare: empirical likelihood in two kinds, and betting.

python -m tests.calibration.rivals [SESSIONS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from evalkit.metrics.metric import Floats
from evalkit.stats.betting import confidence_sequence
from evalkit.stats.intervals import Interval
from tests.calibration.bounded_means import FAMILIES, METHODS, SIZES, computed


def bounded_likelihood(values: Floats, low: float, high: float, alpha: float) -> Interval:
    """Empirical likelihood with any mass at the bounds: all distributions in them (Honda and Takemura 2010,
    COLT, for the divergence), its ratio as chi-squared (Owen 1988, Biometrika 75:237-249)."""
    return _ratio_interval(values, low, high, alpha, _bounded_ratio)


def adjusted_likelihood(values: Floats, low: float, high: float, alpha: float) -> Interval:
    """Empirical likelihood with one more value on the other side of the candidate mean, max(1, log(n) / 2)
    times as far from it (Chen, Variyath and Abraham 2008, JCGS 17:426-443)."""
    return _ratio_interval(values, low, high, alpha, _adjusted_ratio)


def betting(values: Floats, low: float, high: float, alpha: float) -> Interval:
    """Hedged capital (Waudby-Smith and Ramdas 2024) as evalkit's looks use it."""
    ends = confidence_sequence((values - low) / (high - low), alpha)
    return Interval(low + (high - low) * ends.low, low + (high - low) * ends.high)


RIVALS: dict[str, Callable[[Floats, float, float, float], Interval]] = {
    "likelihood in bounds": bounded_likelihood,
    "adjusted likelihood": adjusted_likelihood,
    "betting": betting,
}


def _ratio_interval(
    values: Floats, low: float, high: float, alpha: float, ratio: Callable[[Floats, float], float]
) -> Interval:
    limit = float(stats.chi2.ppf(1 - alpha, 1))
    mean = float(values.mean())
    ends = []
    for bound in (low, high):
        # Towards the bound, which is 1; the mean is 0.
        points = (values - mean) / (bound - mean)
        inside, outside = 0.0, 1.0 - 1e-9
        for _ in range(25):
            middle = 0.5 * (inside + outside)
            inside, outside = (middle, outside) if ratio(points, middle) <= limit else (inside, middle)
        ends.append(mean + inside * (bound - mean))
    return Interval(*ends)


def _bounded_ratio(points: Floats, mean: float) -> float:
    """-2 log of the largest likelihood with this mean, mass at 1 being free."""
    moves = points - mean
    steepest = (1 - 1e-9) / (1 - mean)

    def slope(tilt: float) -> float:
        return float(np.mean(-moves / (1 - tilt * moves)))

    tilt = steepest if slope(steepest) > 0 else float(optimize.brentq(slope, 0.0, steepest))
    return 2 * float(np.log1p(-tilt * moves).sum())


def _adjusted_ratio(points: Floats, mean: float) -> float:
    moves = points - mean
    moves = np.append(moves, -moves.mean() * max(1.0, 0.5 * np.log(len(points))))
    low, high = 1 / moves.min(), 1 / moves.max()

    def slope(tilt: float) -> float:
        return float(np.mean(moves / (1 - tilt * moves)))

    tilt = float(optimize.brentq(slope, low * (1 - 1e-9), high * (1 - 1e-9)))
    return 2 * float(np.log1p(-tilt * moves).sum())


def main() -> None:
    n_sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    methods = METHODS | RIVALS
    print(f"{'values':<28} {'n':>4}  " + " ".join(f"{name:<38}" for name in methods))
    for name in FAMILIES:
        for n in SIZES:
            print(computed(name, n, n_sessions, methods).text, flush=True)


if __name__ == "__main__":
    main()
