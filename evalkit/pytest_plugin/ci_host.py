"""The CI host that the session runs on, and what it is told beyond the exit status."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from evalkit.core.text import shown_path
from evalkit.report.ci import CiFinding, annotation_lines, code_quality
from evalkit.report.data import ReportData
from evalkit.report.markdown import markdown
from evalkit.report.write import write_text

Host = Literal["github", "gitlab", "off"]

#: Variables that name the folder of the checkout.
_CHECKOUTS: dict[Host, str] = {"github": "GITHUB_WORKSPACE", "gitlab": "CI_PROJECT_DIR"}

#: Where GitLab's report is written; ``artifacts: reports: codequality:`` names it.
CODE_QUALITY = Path("reports/gl-code-quality-report.json")


def detect(asked: str, environment: Mapping[str, str] = os.environ) -> Host:
    """``auto`` is what the environment says, anything else what was asked for."""
    if asked in ("github", "gitlab", "off"):
        return asked  # type: ignore[return-value]
    if environment.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if environment.get("GITLAB_CI") == "true" else "off"


def _inside_checkout(host: Host, root: Path) -> Path:
    """Where pytest's root, which node ids count from, lies in the checkout, which the host's paths count
    from."""
    checkout = os.environ.get(_CHECKOUTS.get(host, ""))
    if checkout and root.resolve().is_relative_to(Path(checkout).resolve()):
        return root.resolve().relative_to(Path(checkout).resolve())
    return Path()


class CiReport:
    """Gathers what did not pass, and hands it to the host at the end."""

    def __init__(self, host: Host, cwd: Path, root: Path | None = None) -> None:
        self.host = host
        self._cwd = cwd
        self._prefix = _inside_checkout(host, root or cwd)
        self._findings: list[CiFinding] = []
        self.commands: list[str] = []

    def note(self, report: pytest.TestReport) -> None:
        """Remember an item of evalkit that failed or is undecided."""
        properties = dict(report.user_properties)
        verdict = properties.get("verdict")
        if self.host != "off" and report.when == "call" and verdict in ("fail", "error", "undecided"):
            path, _, name = report.nodeid.partition("::")
            place = (self._prefix / path).as_posix()
            line = (report.location[1] or 0) + 1
            self._findings.append(CiFinding(place, name, verdict, str(properties.get("detail", "")), line))

    def write(self, data: ReportData) -> list[str]:
        """Hand over; returns lines for the terminal. What the host obeys is in ``commands``: lines that are
        printed as they stand. Raises UsageError or OSError where a file cannot be written."""
        if self.host == "github":
            if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
                with Path(summary).open("a", encoding="utf-8", errors="replace") as file:
                    file.write(markdown(data))
            self.commands = annotation_lines(self._findings)
            return []
        if self.host == "gitlab":
            path = write_text(code_quality(self._findings), self._cwd / CODE_QUALITY)
            return [f"code quality: {shown_path(path, self._cwd)}"]
        return []
