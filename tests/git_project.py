"""A project under git whose prompt changes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

FILE = "prompts/support.prompt.md"
_NOBODY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
_WHO = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))}  # fmt: skip


class GitProject:
    """Commits a day apart, from 2026-01-01 on.

    Attributes:
        is_quick: whether further commits are of the same second.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._n_commits = 0
        self.is_quick = False
        self.git("init", "-q", "-b", "main", ".")

    def git(self, *words: str) -> str:
        date = f"2026-01-{self._n_commits + 1:02d}T00:00:00Z"
        environment = {
            **os.environ, **_NOBODY, **_WHO, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date,
        }  # fmt: skip
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str, text: str | None = None, file: str = FILE) -> str:
        """Put a text into a file, where there is one, and commit everything; the hash of the commit."""
        if text is not None:
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "-q", "-m", message)
        self._n_commits += not self.is_quick
        return self.git("rev-parse", "HEAD")
