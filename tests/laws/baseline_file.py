"""The process that sessions fork from, and a baseline's file that one of them wrote."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from tests.invocation import ALONE
from tests.laws.processes import Zygote
from tests.laws.project import CANARY, Project
from tests.laws.seen import Stored

_ZYGOTE: list[Zygote] = []


def zygote() -> Zygote:
    """One for the process."""
    if not _ZYGOTE:
        _ZYGOTE.append(Zygote())
    return _ZYGOTE[0]


@cache
def exported() -> tuple[bytes, str]:
    """A baseline's file and the id of its run, as an ordinary project gives it away."""
    with tempfile.TemporaryDirectory(prefix="evalkit-laws-") as root:
        project = Project(Path(root) / "project")
        project.add_rows(3)
        project.save()
        zygote().run(
            "pytest",
            [
                "suites",
                "--llm-model=python:app:answer",
                "--llm-report=off",
                "--llm-save-baseline=main",
                *ALONE,
            ],
            project.folder,
            env={"APP_API_KEY": CANARY},
        )
        zygote().run("evalkit", ("baseline", "export", "main", "main.jsonl"), project.folder)
        with Stored(project.folder) as stored:
            return (project.folder / "main.jsonl").read_bytes(), stored.baselines()["main"]
