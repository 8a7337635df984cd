"""Which subjects are on the Pareto frontier, and how the pictures of it are laid out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.estimate import Estimate
from evalkit.report.blocks import Plots, Table, Text
from evalkit.report.collect import collect
from evalkit.report.frontier import COST, Span, TradeOff, _judged, frontier_sentence, trade_offs
from evalkit.report.frontier import Point as Subject
from evalkit.report.html import render
from evalkit.report.plot import BOTTOM, LEFT, RIGHT, TOP, plot, tick_text
from evalkit.report.sections.tradeoffs import blocks, letter_of
from tests.unit.report.memory_source import MemorySource, rows


@dataclass
class Item:
    label: str
    estimates: list[Estimate] = field(default_factory=list)
    task: str = "t"
    has_too_many_errors: bool = False


def number(metric: str, value: float | None, n: int = 10, low: float | None = None) -> Estimate:
    return Estimate(metric, value, low, None if low is None else 2 * (value or 0) - low, n, "s")


def item(label: str, accuracy: float, cost: float | None, latency: float | None = None) -> Item:
    return Item(
        label,
        [number("error_rate", 0.0), number("accuracy", accuracy), number("cost_usd", cost),
         number("latency_p50_s", latency)],
    )  # fmt: skip


FOUR = [item("small", 0.6, 0.1), item("big", 0.9, 1.0), item("poor", 0.55, 0.2), item("dear", 0.9, 2.0)]


def test_a_subject_is_beaten_by_who_is_as_good_in_both_and_better_in_one() -> None:
    (found,) = trade_offs(FOUR)
    assert (found.quality, found.price) == ("accuracy", COST)
    assert {point.label: point.beaten_by for point in found.points} == {
        "small": (), "big": (), "poor": ("small",), "dear": ("big",),
    }  # fmt: skip
    assert [point.price.value for point in found.best] == pytest.approx([0.01, 0.1])  # of an answer


def test_who_failed_too_often_is_on_no_frontier_however_good_the_rest_is() -> None:
    lucky = replace(item("lucky", 1.0, 0.1), has_too_many_errors=True)
    assert [p.label for found in trade_offs([lucky, *FOUR]) for p in found.best] == ["small", "big"]


def test_equals_do_not_beat_each_other_and_smaller_may_be_better() -> None:
    twins = [Subject("a", Span(0.5), Span(1.0)), Subject("b", Span(0.5), Span(1.0))]
    assert all(point.is_best for point in _judged(twins, True))
    one, other = _judged([Subject("a", Span(0.5), Span(1.0)), Subject("b", Span(0.4), Span(1.0))], False)
    assert (one.beaten_by, other.beaten_by) == (("b",), ())


POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=12)


@given(POINTS)
def test_the_frontier_is_what_an_exhaustive_search_finds(values: list[tuple[int, int]]) -> None:
    points = [Subject(str(i), Span(q), Span(p)) for i, (q, p) in enumerate(values)]
    for point, (q, p) in zip(_judged(points, True), values, strict=True):
        assert point.is_best == (not any(a >= q and b <= p and (a, b) != (q, p) for a, b in values))


def test_one_subject_or_an_unknown_price_makes_no_trade_off() -> None:
    assert list(trade_offs(FOUR[:1])) == []
    assert list(trade_offs([item("a", 0.5, None), item("b", 0.6, 1.0)])) == []
    by_latency = list(trade_offs([item("a", 0.5, None, 1.0), item("b", 0.6, 1.0, 2.0)]))
    assert [found.price for found in by_latency] == ["latency_p50_s"]


def test_a_sentence_names_who_is_unbeaten_where_somebody_is_beaten() -> None:
    (found,) = trade_offs(FOUR)
    assert frontier_sentence(found) == (
        "t: unbeaten in accuracy and cost of an answer: small (0.600 at $0.0100), big (0.900 at $0.100)"
    )
    assert [frontier_sentence(each) for each in trade_offs(FOUR[:2])] == [""]


def drawn(*points: tuple[float, float]) -> TradeOff:
    made = [Subject(str(i), Span(q, q - 0.05, q + 0.05), Span(p, p * 0.9, p * 1.1))
            for i, (q, p) in enumerate(points)]  # fmt: skip
    return TradeOff("t", "accuracy", COST, True, _judged(made, True))


@pytest.mark.parametrize(
    "points",
    [[(0.5, 0.01), (0.6, 0.02)], [(0.5, 0.0), (0.6, 0.0)], [(0.5, 1e-5), (0.9, 0.4), (0.7, 0.01)],
     [(0.5, 0.01)] * 5, [(0.5, 1e3), (0.5, 1.001e3)]],
)  # fmt: skip
def test_marks_intervals_and_ticks_lie_inside_the_picture(points: list[tuple[float, float]]) -> None:
    picture = plot(drawn(*points), {str(i): letter_of(i) for i in range(len(points))})
    for mark in picture.marks:
        assert all(LEFT <= x <= RIGHT for x in (mark.place[0], *mark.across))
        assert all(TOP <= y <= BOTTOM for y in (mark.place[1], *mark.along))
    assert 2 <= len(picture.x_ticks) <= 8
    assert 2 <= len(picture.y_ticks) <= 8
    assert all(LEFT <= x <= RIGHT for x, _ in picture.x_ticks)
    assert len({text for _, text in picture.x_ticks}) == len(picture.x_ticks)


def test_prices_that_are_far_apart_stand_on_a_log_axis_and_it_says_so() -> None:
    picture = plot(drawn((0.5, 1e-4), (0.7, 1e-3), (0.9, 1e-2)), {"0": "A", "1": "B", "2": "C"})
    first, second, third = (mark.place[0] for mark in picture.marks)
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert picture.x_title == "cost of an answer, log axis"


def test_a_picture_says_in_words_what_it_shows() -> None:
    picture = plot(drawn((0.9, 0.01), (0.5, 0.02)), {"0": "A", "1": "B"})
    assert picture.label == (
        "accuracy against cost of an answer, 2 subjects. On the frontier: A 0 (0.900 at $0.0100). "
        "Not on it: B 1 (0.500 at $0.0200)."
    )
    assert picture.frontier.startswith("M")
    assert picture.frontier.endswith(f"H{RIGHT:g}")


@pytest.mark.parametrize(
    "metric, value, text",
    [(COST, 0.002, "$0.002"), (COST, 0.0, "0"), (COST, 20.0, "$20"), ("latency_p50_s", 1.0, "1 s"),
     ("latency_p50_s", 0.25, "250 ms"), ("accuracy", 0.8, "0.8"), ("accuracy", 0.85, "0.85")],
)  # fmt: skip
def test_a_tick_has_no_zeros_at_its_end(metric: str, value: float, text: str) -> None:
    assert tick_text(metric, value) == text


def two_subjects() -> MemorySource:
    source = MemorySource()
    source.add_run("run-a")
    for name, marks in (("good", "+++-"), ("poor", "+---")):
        source.add("run-a", name, rows(marks), model=f"local/{name}")
        source.estimates_of[name] += [number("cost_usd", 0.004, 4), number("latency_p50_s", 0.1, 4, 0.05)]
    return source


def test_a_report_shows_pictures_and_the_table_behind_them() -> None:
    data = collect(two_subjects(), "run-a")
    plots, table, *_ = blocks(data)
    assert isinstance(plots, Plots)
    assert isinstance(table, Table)
    assert [picture.x_title for picture in plots.plots] == ["cost of an answer", "latency p50"]
    texts = [[cell.text for cell in row.cells if isinstance(cell, Text)] for row in table.rows]
    assert [row[:2] for row in texts] == [["A", "local/good"], ["B", "local/poor"]]
    assert [row[3] for row in texts] == ["on the frontier", "beaten by A"]
    page = render(data)
    assert page.count('<svg class="scatter"') == 2
    assert f'aria-label="{plots.plots[0].label}"' in page
