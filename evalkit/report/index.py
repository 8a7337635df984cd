"""``index.html``: the reports of a folder, the newest first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson

from evalkit.report.numbers import time_text
from evalkit.report.text_file import write_text

#: The summary block of a report lies within its first bytes.
HEAD_BYTES = 16_384

_SUMMARY = re.compile(rb'<script type="application/json" id="evalkit-summary">(.*?)</script>', re.DOTALL)


def write_index(folder: Path | str) -> Path:
    """List all reports of ``folder`` in its ``index.html``. Raises UsageError where it cannot be written."""
    from evalkit.report.html import environment, policy, stylesheet

    folder = Path(folder)
    style = stylesheet()
    text = (
        environment()
        .get_template("index.html.j2")
        .render(reports=read_summaries(folder), style=style, policy=policy(style, ""), time_text=time_text)
    )
    return write_text(text, folder / "index.html")


def read_summaries(folder: Path) -> list[dict[str, Any]]:
    """The summary of each report with its ``file`` name, newest first; other HTML files are passed over."""
    found = []
    for path in folder.glob("*.html"):
        summary = _read(path) if path.name != "index.html" else None
        if summary is not None:
            found.append({**summary, "file": path.name})
    return sorted(found, key=lambda summary: (summary.get("started_at") or 0, summary["file"]), reverse=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            match = _SUMMARY.search(file.read(HEAD_BYTES))
        summary = orjson.loads(match[1]) if match else None
    except (OSError, orjson.JSONDecodeError):
        return None
    is_dated = isinstance(summary, dict) and isinstance(summary.get("started_at"), int | float | None)
    return summary if is_dated else None
