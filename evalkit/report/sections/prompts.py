"""What differs between two prompts that were compared, beside what that did to the answers."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.blocks import Block
from evalkit.report.data import ReportData

TITLE = "Prompt change"


def blocks(data: ReportData) -> Iterator[Block]:
    if all(item.pair is None for item in data.evaluations):
        return
    from evalkit.report.prompt_change import prompt_changes  # only a comparison pays for it

    yield from prompt_changes(data)
