"""Write a report to disk, whole or not at all."""

from __future__ import annotations

import contextlib
from pathlib import Path

from evalkit.core.plain_name import is_plain_name
from evalkit.errors import UsageError
from evalkit.report.collect import collect
from evalkit.report.data import ReportData, Source
from evalkit.report.text_file import write_text

#: Reports in a folder of this name are listed in its ``index.html``.
INDEXED_FOLDER = "reports"


def write_report(
    source: Source, run_id: str, path: Path | str, *, baseline_run_id: str | None = None
) -> Path:
    """Write the report of one run. Raises UsageError where ``path`` cannot be written.

    A folder called ``reports`` also gets its ``index.html`` anew.
    """
    return write_data(collect(source, run_id, baseline_run_id=baseline_run_id), path)


def report_name(run_id: str) -> str:
    """The file of a run's report within its folder. Raises UsageError for an id that leads out of it."""
    if not is_plain_name(run_id):
        raise UsageError(
            f"run {run_id!r} cannot name a report",
            hint="the store was not written by evalkit: leave it as it is",
        )
    return f"{run_id}.html"


def write_data(data: ReportData, path: Path | str) -> Path:
    """Write a report that is collected already."""
    from evalkit.report.html import render

    written = write_text(render(data), Path(path))
    if written.parent.name == INDEXED_FOLDER:
        from evalkit.report.index import write_index

        # The report is what was asked for; a folder that takes no index takes nothing from it.
        with contextlib.suppress(UsageError):
            write_index(written.parent)
    return written
