"""``make demo``: two sessions, and a red that is a result."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: Stands in for the interpreter: says what it was asked, and ends as it is told to.
PYTHON = """#!/bin/sh
echo "asked: $@"
for word in "$@"; do
  case $word in --llm-report=off) exit $FIRST;; --llm-report=*) echo page > "${word#*=}"; exit $SECOND;; esac
done
"""


def demo(folder: Path, first: int, second: int) -> subprocess.CompletedProcess[str]:
    python = folder / "bin/python"
    python.parent.mkdir()
    python.write_text(PYTHON, encoding="utf-8")
    python.chmod(0o755)
    for name in (".python", ".weights", ".demo"):
        (folder / name).touch()
    words = ["make", "demo", f"VENV={folder}", f"DEMO_REPORT={folder}/demo.html"]
    environment = {**os.environ, "FIRST": str(first), "SECOND": str(second)}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_gate_that_fails_is_explained_and_the_demo_ends_green(tmp_path: Path) -> None:
    done = demo(tmp_path, 0, 1)
    assert done.returncode == 0, done.stderr
    assert "In CI this session would end with status 1" in done.stdout
    assert f"{tmp_path}/demo.html" in done.stdout
    asked = [line for line in done.stdout.splitlines() if line.startswith("asked: ")]
    prompts = [word.partition("=")[2].split("=") for word in asked[1].split() if "--llm-prompt=" in word]
    assert [name for name, *_ in prompts] == ["default", "examples", "instruction"]
    assert all((ROOT / path).is_file() for _, *paths in prompts for path in paths)


@pytest.mark.parametrize(("first", "second"), [(1, 0), (0, 4)])
def test_a_session_that_breaks_ends_the_demo_red(tmp_path: Path, first: int, second: int) -> None:
    assert demo(tmp_path, first, second).returncode != 0
