"""Tables of the page as lines of a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evalkit.core.text_columns import columns
from evalkit.report.blocks import Badge, Column, Interval, Row, Table, Text
from evalkit.report.look import Look
from evalkit.report.plain_table import plain_table

PIPE = Look()
TERMINAL = Look(has_color=True, has_pictures=True, width=80, has_edge=True)
PLAIN = replace(TERMINAL, has_color=False)


def reading(value: float, low: float, high: float, **more: object) -> Interval:
    words = f"[{low:.3f}, {high:.3f}]"
    return Interval(value, low, high, 0.0, 1.0, words, **more)  # type: ignore[arg-type]


METRICS = Table(
    "Metrics",
    (Column("Metric", "lead"), Column("Value", "number"), Column("95 % interval"), Column("n", "number"),
     Column("", "wide")),
    [
        Row((), heading="first task"),
        Row((Text("accuracy"), Text("0.5", "number"), reading(0.5, 0.25, 0.75), Text("1,000", "number"),
             Text(""))),
        Row((Text("a_metric_with_a_long_name"), Text("0.250", "number"),
             reading(0.25, 0.0, 0.5, beneath="0.1 to 0.4, missing wrong or right"), Text("8", "number"),
             Text(""))),
    ],
)  # fmt: skip


def gates(*details: str) -> Table:
    names = (Column("Verdict", "narrow"), Column("Gate", "lead"), Column("Detail", "wide"))
    rows = [
        Row((Badge("fail", "fail"), Text(f"gate {place}"), Text(detail)))
        for place, detail in enumerate(details)
    ]
    return Table("Gates", names, rows)


def lines(table: Table, look: Look = PIPE, most_rows: int = 60) -> list[str]:
    return list(plain_table(table, look, most_rows=most_rows))


def test_columns_stand_under_their_titles_and_numbers_at_the_right() -> None:
    assert lines(METRICS) == [
        "  metric                     value  95 % interval       n",
        "first task",
        "  accuracy                     0.5  [0.250, 0.750]  1,000",
        "  a_metric_with_a_long_name  0.250  [0.000, 0.500]      8",
        "                                    0.1 to 0.4, missing wrong or right",
    ]


def test_a_terminal_draws_each_interval_on_the_axis_that_they_share() -> None:
    first, second = [line for line in lines(METRICS, PLAIN) if "•" in line]
    width = first.index("•") - second.index("•")
    assert width > 3
    assert first.index("├") - second.index("├") == pytest.approx(width, abs=1)
    assert re.findall("├─+•─+┤", first) == re.findall("├─+•─+┤", second)


def test_no_picture_is_drawn_where_the_line_has_no_room_for_it() -> None:
    assert lines(METRICS, replace(PLAIN, width=64))[:4] == lines(METRICS)[:4]


def test_a_threshold_and_no_change_are_marked_on_the_axis() -> None:
    marked = reading(0.8, 0.7, 0.9, marks=(0.0, 0.5))
    table = replace(METRICS, rows=[Row((Text("accuracy"), Text("0.8"), marked, Text("8"), Text("")))])
    (line,) = lines(table, PLAIN)[1:]
    assert line.index("│") < line.index("║") < line.index("├")


def test_names_give_way_in_their_middle_at_the_edge_of_a_terminal_alone() -> None:
    long = replace(METRICS, rows=[Row((Text("a" * 30 + "b" * 30), *METRICS.rows[1].cells[1:]))])
    (_, cut), (_, whole) = lines(long, replace(PLAIN, width=60)), lines(long, replace(PIPE, width=60))
    assert re.match(r"a+…b+  ", cut)
    assert columns(cut) <= 60
    assert "a" * 30 + "b" * 30 in whole


def test_names_that_are_cut_still_tell_rows_apart() -> None:
    names = [f"python:shop:candidate_number_{place}_with_a_name" for place in range(12)]
    rows = [Row((Text(name), *METRICS.rows[1].cells[1:])) for name in names]
    for width in range(60, 110):
        shown = lines(replace(METRICS, rows=rows), replace(PLAIN, width=width))
        assert len({line.split()[0] for line in shown[1:]}) == len(names)


def test_a_card_with_a_short_name_has_its_numbers_beside_it() -> None:
    titles = tuple(Column(f"Title {place}", "number") for place in range(9))
    cells = tuple(Text(f"{place}.00000", "number") for place in range(9))
    found = lines(Table("", (Column("Pair", "lead"), *titles), [Row((Text("1 - 2"), *cells))]), PLAIN)
    assert found[0].startswith("1 - 2  title 0 0.00000 · ")
    assert all(line.startswith("       title ") for line in found[1:])


def test_a_row_that_does_not_fit_is_a_card_that_lacks_nothing() -> None:
    titles = tuple(Column(f"Title {place}", "number") for place in range(9))
    cells = tuple(Text(f"{place}.00000", "number") for place in range(9))
    ends = reading(0.25, 0.0, 0.5, beneath="0.1 to 0.4")
    table = Table("", (Column("Metric"), *titles, Column("Ends"), Column("Finding")),
                  [Row((Text("accuracy"), *cells, ends, Badge("fail", "worse")))])  # fmt: skip
    head, *rest = lines(table, PLAIN)
    assert head == "accuracy  ✗ worse"
    told = " · ".join(line.strip() for line in rest)
    numbers = [f"title {place} {place}.00000" for place in range(9)]
    assert told == " · ".join([*numbers, "ends [0.000, 0.500]; 0.1 to 0.4"])
    assert all(columns(line) <= 80 for line in rest)


@pytest.mark.parametrize("width", range(60, 201, 7))
@pytest.mark.parametrize("has_color", [True, False])
def test_no_line_is_longer_than_the_terminal(width: int, has_color: bool) -> None:
    look = Look(has_color, True, width, has_edge=True)
    table = gates("a detail of several words " * 12, "short", "日本語 " * 40)
    for line in [*lines(METRICS, look), *lines(table, look)]:
        assert columns(re.sub(r"\x1b\[\d+m", "", line)) <= width


def test_a_detail_stands_behind_its_gate_where_it_fits_and_else_below_it() -> None:
    short, long = lines(gates("short")), lines(gates("many words " * 12))
    assert short == ["✗ fail      gate 0  short"]
    assert long[0] == "✗ fail      gate 0"
    assert long[1].startswith("            many words")


def test_neighbours_with_the_same_long_detail_share_it() -> None:
    found = lines(gates("one reason " * 12, "one reason " * 12, "another reason " * 12))
    heads = [place for place, line in enumerate(found) if line.startswith("✗")]
    assert heads == [0, 1, 4]


def test_a_table_counts_the_rows_that_it_does_not_show() -> None:
    assert lines(gates("a", "b", "c"), most_rows=1) == [
        "✗ fail      gate 0  a",
        "2 more rows: see the report",
    ]


def test_a_verdict_alone_has_its_colour() -> None:
    assert lines(gates("short"), TERMINAL) == ["\x1b[31m✗ fail\x1b[0m      gate 0  short"]


def test_a_difference_has_the_colour_of_its_tone() -> None:
    row = Row((Text("accuracy"), Text("0.8"), reading(0.8, 0.7, 0.9, tone="worse"), Text("8"), Text("")))
    (_, line) = lines(replace(METRICS, rows=[row]), replace(TERMINAL, width=60))
    assert "\x1b[31m[0.700, 0.900]\x1b[0m" in line


def test_what_a_model_says_is_never_obeyed_wherever_a_line_begins() -> None:
    table = gates("x" * 90 + " ::set-output name=a::b \x1b[2J")
    assert not any("\x1b" in line or line.lstrip().startswith("::") for line in lines(table))
