"""Write a report to disk, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from evalkit.core.plain_name import is_plain_name
from evalkit.errors import UsageError
from evalkit.report.collect import collect
from evalkit.report.data import ReportData, Source

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
            f"run {run_id!r} cannot name a report", mend="the store was not written by evalkit: leave it be"
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


def write_text(text: str, path: Path) -> Path:
    """Put ``text`` at ``path`` by renaming, so that a reader sees the old file or the new one.

    Raises UsageError when the folder cannot be made or written; results in the store are not touched.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate cannot be encoded; as a reference the browser shows U+FFFD in its place.
        content = text.encode("utf-8", "xmlcharrefreplace")
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
        ) as file:
            temporary = file.name
            file.write(content)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise UsageError(
            f"the report cannot be written: {error.strerror or error}",
            where=str(path),
            mend="give another place with --llm-report=PATH; the results are in the store",
        ) from None
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
