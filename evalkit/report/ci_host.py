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

#: Bytes that the summary of a step takes ("Step isolation and limits").
#: Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
_SUMMARY_BYTES = 1024 * 1024


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


def comment_room(environment: Mapping[str, str] = os.environ) -> int:
    """Bytes that a comment of this host takes, with room for a few of the reader's own words. Characters are
    what hosts count (GitHub 65,536, Bitbucket 32,768, Azure 150,000, GitLab a million), never more than
    bytes."""
    return 30_000 if environment.get("BITBUCKET_BUILD_NUMBER") else 60_000


def summary_room() -> int:
    """Bytes that the summary of the step still takes: GitHub drops all of one that is too long."""
    try:
        used = Path(os.environ.get("GITHUB_STEP_SUMMARY", "")).stat().st_size
    except OSError:
        used = 0
    return max(_SUMMARY_BYTES - used - 1024, 0)


def checkout() -> Path:
    """The folder that paths of artefacts count from; where no host names it, this one."""
    names = (*_CHECKOUTS.values(), "BUILD_SOURCESDIRECTORY", "BITBUCKET_CLONE_DIR")
    return Path(next(filter(None, map(os.environ.get, names)), "."))


def add_to_summary(text: str) -> None:
    """Append to the summary of the step, where GitHub wants one. Raises OSError."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
