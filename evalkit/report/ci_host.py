"""The CI host that a command or a session runs on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

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


def inside_checkout(host: Host, root: Path) -> Path:
    """Where ``root`` lies in the checkout, which the host's paths count from."""
    checkout = os.environ.get(_CHECKOUTS.get(host, ""))
    if checkout and root.resolve().is_relative_to(Path(checkout).resolve()):
        return root.resolve().relative_to(Path(checkout).resolve())
    return Path()


def add_to_summary(text: str) -> None:
    """Append to the summary of the step, where GitHub wants one. Raises OSError."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
