"""The differences as a picture, with their intervals and margins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evalkit.core.text import plural
from evalkit.report.blocks import Block, Cell, Column, Group, Row, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.numbers import interval_text

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
    from evalkit.report.difference_table import NUMBERS, number_cells
    from evalkit.report.forest import MEANINGS, signed_tick

    columns = (
        *(Column("Task"), Column("Metric"), Column("Subject"), Column("n", "number")),
        *NUMBERS,
        *(Column("Interval"), Column("Margin", "number"), Column("Meaning"), Column("", "wide")),
    )
    rows = []
    for each in found:
        margins = " and ".join(signed_tick(each.metric, margin) for margin in each.margins)
        cells: list[Cell] = [Text(each.item.task), Text(each.metric), Text(each.item.label)]
        cells += [Text(f"{each.comparison.n:,}", "number"), *number_cells(each.comparison, each.change)]
        cells += [Text(interval_text(each.metric, *each.ends)), Text(margins, "number")]
        rows.append(Row((*cells, Text(MEANINGS[each.shape]), Text(""))))
    return Table("The numbers of the picture of differences", columns, rows)
