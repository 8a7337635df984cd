"""The CI host that the session runs on, and what it is told beyond the exit status."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.text import shown_path
from evalkit.core.verdict import Word
from evalkit.report.ci import CiFinding, annotation_lines, code_quality
from evalkit.report.ci_host import (
    CODE_QUALITY,
    Host,
    add_to_summary,
    checkout,
    inside_checkout,
    summary_room,
)
from evalkit.report.ci_host import detect as detect
from evalkit.report.data import ReportData
from evalkit.report.markdown import markdown
from evalkit.report.place import place_of
from evalkit.report.text_file import write_text

#: What the property ``verdict`` says of items that did not simply pass.
_TOLD: tuple[Word, ...] = ("fail", "error", "undecided", "recorded")


class CiReport:
    """Gathers what did not pass, and hands it to the host at the end.

    Args:
        is_baseline_named: whether the session named a baseline that may not be there yet. Else gates are
            recorded each time, and that is not news.
    """

    def __init__(
        self, host: Host, cwd: Path, root: Path | None = None, *, is_baseline_named: bool = False
    ) -> None:
        self.host = host
        self._is_recorded_news = is_baseline_named
        self._cwd = cwd
        self._prefix = inside_checkout(host, root or cwd)
        self._findings: list[CiFinding] = []
        self.commands: list[str] = []

    def note(self, node_id: str, line: int, verdict: str | None, detail: str, *, is_failed: bool) -> None:
        """Remember an item of evalkit that did not simply pass.

        Args:
            node_id: ``path::name``, the path from the root.
            line: of the file, from 1.
            verdict: None for an item that is none of evalkit's.
        """
        is_news = verdict != "recorded" or self._is_recorded_news or is_failed
        if self.host != "off" and verdict in _TOLD and is_news:
            path, _, name = node_id.partition("::")
            place = (self._prefix / path).as_posix()
            self._findings.append(CiFinding(place, name, verdict, detail, line))

    def write(self, data: ReportData, report: Path | None = None) -> list[str]:
        """Hand over; returns lines for the terminal. What the host obeys is in ``commands``: lines that are
        printed as they stand. Raises UsageError or OSError where a file cannot be written.

        Args:
            report: the file that the summary points at; None where none was written.
        """
        if self.host == "github":
            place = place_of(report, checkout())
            add_to_summary(markdown(data, max_bytes=summary_room(), place=place))
            self.commands = annotation_lines(self._findings)
            return []
        if self.host == "gitlab":
            path = write_text(code_quality(self._findings), self._cwd / CODE_QUALITY)
            return [f"code quality: {shown_path(path, self._cwd)}"]
        return []
