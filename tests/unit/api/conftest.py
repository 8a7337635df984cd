"""A folder with one suite, and the working directory of a caller."""

from __future__ import annotations

from pathlib import Path

import pytest

TASK = """
task: shout
samples:
  - {id: a, input: one, target: ONE}
  - {id: b, input: two, target: TWO}
  - {id: c, input: threes, target: THREES}
  - {id: d, input: four, target: FOUR}
metrics: [accuracy]
gates: [accuracy >= 0.9]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites/shout.eval.yaml").write_text(TASK)
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def right(text: str) -> str:
    return text.upper()


def wrong(text: str) -> str:
    return "?"
