"""Where a Run comes from: commit, command line, host."""

from __future__ import annotations

import os
import platform
import secrets
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from evalkit.core.run import Run
from evalkit.redaction.redact import redact_all
from evalkit.version import __version__


def describe_run(root: Path, argv: Sequence[str], *, is_partial: bool) -> Run:
    """A new Run with an id of its own: UTC time to the second, then four random hex digits."""
    now = time.time()
    run_id = time.strftime("%Y%m%d-%H%M%S-", time.gmtime(now)) + secrets.token_hex(2)
    commit, branch, is_dirty = _git(root)
    return Run(
        run_id,
        started_at=now,
        is_partial=is_partial,
        git_commit=commit,
        git_branch=branch,
        git_dirty=is_dirty,
        evalkit_version=__version__,
        argv=redact_all(argv),
        host=platform.node(),
    )


def _git(root: Path) -> tuple[str | None, str | None, bool | None]:
    try:
        result = subprocess.run(
            ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"],
            cwd=root, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None, None, None
    headers = dict(
        line[2:].split(" ", 1) for line in result.stdout.splitlines() if line.startswith("# branch.")
    )
    commit = headers.get("branch.oid")
    is_dirty = any(line and not line.startswith("#") for line in result.stdout.splitlines())
    branch = headers.get("branch.head")
    return (
        None if commit in (None, "(initial)") else commit,
        branch_of_host(os.environ, commit) if branch in (None, "(detached)") else branch,
        is_dirty,
    )


def branch_of_host(environment: Mapping[str, str], commit: str | None) -> str | None:
    """The branch whose head a CI host checked out, for hosts leave the head detached. None for a tag and for
    what would be merged: that is not a commit of the branch yet."""
    if commit is None:
        return None
    if environment.get("CI_COMMIT_SHA") == commit:  # GitLab
        return environment.get("CI_COMMIT_BRANCH") or None
    reference = environment.get("GITHUB_REF", "")
    if environment.get("GITHUB_SHA") == commit and reference.startswith("refs/heads/"):
        return reference.removeprefix("refs/heads/")
    return None
