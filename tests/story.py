"""A small project for each story: an application under test, a task file, its cases."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

# Imported here, so that a session in this process finds them and leaves them.
from evalkit.store.store import Store
from tests.invocation import ALONE

#: Answers by upper-casing; ``fail`` raises, and each call is counted in a file. From call number
#: APP_HANGS_AT on no call returns.
APP = """
import itertools, os, time

numbers = itertools.count(1)

def answer(text):
    number = next(numbers)
    with open("calls.txt", "a") as file:
        file.write(text + "\\n")
    if number >= int(os.environ.get("APP_HANGS_AT", "1000000")):
        time.sleep(3600)
    if "explode" in text:
        raise ValueError("no answer to " + text)
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


class Libraries:
    """What sessions in this process import of libraries, which pytester forgets when they end.

    Left so, the next session would load them anew, beside what still holds the first: their classes would
    not be each other's, and what a C extension raises would not be what is caught.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()
        self._modules: dict[str, ModuleType] = {}

    def begin(self) -> None:
        """What is imported now is not forgotten."""
        self._known = set(sys.modules)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        new = [(name, module) for name, module in sys.modules.items() if name not in self._known]
        self._modules |= {name: module for name, module in new if not self._is_of_story(module)}

    def put_back(self) -> None:
        """Undo the forgetting. What lies in the story's own folder is another thing in the next story."""
        for name, module in self._modules.items():
            sys.modules.setdefault(name, module)

    def _is_of_story(self, module: ModuleType) -> bool:
        about = getattr(module, "__dict__", {})  # Some modules load what they are asked for.
        places = [about.get("__file__"), *about.get("__path__", ())]
        return any(place and Path(place).is_relative_to(self._folder) for place in places)


#: Plugins by name for sessions in this process, whose search of all that is installed takes a tenth of each.
NAMED = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "evalkit.pytest_plugin,xdist.plugin"}


class Story:
    """A project folder and pytest runs in it."""

    def __init__(self, pytester: pytest.Pytester, libraries: Libraries) -> None:
        self.pytester = pytester
        self._libraries = libraries
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
        """``pytest suites ARGS`` with a model; assertions on the result are the test's.

        In this process (workers aside), which saves a start of Python and all imports, unless the story has a
        bound on its time or is about what is imported without a model.
        """
        options = [f"--llm-model={model}"] if model else []
        named = [arg for arg in args if not arg.startswith("-") and (self.path / arg.split("::")[0]).exists()]
        paths = [] if named else ["suites"]
        command = [*paths, *options, *ALONE, "-p", "no:cacheprovider", *args]
        if model is None or timeout_s is not None:
            return self.pytester.runpytest_subprocess(*command, timeout=timeout_s)
        self._libraries.begin()
        try:
            with mock.patch.dict(os.environ, NAMED):
                return self.pytester.runpytest_inprocess(*command, plugins=[self._libraries])
        finally:
            self._libraries.put_back()

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
