"""Asserted samples that pass and fail by themselves, and those in quarantine."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.blocks import Block, Column, Find, Row, Table, Text
from evalkit.report.data import ReportData
from evalkit.report.flaky import TITLE as TITLE

_COLUMNS = (
    Column("Sample", "lead"),
    Column("Task"),
    Column("Subject"),
    Column("Fails"),
    Column("Quarantine"),
    Column("Reason", "wide"),
)


def blocks(data: ReportData) -> Iterator[Block]:
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
        for item in data.evaluations
        for sample in item.flaky
    ]
    if rows:
        yield Table(TITLE, _COLUMNS, rows)
