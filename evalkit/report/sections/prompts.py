"""What differs between two prompts that were compared."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.report.blocks import Block, TextDiff
from evalkit.report.data import ReportData

TITLE = "Prompt change"


def blocks(data: ReportData) -> Iterator[Block]:
    seen = set()
    for item in data.evaluations:
        pair = item.pair
        if pair is None or item.prompt_text is None or pair.prompt_text is None:
            continue
        before, after = pair.evaluation.subject, item.evaluation.subject
        key = (before.prompt_hash, after.prompt_hash)
        if before.prompt_hash != after.prompt_hash and key not in seen:
            seen.add(key)
            yield TextDiff(
                f"{before.prompt} ({before.prompt_hash})",
                pair.prompt_text,
                f"{after.prompt} ({after.prompt_hash})",
                item.prompt_text,
            )
