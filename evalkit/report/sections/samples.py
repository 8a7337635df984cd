"""The rows of all evaluations; the page draws them from the data that it carries."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.blocks import Block, Note, SampleTable
from evalkit.report.data import ReportData

TITLE = "Samples"


def blocks(data: ReportData) -> Iterator[Block]:
    if not any(len(item.observations) for item in data.evaluations):
        yield Note("No response was stored.")
        return
    yield SampleTable(has_pairs=any(item.pair for item in data.evaluations))
