"""What came of it, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.blocks import Block
from evalkit.report.data import ReportData

TITLE = "In short"


def blocks(data: ReportData) -> Iterator[Block]:
    if all(item.pair is None for item in data.evaluations):
        from evalkit.report.answer_of_gates import answer_of_gates

        told = answer_of_gates(data)
    else:
        from evalkit.report.answer import answer  # only a comparison pays for the statistics
        from evalkit.report.differences import differences

        told = answer(data, [each for each in differences(data) if each.is_told])
    if told is not None:
        yield told
