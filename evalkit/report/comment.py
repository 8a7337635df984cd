"""A report as a comment for a pull request, on the CI host that this command runs on."""

from __future__ import annotations

import os
from pathlib import Path

from evalkit.report.ci_host import checkout, comment_room
from evalkit.report.data import ReportData
from evalkit.report.markdown import markdown
from evalkit.report.place import VARIABLE, place_of
from evalkit.report.text_file import write_text


def write_comment(data: ReportData, path: Path, report: Path | None) -> Path:
    """Write ``comment_text`` to ``path``. Raises UsageError where that cannot be written."""
    return write_text(comment_text(data, report), path)


def comment_text(data: ReportData, report: Path | None) -> str:
    """The Markdown, as long as the host takes, linked to ``report``.

    Args:
        report: the HTML of the same data. Where it is not there, nothing is linked to unless the environment
            names its address.
    """
    is_there = report is not None and (report.exists() or bool(os.environ.get(VARIABLE)))
    place = place_of(report if is_there else None, checkout())
    return markdown(data, max_bytes=comment_room(), place=place)
