"""Commands in a folder of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.cli import main

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of the folder that the commands run in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALKIT_STORE", raising=False)
    return tmp_path / ".evalkit/results.duckdb"


@pytest.fixture
def evalkit(store: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Status, standard output and error output of a command."""

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def answer(evalkit: Command, *words: str) -> Any:
    status, out, _ = evalkit(*words, "--json")
    assert status in (0, 1, 2)
    return json.loads(out)
