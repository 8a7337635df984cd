"""Asserted samples that pass and fail by themselves, and those in quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.report.blocks import Block, Column, Find, Row, Table, Text
from evalkit.report.data import FlakySample, ReportData
from evalkit.report.flaky import TITLE as TITLE
from evalkit.report.verdict_table import Placed

_COLUMNS = (
    Column("Sample", "lead"),
    Column("Task"),
    Column("Subject"),
    Column("Fails"),
    Column("Quarantine"),
    Column("Reason", "wide"),
)


def blocks(data: ReportData) -> Iterator[Block]:
    found = [(item, sample) for item in data.evaluations for sample in item.flaky]
    if found:
        yield flaky_table(found)


def flaky_table(found: Sequence[tuple[Placed, FlakySample]]) -> Table:
    rows = [
        Row(
            (
                Find(sample.sample_id, sample.sample_id),
                Text(item.task),
                Text(item.label),
                Text(sample.rate_text),
                Text(sample.quarantine_text),
                Text(sample.reason),
            )
        )
        for item, sample in found
    ]
    return Table(TITLE, _COLUMNS, rows)
