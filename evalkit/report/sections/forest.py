"""The differences as a picture, with their intervals and margins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.core.text import plural
from evalkit.report.blocks import Block, Cell, Column, Group, Row, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.numbers import interval_text, value_text

if TYPE_CHECKING:  # a report without a baseline draws nothing
    from evalkit.report.differences import Difference

TITLE = "Differences"


def blocks(data: ReportData) -> Iterator[Block]:
    if all(item.pair is None for item in data.evaluations):
        return
    from evalkit.report.differences import differences
    from evalkit.report.forest import forest
    from evalkit.report.story import Forest

    found = [each for each in differences(data) if each.is_told]
    if not found:
        return
    yield Forest(forest(found))
    words = f"The numbers of the picture: {plural(len(found), 'difference')}"
    yield Group(words, (_table(found),))


def _table(found: Sequence[Difference]) -> Table:
    from evalkit.report.forest import MEANINGS, signed_tick

    titles = (
        "Task",
        "Metric",
        "Subject",
        "n",
        "Baseline",
        "This",
        "Difference",
        "Interval",
        "Margin",
        "Meaning",
    )
    columns = tuple(
        Column(title, "number" if title in ("n", "Baseline", "This", "Difference", "Margin") else "")
        for title in titles
    )
    rows = []
    for each in found:
        c = each.comparison
        margins = " and ".join(signed_tick(each.metric, margin) for margin in each.margins)
        cells: list[Cell] = [Text(each.item.task), Text(each.metric), Text(each.item.label)]
        cells += [Text(f"{c.n:,}", "number"), Text(value_text(each.metric, c.baseline), "number")]
        cells += [Text(value_text(each.metric, c.candidate), "number")]
        cells += [
            Text(each.change.text.partition(" [")[0], "number"),
            Text(interval_text(each.metric, *each.ends)),
        ]
        cells += [Text(margins, "number"), Text(MEANINGS[each.shape])]
        rows.append(Row((*cells, Text(""))))
    return Table("The numbers of the picture of differences", (*columns, Column("", "wide")), rows)
