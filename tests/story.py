"""A small project for each story: an application under test, a task file, its cases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evalkit.store.store import Store

#: Answers by upper-casing; ``fail`` raises, and each call is counted in a file.
APP = """
import os, time

def answer(text):
    with open("calls.txt", "a") as file:
        file.write(text + "\\n")
    if "explode" in text:
        raise ValueError("no answer to " + text)
    time.sleep(float(os.environ.get("APP_SLEEP_S", "0")))
    return text.upper()

def lower(text):
    return text.lower()

def worse(text):
    return text.upper() if sum(map(ord, text)) % 3 else "?"

async def answer_async(text):
    return text.upper()
"""

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
gates:
  - accuracy >= 0.5
"""


class Story:
    """A project folder and pytest runs in it, each in a process of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = Path(pytester.path)
        self.write("app.py", APP)
        self.write("suites/shout.eval.yaml", TASK)
        self.cases(10)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def cases(self, n: int, **more: Any) -> None:
        """``n`` samples whose target is the upper-cased input."""
        rows = [{"id": f"c{i}", "input": f"word {i}", "target": f"WORD {i}", **more} for i in range(n)]
        self.rows(rows)

    def rows(self, rows: Sequence[dict[str, Any]], name: str = "suites/cases.jsonl") -> None:
        self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def run(
        self, *args: str, model: str | None = "python:app:answer", timeout_s: float | None = None
    ) -> pytest.RunResult:
        """``pytest suites ARGS`` with a model; assertions on the result are the test's."""
        options = [f"--llm-model={model}"] if model else []
        named = [arg for arg in args if not arg.startswith("-") and (self.path / arg.split("::")[0]).exists()]
        paths = [] if named else ["suites"]
        return self.pytester.runpytest_subprocess(
            *paths, *options, "-p", "no:cacheprovider", *args, timeout=timeout_s
        )

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query on the story's store, spools folded in first."""
        with Store.open(self.path / ".evalkit/results.duckdb") as store:
            cursor = store.connection.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def calls(self) -> list[str]:
        """Inputs that the application was asked, in order."""
        path = self.path / "calls.txt"
        return path.read_text().splitlines() if path.exists() else []
