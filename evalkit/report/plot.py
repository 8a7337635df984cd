"""Quality against a price as a picture: places of marks, ticks and the frontier, and its words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from evalkit.core.frozen import frozen
from evalkit.core.text import plural
from evalkit.report.blocks import Mark, Plot
from evalkit.report.frontier import PRICES, Point, Span, TradeOff
from evalkit.report.metric_words import metric_word
from evalkit.report.numbers import value_text

#: The rectangle of the numbers, in units of the picture.
LEFT, RIGHT, TOP, BOTTOM = 62.0, 446.0, 16.0, 248.0
#: Where a letter may stand beside its mark: the first place that is free.
_BESIDE = ((10, -7), (-10, -7), (10, 15), (-10, 15), (0, -11), (0, 19), (17, 4), (-17, 4))
#: An axis of prices is logarithmic where the largest is so many times the smallest.
_LOG_FROM = 20.0
_END_ZEROS = re.compile(r"(\.\d*?)0+(?=\D|$)")

Place = tuple[float, float]


@frozen(slots=True)
class _Axis:
    """Numbers to places."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        low, high = self._at(self.low), self._at(self.high)
        share = (self._at(min(max(value, self.low), self.high)) - low) / ((high - low) or 1.0)
        return round(self.start + (self.end - self.start) * share, 1)

    def _at(self, value: float) -> float:
        return math.log(value) if self.is_log else value

    @property
    def ticks(self) -> list[float]:
        """Round numbers inside it."""
        return _powers(self.low, self.high) if self.is_log else steps(self.low, self.high)


def plot(trade_off: TradeOff, letters: Mapping[str, str]) -> Plot:
    """The picture of a trade-off; ``letters`` stand for the subjects, by their labels."""
    points = trade_off.points
    x = _price_axis([point.price for point in points])
    y = _quality_axis([point.quality for point in points], is_higher_better=trade_off.is_higher_better)
    places = [(x.place(point.price.value), y.place(point.quality.value)) for point in points]
    smaller = "" if trade_off.is_higher_better else ", smaller is better"

    def mark(point: Point, place: Place, beside: Place) -> Mark:
        across, along = map(x.place, point.price.ends), map(y.place, point.quality.ends)
        letter = letters[point.label]
        words = f"{letter}, {point.label}: {trade_off.point_text(point)}"
        return Mark(place, tuple(across), tuple(along), beside, letter, point.is_best, words)

    return Plot(
        title=trade_off.title,
        marks=tuple(map(mark, points, places, _beside(places))),
        frontier=_frontier(trade_off, x.place, y.place),
        x_ticks=tuple((x.place(value), tick_text(trade_off.price, value)) for value in x.ticks),
        y_ticks=tuple((y.place(value), tick_text(trade_off.quality, value)) for value in y.ticks),
        x_title=PRICES[trade_off.price] + (", log axis" if x.is_log else ""),
        y_title=metric_word(trade_off.quality) + smaller,
        label=in_words(trade_off, letters),
    )


def in_words(trade_off: TradeOff, letters: Mapping[str, str]) -> str:
    """What the picture shows, for who does not see it."""

    def named(point: Point) -> str:
        return f"{letters[point.label]} {point.label} ({trade_off.point_text(point)})"

    beaten = [point for point in trade_off.points if not point.is_best]
    text = f"{trade_off.title}, {plural(len(trade_off.points), 'subject')}. "
    text += f"On the frontier: {', '.join(map(named, trade_off.best))}."
    return f"{text} Not on it: {', '.join(map(named, beaten))}." if beaten else text


def tick_text(metric: str, value: float) -> str:
    """As values are written, without zeros at the end: ``$0.002``, ``0.8``, ``1 s``."""
    if value == 0:
        return "0"
    return _END_ZEROS.sub(r"\1", value_text(metric, value)).replace(". ", " ").rstrip(".")


def _reach(spans: Sequence[Span]) -> Place:
    return min(min(span.ends) for span in spans), max(max(span.ends) for span in spans)


def _quality_axis(spans: Sequence[Span], *, is_higher_better: bool) -> _Axis:
    """Better is up, whichever direction that is."""
    low, high = _reach(spans)
    room = (high - low or abs(high) or 1.0) * 0.08
    ends = (BOTTOM, TOP) if is_higher_better else (TOP, BOTTOM)
    return _Axis(low - room, high + room, *ends)


def _price_axis(spans: Sequence[Span]) -> _Axis:
    """From zero where that is near, and logarithmic where prices are far apart."""
    low, high = _reach(spans)
    smallest = min(span.value for span in spans)
    if smallest > 0 and high >= _LOG_FROM * smallest:
        return _Axis(max(low, smallest / 10) / 1.4, high * 1.4, LEFT, RIGHT, is_log=True)
    room = (high - low or abs(high) or 1.0) * 0.08
    start = 0.0 if 0 <= low <= 0.4 * high else low - room
    return _Axis(start - (room if low == 0.0 else 0.0), high + room, LEFT, RIGHT)


def steps(low: float, high: float, least: int = 0) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, about five; of the next smaller one where these are fewer
    than ``least``."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    sizes = [part * power for part in (0.5, 1, 2, 5, 10)]
    at = next(at for at, size in enumerate(sizes) if at and size >= rough)
    found = _multiples(sizes[at], low, high)
    return found if len(found) >= least else _multiples(sizes[at - 1], low, high)


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


def _powers(low: float, high: float) -> list[float]:
    """Powers of ten, and 2 and 5 or 3 times these where there is room for them."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for parts in ((1, 2, 5), (1, 3), (1,)):
        values = [float(f"{part}e{exponent}") for exponent in exponents for part in parts]
        found = [value for value in values if low <= value <= high]
        if len(found) <= 6:
            return found
    return found[:: -(-len(found) // 6)]


def _frontier(trade_off: TradeOff, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """Steps from the cheapest to the best, and on to the right: what lies beneath is beaten."""
    (first_x, first_y), *rest = dict.fromkeys(
        (x(point.price.value), y(point.quality.value)) for point in trade_off.best
    )
    steps = "".join(f"H{to_x:g}V{to_y:g}" for to_x, to_y in rest)
    return f"M{first_x:g} {first_y:g}{steps}H{RIGHT:g}"


def _beside(places: Sequence[Place]) -> list[Place]:
    """Where each letter stands: where it covers no mark and no other letter, as far as there is room."""
    taken: list[Place] = []
    for x, y in places:
        near = [(x + dx, y + dy) for dx, dy in _BESIDE]
        free = (each for each in near if _is_free(each, places, taken))
        taken.append(next(free, near[0]))
    return taken


def _is_free(place: Place, marks: Sequence[Place], letters: Sequence[Place]) -> bool:
    x, y = place
    is_inside = LEFT < x < RIGHT + 8 and TOP - 4 < y < BOTTOM
    over_marks = any(abs(x - at[0]) < 10 and abs(y - 4 - at[1]) < 10 for at in marks)
    over_letters = any(abs(x - at[0]) < 11 and abs(y - at[1]) < 12 for at in letters)
    return is_inside and not over_marks and not over_letters
