"""Where the mean of a series of nightly numbers moved: steps by binary segmentation, and slow trends.

The false-alarm rate is that of watching: a series that never moves and is looked at after every one of
``HORIZON`` runs raises an alarm, ever, with probability at most ``alpha``. Sources: the statistic is the
likelihood ratio of one change in the mean (Hawkins 1977, JASA 72:180), splitting again is Vostrikova 1981
(Soviet Math. Dokl. 24:55), the interval of the date is Hansen 2000 (Econometrica 68:575), equation 16. What
nights stray by is that of ``night_noise``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, inf, log, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from evalkit.stats.likeness import ALARM_CAUTION, Noise, lasting_error
from evalkit.stats.night_noise import Nights, normal_scores
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

#: A slow move has two kinks to choose and a step one place: so many more ways to find one by chance.
_KINKS = 20.0

#: Standard errors by which likeness that lasts is taken for more than it seems, of a step and of a slow move:
#: a line fits what wanders better than its numbers say, as its kinks lie where that is so. Tuned on simulated
#: nights.
_STEP_CAUTION, _TREND_CAUTION = 0.8, 2.5

#: A beginning that is looked at is so much shorter than the one before.
_SHORTER = 0.8


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """One move of the mean.

    Attributes:
        kind: ``step``, or ``trend`` for a slow move from ``start`` on.
        start: index of the first number after the step; of a trend, the last at the old level.
        earliest, latest: the 95 % interval of ``start`` (of a trend: its two ends).
        before, after: means on either side.
        low, high: interval of ``after - before``, of this ``level``.
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
    level: float
    p_value: float

    @property
    def size(self) -> float:
        return self.after - self.before

    def shifted(self, nights: int) -> ChangePoint:
        """The same change in a series that begins so many nights earlier."""
        places = {name: getattr(self, name) + nights for name in ("start", "earliest", "latest")}
        return replace(self, **places)


@dataclass(frozen=True, slots=True)
class _Watch:
    """What counts as an alarm."""

    alpha: float
    horizon: int

    def p_value(self, z: float) -> float:
        return watch_p_value(z, self.horizon)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A change whose interval of the size is still to be drawn: quantiles are slow, and most are not told.

    Attributes:
        error: standard error of the size.
        degrees: of freedom of ``error``.
    """

    change: ChangePoint
    error: float
    degrees: float

    def told(self, p_value: float, watch: _Watch) -> ChangePoint:
        """The change with its interval, and with this p-value."""
        half, size = t_quantile(1 - watch.alpha / 2, self.degrees) * self.error, self.change.size
        return replace(self.change, low=size - half, high=size + half, level=1 - watch.alpha, p_value=p_value)


def find_changes(
    values: Floats,
    *,
    counts: Floats | None = None,
    floor: Floats | float = 0.0,
    alpha: float = 0.05,
    horizon: int = HORIZON,
) -> list[ChangePoint]:
    """Every move of the mean that stands out of the noise, in order of time.

    Args:
        values: (n,) one number for each run, oldest first; finite.
        counts: (n,) samples behind each number; None where all are alike.
        floor: (n,) or one standard deviation that no number is trusted beyond, such as half of one sample's
            share: a series that never varied would make anything stand out.
        alpha: false-alarm rate over the whole horizon.
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) < MIN_RUNS:
        return []
    watch = _Watch(alpha, max(horizon, len(values)))
    nights = Nights.of(values, counts, floor)
    if not _may_stand_out(nights, watch):
        return []
    nights = nights.with_tails()
    found = sorted(_split(nights, 0, watch), key=lambda each: each.start)
    return _settled(nights, _joined(nights, found, watch), watch)


def _joined(nights: Nights, changes: list[ChangePoint], watch: _Watch) -> list[ChangePoint]:
    """Trends that go on in one another are one, fitted anew between their neighbours: a split made before a
    step was known may fall into the middle of a line."""
    for i, (one, two) in enumerate(pairwise(changes)):
        goes_on = one.kind == two.kind == "trend" and two.earliest - one.latest < MIN_RUNS
        if not goes_on or (one.size > 0) != (two.size > 0):
            continue
        first = changes[i - 1].latest if i > 0 else 0
        last = changes[i + 2].earliest if i + 2 < len(changes) else len(nights)
        fitted = _trend(nights.part(first, last), watch)
        if fitted is not None:
            p_value = min(one.p_value, two.p_value, fitted[0].change.p_value)
            trend = fitted[0].told(p_value, watch).shifted(first)
            joined = [*changes[:i], trend, *changes[i + 2 :]]
            return _joined(nights, joined, watch)
    return changes


def _settled(nights: Nights, changes: list[ChangePoint], watch: _Watch) -> list[ChangePoint]:
    """Changes fitted anew between their neighbours: what was found in a beginning goes on behind it."""
    ends = [0, *(each.latest if each.kind == "trend" else each.start for each in changes)]
    starts = [*(each.earliest if each.kind == "trend" else each.start for each in changes), len(nights)]
    return [
        _between(nights, each, first, last, watch)
        for each, first, last in zip(changes, ends, starts[1:], strict=False)
    ]


def _between(nights: Nights, change: ChangePoint, first: int, last: int, watch: _Watch) -> ChangePoint:
    stretch = nights.part(first, last)
    if change.kind == "trend":
        trend = _trend(stretch, watch)
        if trend is None:
            return change
        p_value = min(change.p_value, trend[0].change.p_value)
        return trend[0].told(p_value, watch).shifted(first)
    if not (first < change.start < last and last - first >= MIN_RUNS):
        return change
    step = _step(stretch, change.start - first, watch).told(change.p_value, watch)
    return replace(change, before=step.before, after=step.after, low=step.low, high=step.high)


def watch_p_value(z: float, horizon: int) -> float:
    """Probability that a series that never moves shows |z| somewhere while it is watched for ``horizon``
    runs."""
    if z <= 1.0:
        return 1.0
    tail: float = _TAIL_SCALE * horizon**_TAIL_POWER * z * exp(-z * z / 2)
    return min(1.0, tail)


def _split(nights: Nights, offset: int, watch: _Watch) -> Iterator[ChangePoint]:
    found = _first_found(nights, watch)
    if found is None:
        return
    change = found
    yield change.shifted(offset)
    first, last = (change.start, change.start) if change.kind == "step" else (change.earliest, change.latest)
    yield from _split(nights.part(0, first), offset, watch)
    yield from _split(nights.part(last, len(nights)), offset + last, watch)


def _first_found(nights: Nights, watch: _Watch) -> ChangePoint | None:
    """Of the whole, or else of its beginnings: where a number rose and fell again, what is left over from one
    split looks like nights that are alike. Beginnings were looked at when they were all there was."""
    n = len(nights)
    if n < MIN_RUNS or not _may_stand_out(nights, watch):
        return None
    while n >= MIN_RUNS:
        beginning = nights.part(0, n)
        found = _change(beginning, watch) if _may_stand_out(beginning, watch) else None
        if found is not None:
            return found
        n = int(n * _SHORTER)
    return None


def _may_stand_out(nights: Nights, watch: _Watch) -> bool:
    """Whether anything would stand out if nights were normal and unlike one another: most series end here."""
    _, z = _best_split(nights.values, nights.deviations)
    return watch.p_value(max(z, abs(_slope(nights.values, nights.deviations)[0]))) <= watch.alpha


def _change(nights: Nights, watch: _Watch) -> ChangePoint | None:
    """The step or slow move of a stretch, where one stands out."""
    at, _ = _best_split(nights.robust, nights.deviations)
    fitted = _step(nights, at, watch)
    step = fitted.change
    line = _line(nights, watch) if _is_straight(nights.values, step) else 1.0
    own = min(step.p_value, line)
    trend = _trend(nights, watch)
    if trend is not None and trend[1] + _EVIDENCE <= _criterion_of(nights.values, step):
        fitted, own = trend[0], min(trend[0].change.p_value, line)
    p_value = min(step.p_value, own)
    if p_value > watch.alpha:
        return None
    p_value = max(p_value, _lasting_p_value(nights, fitted.change, watch))
    if own > watch.alpha:
        # A slow move that stands out as a step only has to do so in both views.
        p_value = max(p_value, _lasting_p_value(nights, step, watch))
    return fitted.told(p_value, watch) if p_value <= watch.alpha else None


def _lasting_p_value(nights: Nights, change: ChangePoint, watch: _Watch) -> float:
    """Of a change, if some of what nights share lasts. A night far out is taken as it is: both views doubt
    what the other one believes."""
    n, deviations = len(nights), nights.deviations
    if change.kind == "step":
        shape, caution = (np.arange(n) >= change.start).astype(np.float64), _STEP_CAUTION
        stretches: tuple[int, ...] = (change.start, n - change.start)
    else:
        shape = np.interp(np.arange(n), (change.earliest, change.latest), (0.0, 1.0))
        n_stretches = 3 + (change.earliest > 0) + (change.latest < n - 1)
        stretches, caution = (n // n_stretches,) * n_stretches, _TREND_CAUTION
    weights = 1 / np.square(deviations)
    centred = shape - weights @ shape / weights.sum()
    slopes = weights * centred / float(weights @ np.square(centred))
    size = float(slopes @ nights.values)
    level = float(weights @ nights.values / weights.sum())
    residuals = (nights.values - level - size * centred) / deviations
    error = lasting_error(slopes * deviations, residuals, stretches, nights.least_scale, caution)
    p_value = watch.p_value(as_normal(abs(size) / max(error, 1e-300), max(1.0, 2 * (n - 2) / 3)))
    return p_value if change.kind == "step" else min(1.0, _KINKS * p_value)


def _splits(values: Floats, deviations: Floats) -> tuple[Floats, Floats, Floats]:
    """(n - 1,) each: weighted means before and after each split, and |z| if nights are unlike."""
    weights = 1 / np.square(deviations)
    mass, sums = np.cumsum(weights), np.cumsum(weights * values)
    left, right = mass[:-1], mass[-1] - mass[:-1]
    before, after = sums[:-1] / left, (sums[-1] - sums[:-1]) / right
    z = np.abs(after - before) / np.sqrt(1 / left + 1 / right)
    z[np.abs(after - before) <= 1e-12 * np.abs(values).max()] = 0.0
    return before, after, z


def _best_split(values: Floats, deviations: Floats) -> tuple[int, float]:
    _, _, z = _splits(values, deviations)
    best = int(np.argmax(z))
    return best + 1, float(z[best])


def _step(nights: Nights, at: int, watch: _Watch) -> _Fitted:
    """The step before the number ``at``: whether it stands out is told by robust means, its size by plain
    ones."""
    n, deviations = len(nights), nights.deviations
    before, after, z = _splits(nights.robust, deviations)
    fitted = np.where(np.arange(n) < at, before[at - 1], after[at - 1])
    residuals, weights = (nights.robust - fitted) / deviations, 1 / np.square(deviations)
    masses = at, float(weights[:at].sum()), n - at, float(weights[at:].sum())
    noise = Noise.of(residuals, 3, nights.least_scale)
    careful = Noise.of(residuals, 3, nights.least_scale, ALARM_CAUTION)
    size = abs(float(after[at - 1] - before[at - 1])) if z[at - 1] > 0 else 0.0
    height = as_normal(size / max(noise.error(*masses), 1e-300), noise.degrees)
    alarm = as_normal(size / max(careful.error(*masses), 1e-300), careful.degrees)
    profile = z * (height / z[at - 1] if z[at - 1] > 0 else 0.0)
    near = np.flatnonzero(np.square(profile) >= height**2 + 2 * log(1 - sqrt(0.95))) + 1
    plain_before, plain_after, _ = _splits(nights.values, deviations)
    first, second = float(plain_before[at - 1]), float(plain_after[at - 1])
    change = ChangePoint(
        "step", at, int(near[0]), int(near[-1]), first, second, -inf, inf, 0.0, watch.p_value(alarm)
    )
    return _Fitted(change, noise.error(*masses), noise.degrees)


def _slope(values: Floats, deviations: Floats) -> tuple[float, Floats]:
    """Of a straight line over all of the values: z if nights are unlike, and its standardised residuals."""
    weights = 1 / np.square(deviations)
    place = np.arange(len(values), dtype=np.float64)
    place -= float(weights @ place / weights.sum())
    mean = float(weights @ values / weights.sum())
    spread = float(weights @ np.square(place))
    slope = float((weights * place) @ values) / spread
    z = slope * sqrt(spread) if abs(slope) * len(values) > 1e-12 * np.abs(values).max() else 0.0
    return z, (values - mean - slope * place) / deviations


def _line(nights: Nights, watch: _Watch) -> float:
    """The p-value of a straight line over all of the values."""
    deviations = nights.deviations
    z, strays = _slope(nights.values, deviations)
    for _ in range(3):
        scores = normal_scores(strays, nights.tails)
        z, strays = _slope(nights.values + (scores - strays) * deviations, deviations)
    noise = Noise.of(strays, 2, nights.least_scale, ALARM_CAUTION)
    error = noise.scale * sqrt(noise.alike.inflation(len(nights)))
    return watch.p_value(as_normal(abs(z) / max(error, 1e-300), noise.degrees))


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


def _trend(nights: Nights, watch: _Watch) -> tuple[_Fitted, float] | None:
    """The slow move that fits best, with the p-value of its own, and its criterion."""
    n = len(nights)
    ramp = fit_ramp(nights.values, MIN_RUNS - 1)
    if ramp is None:
        return None
    fitted = np.interp(np.arange(n), (ramp.start, ramp.end), (ramp.before, ramp.after))
    residuals, least = nights.values - fitted, float(np.median(nights.floor))
    noise = Noise.of(residuals, ramp.n_free, least)
    careful = Noise.of(residuals, ramp.n_free, least, ALARM_CAUTION)
    error, doubted = (each.scale * sqrt(each.alike.inflation(n) / ramp.spread) for each in (noise, careful))
    z = as_normal(abs(ramp.after - ramp.before) / max(doubted, 1e-300), careful.degrees)
    change = ChangePoint(
        "trend", ramp.start, ramp.start, ramp.end, ramp.before, ramp.after, -inf, inf, 0.0,
        min(1.0, _KINKS * watch.p_value(z)),
    )  # fmt: skip
    return _Fitted(change, error, noise.degrees), float(criterion(ramp.rest, ramp.n_free, n))


def as_normal(z: float, degrees: float) -> float:
    """The normal deviate with the tail that Student's z has."""
    tail = t_tail(z, degrees)
    return min(z, -normal_quantile(tail)) if tail > 1e-300 else z
