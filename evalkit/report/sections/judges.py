"""The judges of the run: how well each is known to agree with people, and what it can be talked into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalkit.report.blocks import Block, Column, Group, Note, Row, Table, Text
from evalkit.report.data import ReportData

if TYPE_CHECKING:
    from evalkit.core.judge_calibration import JudgeCalibration
    from evalkit.report.judge_tables import JudgeTable

TITLE = "Judges"


def blocks(data: ReportData) -> Iterator[Block]:
    judges = {
        signature: calibration for item in data.evaluations for signature, calibration in item.judges.items()
    }
    for signature, calibration in judges.items():
        if calibration is None:
            told = f"{signature} was never calibrated: nobody knows how far it agrees with people."
            yield Note(f"{told} Run: evalkit judge calibrate TASK --labels FILE.", "warning")
        else:
            yield from _of(calibration)


def _of(calibration: JudgeCalibration) -> Iterator[Block]:
    from evalkit.core.text import plural
    from evalkit.report.judge_tables import judge_notes, judge_summary, judge_tables
    from evalkit.report.numbers import time_text

    record, scorer = calibration.record, calibration.scorer
    labels = plural(record["counts"]["n_labels"], "label")
    people = plural(calibration.n_reviewers, "reviewer")
    revision = f" ({calibration.judge_revision})" if calibration.judge_revision else ""
    yield Note(
        f"{scorer}, {calibration.judge}{revision}: {judge_summary(record)}. {labels} of {people}, "
        f"{calibration.source}, {time_text(calibration.created_at)}. {calibration.signature}"
    )
    first, *others = judge_tables(record)
    yield _table(first)
    for each in others:
        yield Group(each.title, (_table(each),))
    for note in judge_notes(record):
        yield Note(f"{note}.")


def _table(table: JudgeTable) -> Table:
    columns = [Column(each, "number" if each in table.right else "") for each in table.headers]
    columns[0] = Column(table.headers[0], "lead")
    rows = [
        Row(tuple(
            Text(cell, "number" if name in table.right else "")
            for name, cell in zip(table.headers, row, strict=True)
        ))
        for row in table.rows
    ]  # fmt: skip
    return Table(table.title, tuple(columns), rows)
