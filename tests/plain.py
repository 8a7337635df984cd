"""Blocks as plain text, as a pipe gets them."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.report.data import Source
from evalkit.report.look import Look
from evalkit.report.plain_blocks import plain_sections
from evalkit.report.sections import Section
from evalkit.report.summary import summary


def summary_lines(source: Source, run_id: str, look: Look | None = None) -> list[str]:
    """The summary of a run."""
    return lines_of(summary(source, run_id), look)


def lines_of(sections: Iterable[Section], look: Look | None = None) -> list[str]:
    return list(plain_sections(sections, look or Look()))
