"""Quality against what it costs and how long it takes, where a task has several subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase

from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import Estimate
from evalkit.metrics.operations.cost import CostUsdMean
from evalkit.report.blocks import Block, Cell, Column, Interval, Note, Plots, Row, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.frontier import (
    COST,
    PRICES,
    Measured,
    Point,
    Span,
    TradeOff,
    frontier_sentence,
    trade_offs,
)
from evalkit.report.metric_table import axis
from evalkit.report.metric_words import metric_word
from evalkit.report.numbers import interval_text, value_text
from evalkit.report.plot import plot

TITLE = "Quality against cost and latency"

_READING = "Better is up and to the left; the lines through the marks are 95 % intervals."
_NOTE = (
    "A subject is on the frontier where no other one is at least as good in both and better in one, by the "
    "values."
)


def blocks(data: ReportData) -> Iterator[Block]:
    def cost_of(at: int, item: Measured) -> Estimate | None:
        known = next((each for each in item.estimates if each.metric == COST), None)
        return known or estimate(CostUsdMean(), COST, data.evaluations[at].observations)

    found = list(trade_offs(data.evaluations, cost_of))
    for task in dict.fromkeys(each.task for each in found):
        its = [each for each in found if each.task == task]
        labels = dict.fromkeys(point.label for each in its for point in each.points)
        letters = {label: letter_of(place) for place, label in enumerate(labels)}
        drawn = tuple(plot(each, letters) for each in its)
        yield Plots(task if len(data.tasks) > 1 else "", drawn, _READING)
        yield _table(its, letters)
        yield from (Note(told) for each in its if (told := frontier_sentence(each)))
    if found:
        yield Note(_NOTE)


def letter_of(place: int) -> str:
    """A, B, … Z, A2, B2, …"""
    number, place = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(number + 1) if number else "")


def _table(found: Sequence[TradeOff], letters: Mapping[str, str]) -> Table:
    """The numbers of the pictures: whoever does not see them misses nothing."""
    quality = found[0].quality
    columns = [Column("Mark", "narrow"), Column("Subject", "lead"), Column(_titled(metric_word(quality)))]
    for each in found:
        columns += [Column(_titled(PRICES[each.price])), Column(f"By {PRICES[each.price].split()[0]}")]
    spans = {point.label: point.quality for each in found for point in each.points}
    ends = axis(quality, [_as_estimate(quality, span) for span in spans.values()])
    rows = []
    for label, letter in letters.items():
        cells: list[Cell] = [Text(letter, "strong"), Text(label), _bar(quality, spans[label], ends)]
        for each in found:
            point = next((point for point in each.points if point.label == label), None)
            cells += [Text(_price(each, point)), Text(_standing(point, letters))]
        rows.append(Row((*cells, Text(""))))
    return Table(f"The numbers of the pictures of {found[0].task}", (*columns, Column("", "wide")), rows)


def _titled(text: str) -> str:
    return text[:1].upper() + text[1:]


def _as_estimate(metric: str, span: Span) -> Estimate:
    return Estimate(metric, span.value, span.low, span.high, 0, "")


def _bar(metric: str, span: Span, ends: tuple[float, float]) -> Cell:
    words = f"{value_text(metric, span.value)} {interval_text(metric, span.low, span.high)}".rstrip()
    return Interval(span.value, span.low, span.high, *ends, words)


def _price(found: TradeOff, point: Point | None) -> str:
    if point is None:
        return "unknown"
    ends = interval_text(found.price, point.price.low, point.price.high)
    return f"{value_text(found.price, point.price.value)} {ends}".rstrip()


def _standing(point: Point | None, letters: Mapping[str, str]) -> str:
    if point is None:
        return ""
    if point.is_best:
        return "on the frontier"
    return f"beaten by {', '.join(letters[each] for each in point.beaten_by)}"
