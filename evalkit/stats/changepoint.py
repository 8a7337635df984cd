"""Where the mean of a series of nightly numbers moved: steps by binary segmentation, and slow trends.

The false-alarm rate is that of watching: a series that never moves and is looked at after every one of
``HORIZON`` runs raises an alarm, ever, with probability at most ``alpha``. Sources: the statistic is the
likelihood ratio of one change in the mean (Hawkins 1977, JASA 72:180), splitting again is Vostrikova 1981
(Soviet Math. Dokl. 24:55), the variance is that of successive differences (von Neumann 1941), which a step
leaves alone; the interval of the date is Hansen 2000 (Econometrica 68:575), equation 16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from evalkit.stats.normal import normal_quantile
from evalkit.stats.ramp import criterion, fit_ramp
from evalkit.stats.student import t_quantile, t_tail

Floats = npt.NDArray[np.float64]

#: Fewer numbers say nothing about their own noise.
MIN_RUNS = 12
#: Runs for which the false-alarm rate is stated: a night each, for a year and a month.
HORIZON = 400

#: Tail of the largest |z| over all splits of all beginnings of a series of R numbers: A(R) z exp(-z²/2).
#: Fitted to 1,500 simulated series; ``make calibration`` checks it.
_TAIL_SCALE, _TAIL_POWER = 0.1, 1.15

#: By how much Schwarz's criterion has to speak for a slow trend: positive evidence in the words of Kass and
#: Raftery 1995 (JASA 90:773). A step is what people look for first.
_EVIDENCE = 2.0


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """One move of the mean.

    Attributes:
        kind: ``step``, or ``trend`` for a slow move from ``start`` on.
        start: index of the first number after the step; of a trend, the last at the old level.
        earliest, latest: the 95 % interval of ``start`` (of a trend: its two ends).
        before, after: means on either side.
        low, high: 1 - alpha interval of ``after - before``.
        p_value: two-sided, for all looks of the horizon together.
    """

    kind: Literal["step", "trend"]
    start: int
    earliest: int
    latest: int
    before: float
    after: float
    low: float
    high: float
    p_value: float

    @property
    def size(self) -> float:
        return self.after - self.before


def find_changes(
    values: Floats, *, floor: float = 0.0, alpha: float = 0.05, horizon: int = HORIZON
) -> list[ChangePoint]:
    """Every move of the mean that stands out of the noise, in order of time.

    Args:
        values: (n,) one number for each run, oldest first; finite.
        floor: standard deviation that no number is trusted beyond, such as half of one sample's share: a
            series that never varied would make anything stand out.
        alpha: false-alarm rate over the whole horizon.
    """
    values = np.asarray(values, dtype=np.float64)
    found = sorted(_split(values, 0, floor, alpha, max(horizon, len(values))), key=lambda each: each.start)
    return _joined(values, found, floor, alpha)


def _joined(values: Floats, changes: list[ChangePoint], floor: float, alpha: float) -> list[ChangePoint]:
    """Trends that go on in one another are one, fitted anew between their neighbours: a split made before a
    step was known may fall into the middle of a line."""
    for i, (one, two) in enumerate(pairwise(changes)):
        goes_on = one.kind == two.kind == "trend" and two.earliest - one.latest < MIN_RUNS
        if not goes_on or (one.size > 0) != (two.size > 0):
            continue
        first = changes[i - 1].latest if i > 0 else 0
        last = changes[i + 2].earliest if i + 2 < len(changes) else len(values)
        fitted = _trend(values[first:last], floor, alpha, min(one.p_value, two.p_value))
        if fitted is not None:
            joined = [*changes[:i], _shifted(fitted[0], first), *changes[i + 2 :]]
            return _joined(values, joined, floor, alpha)
    return changes


def watch_p_value(z: float, horizon: int) -> float:
    """Probability that a series that never moves shows |z| somewhere while it is watched for ``horizon``
    runs."""
    if z <= 1.0:
        return 1.0
    tail: float = _TAIL_SCALE * horizon**_TAIL_POWER * z * exp(-z * z / 2)
    return min(1.0, tail)


def _split(values: Floats, offset: int, floor: float, alpha: float, horizon: int) -> Iterator[ChangePoint]:
    n = len(values)
    if n < MIN_RUNS:
        return
    step = _best_step(values, floor, alpha, horizon)
    line = _line(values, floor, horizon)
    is_line = line <= alpha and _is_straight(values, step)
    if not is_line and step.p_value > alpha:
        return
    # What it is, once something stands out: neither adds an alarm.
    trend = _trend(values, floor, alpha, min(line, step.p_value))
    if trend is not None and _criterion_of(values, step) < trend[1] + _EVIDENCE:
        trend = None
    change = step if trend is None else trend[0]
    yield _shifted(change, offset)
    first, last = (step.start, step.start) if trend is None else (change.earliest, change.latest)
    yield from _split(values[:first], offset, floor, alpha, horizon)
    yield from _split(values[last:], offset + last, floor, alpha, horizon)


def _best_step(values: Floats, floor: float, alpha: float, horizon: int) -> ChangePoint:
    n = len(values)
    left = np.arange(1, n)
    sums = np.cumsum(values)
    before, after = sums[:-1] / left, (sums[-1] - sums[:-1]) / (n - left)
    squares = np.square(np.diff(values))
    # The difference across the split itself belongs to the step, not to the noise.
    deviation = np.sqrt((squares.sum() - squares).clip(min=0) / (2 * (n - 2)))
    error = np.maximum(deviation, floor) * np.sqrt(1 / left + 1 / (n - left))
    z = np.abs(after - before) / np.maximum(error, 1e-300)
    z[np.abs(after - before) <= 1e-12 * np.abs(values).max()] = 0.0
    best = int(np.argmax(z))
    start = best + 1
    inflation = _inflation(values)
    z, error = z / inflation, error * inflation
    # Noise estimated from n - 2 differences, which are worth two thirds as many free numbers.
    degrees = max(1.0, 2 * (n - 2) / 3)
    half = t_quantile(1 - alpha / 2, degrees) * float(error[best])
    near = np.flatnonzero(np.square(z) >= z[best] ** 2 + 2 * log(1 - sqrt(0.95))) + 1
    size = float(after[best] - before[best])
    return ChangePoint(
        "step",
        start,
        int(near[0]),
        int(near[-1]),
        float(before[best]),
        float(after[best]),
        size - half,
        size + half,
        watch_p_value(_as_normal(float(z[best]), degrees), horizon),
    )


def _line(values: Floats, floor: float, horizon: int) -> float:
    """The p-value of a straight line over all of the values."""
    n = len(values)
    place = np.arange(n) - (n - 1) / 2
    slope = float(place @ values / (place @ place))
    residuals = values - values.mean() - slope * place
    deviation = max(sqrt(float(residuals @ residuals) / (n - 2)), floor) * _inflation(values)
    error = deviation / sqrt(float(place @ place))
    z = abs(slope) / max(error, 1e-300) if abs(slope) * n > 1e-12 * np.abs(values).max() else 0.0
    return watch_p_value(_as_normal(z, n - 2.0), horizon)


def _is_straight(values: Floats, step: ChangePoint) -> bool:
    """Whether a line over all of the values fits better than the step."""
    n = len(values)
    line = np.polynomial.Polynomial.fit(np.arange(n), values, 1)(np.arange(n))
    rest = float(np.square(values - line).sum())
    return bool(criterion(rest, 2, n) < _criterion_of(values, step))


def _criterion_of(values: Floats, step: ChangePoint) -> float:
    """Of a step: two levels and a place."""
    stairs = np.where(np.arange(len(values)) < step.start, step.before, step.after)
    return float(criterion(float(np.square(values - stairs).sum()), 3, len(values)))


def _trend(values: Floats, floor: float, alpha: float, p_value: float) -> tuple[ChangePoint, float] | None:
    """The slow move that fits best, and its criterion."""
    n = len(values)
    ramp = fit_ramp(values, MIN_RUNS - 1)
    if ramp is None:
        return None
    degrees = float(n - ramp.n_free)
    deviation = max(sqrt(ramp.rest / degrees), floor) * _inflation(values)
    half = t_quantile(1 - alpha / 2, degrees) * deviation / sqrt(ramp.spread)
    size = ramp.after - ramp.before
    change = ChangePoint(
        "trend", ramp.start, ramp.start, ramp.end, ramp.before, ramp.after, size - half, size + half, p_value
    )
    return change, float(criterion(ramp.rest, ramp.n_free, n))


def _inflation(values: Floats) -> float:
    """How much wider the noise of a mean is than successive differences say, where neighbours are alike
    (a first-order autoregression); 1 where nothing speaks for it.

    Read from the differences too, large ones cut, so that steps are not taken for likeness: those of an
    autoregression with coefficient rho have the autocorrelation -(1 - rho) / 2.
    """
    differences = np.diff(values)
    cut = 3 * 1.4826 * float(np.median(np.abs(differences)))
    differences = differences.clip(-cut, cut)
    total = float(differences @ differences)
    if total <= 0:
        return 1.0
    rho = 1 + 2 * float(differences[1:] @ differences[:-1]) / total
    if rho <= 1.5 / sqrt(len(values)):
        return 1.0
    rho = min(rho, 0.9)
    return sqrt(1 + rho) / (1 - rho)


def _as_normal(z: float, degrees: float) -> float:
    """The normal deviate with the tail that Student's z has."""
    tail = t_tail(z, degrees)
    return min(z, -normal_quantile(tail)) if tail > 1e-300 else z


def _shifted(change: ChangePoint, offset: int) -> ChangePoint:
    return ChangePoint(
        change.kind, change.start + offset, change.earliest + offset, change.latest + offset,
        change.before, change.after, change.low, change.high, change.p_value,
    )  # fmt: skip
