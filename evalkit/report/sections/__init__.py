"""The parts of a report in the order that they are read. One module each, with ``TITLE`` and ``blocks``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from evalkit.core.frozen import frozen
from evalkit.report.blocks import Block
from evalkit.report.data import ReportData

#: Module names under ``evalkit.report.sections``; a section without blocks is left out.
SECTIONS = (
    "answer",
    "forest",
    "worse",
    "verdicts",
    "tournament",
    "leaderboard",
    "metrics",
    "slices",
    "history",
    "judges",
    "tradeoffs",
    "flaky",
    "prompts",
    "samples",
    "operations",
    "provenance",
)


@frozen(slots=True)
class Section:
    """One part of a report, ready to be painted. ``name`` is its anchor."""

    name: str
    title: str
    blocks: tuple[Block, ...]


def build(data: ReportData) -> Iterator[Section]:
    """All sections that have something to say."""
    yield from filter(None, (section_of(data, name) for name in SECTIONS))


def section_of(data: ReportData, name: str) -> Section | None:
    """One of ``SECTIONS``; None where it has nothing to say."""
    module = import_module(f"{__name__}.{name}")
    blocks = tuple(module.blocks(data))
    return Section(name, module.TITLE, blocks) if blocks else None
