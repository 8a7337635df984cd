"""A project with a task that a judge scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judging import registered

TASK = """
task: shout
samples:
  - {id: a, input: one}
  - {id: b, input: Two}
  - {id: c, input: three}
scorers: [asks]
metrics: ["mean:asks"]
gates: ["mean:asks >= 0.5"]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "shout.eval.yaml").write_text(TASK)
    monkeypatch.chdir(tmp_path)
    with registered():
        yield tmp_path
