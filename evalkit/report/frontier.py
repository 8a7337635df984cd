"""Which subjects of a task are worth their cost or their wait: the Pareto frontier of quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from evalkit.core.estimate import Estimate
from evalkit.core.frozen import frozen
from evalkit.metrics.units import is_operation
from evalkit.report.metric_words import metric_word
from evalkit.report.numbers import value_text

COST, LATENCY = "cost_usd_mean", "latency_p50_s"
#: What is given for quality: metric -> how people call it.
PRICES = {COST: "cost of an answer", LATENCY: "latency p50"}


class Measured(Protocol):
    """One Subject of a Task with its numbers."""

    @property
    def task(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def estimates(self) -> Sequence[Estimate]: ...

    @property
    def has_too_many_errors(self) -> bool: ...


@frozen(slots=True)
class Span:
    """A value with the ends of its 95 % interval, None where it has none."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """The interval, or the value twice."""
        if self.low is None or self.high is None:
            return self.value, self.value
        return self.low, self.high


@frozen(slots=True)
class Point:
    """One Subject with both numbers.

    Attributes:
        beaten_by: labels of those that are at least as good in both numbers, and better in one.
    """

    label: str
    quality: Span
    price: Span
    beaten_by: tuple[str, ...] = ()

    @property
    def is_best(self) -> bool:
        """Whether it is on the frontier."""
        return not self.beaten_by


@frozen(slots=True)
class TradeOff:
    """Quality against a price (money or time), for one Task.

    Attributes:
        quality, price: labels of the two metrics.
        points: two or more, in the order of the subjects.
    """

    task: str
    quality: str
    price: str
    is_higher_better: bool
    points: tuple[Point, ...]

    @property
    def best(self) -> list[Point]:
        """Those on the frontier, the cheapest first."""
        return sorted((p for p in self.points if p.is_best), key=lambda p: (p.price.value, p.label))

    @property
    def title(self) -> str:
        """``accuracy against cost of an answer``."""
        return f"{metric_word(self.quality)} against {PRICES[self.price]}"

    def point_text(self, point: Point) -> str:
        """``0.840 at $0.00120``."""
        quality = value_text(self.quality, point.quality.value)
        return f"{quality} at {value_text(self.price, point.price.value)}"


#: A price of one Subject, None where it is unknown.
PriceOf = Callable[[int, Measured], Estimate | None]


def trade_offs(items: Sequence[Measured], cost_of: PriceOf | None = None) -> Iterator[TradeOff]:
    """For each task with two or more subjects whose quality and price are known, by cost and by latency.
    Subjects of which too many responses failed are left out: the quality of the rest is not theirs.

    Args:
        cost_of: the mean cost of an answer, of an item at its position; by default the total is divided by
            the answers, without an interval.
    """
    prices: dict[str, PriceOf] = {COST: cost_of or _divided, LATENCY: _latency}
    for task in dict.fromkeys(item.task for item in items):
        its = [
            (at, item) for at, item in enumerate(items) if item.task == task and not item.has_too_many_errors
        ]
        quality = next((found for _, item in its if (found := _quality(item)) is not None), None)
        if quality is None or len(its) < 2:
            continue
        for price, price_of in prices.items():
            made = [_point(item, quality.metric, price_of(at, item)) for at, item in its]
            points = [point for point in made if point is not None]
            if len(points) > 1:
                is_higher = quality.is_higher_better
                yield TradeOff(task, quality.metric, price, is_higher, _judged(points, is_higher))


def frontier_sentence(found: TradeOff) -> str:
    """Which subjects are worth their cost or their wait; empty where all are."""
    if len(found.best) == len(found.points):
        return ""
    named = ", ".join(f"{point.label} ({found.point_text(point)})" for point in found.best)
    return f"{found.task}: unbeaten in {found.quality} and {PRICES[found.price]}: {named}"


def _quality(item: Measured) -> Estimate | None:
    """The first metric that tells how good answers are."""
    return next((e for e in item.estimates if e.value is not None and not is_operation(e.metric)), None)


def _named(item: Measured, metric: str) -> Estimate | None:
    return next((e for e in item.estimates if e.metric == metric), None)


def _divided(at: int, item: Measured) -> Estimate | None:
    total = _named(item, "cost_usd")
    if total is None or total.value is None or not total.n:
        return None
    return replace(total, value=total.value / total.n, low=None, high=None)


def _latency(at: int, item: Measured) -> Estimate | None:
    return _named(item, LATENCY)


def _point(item: Measured, quality: str, price: Estimate | None) -> Point | None:
    spans = _span(_named(item, quality)), _span(price)
    return None if spans[0] is None or spans[1] is None else Point(item.label, spans[0], spans[1])


def _span(estimate: Estimate | None) -> Span | None:
    if estimate is None or estimate.value is None:
        return None
    return Span(estimate.value, estimate.low, estimate.high)


def _judged(points: Sequence[Point], is_higher_better: bool) -> tuple[Point, ...]:
    sign = 1 if is_higher_better else -1

    def beats(one: Point, other: Point) -> bool:
        gain = sign * (one.quality.value - other.quality.value)
        saving = other.price.value - one.price.value
        return gain >= 0 and saving >= 0 and (gain > 0 or saving > 0)

    return tuple(
        replace(point, beaten_by=tuple(each.label for each in points if beats(each, point)))
        for point in points
    )
