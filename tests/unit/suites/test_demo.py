"""``make demo``: three sessions, and a red that is a result; and the pictures of it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: Stands in for the interpreter: says what it was asked, and ends as it is told to.
PYTHON = """#!/bin/sh
echo "asked: $@"
for word in "$@"; do
  case $word in --llm-report=off) exit $EARLIER;; --llm-report=*) echo page > "${word#*=}"; exit $LAST;; esac
done
"""


def demo(folder: Path, earlier: int, last: int) -> subprocess.CompletedProcess[str]:
    python = folder / "bin/python"
    python.parent.mkdir()
    python.write_text(PYTHON, encoding="utf-8")
    python.chmod(0o755)
    for name in (".python", ".weights", ".demo"):
        (folder / name).touch()
    words = ["make", "demo", f"VENV={folder}", f"DEMO_REPORT={folder}/demo.html"]
    environment = {**os.environ, "EARLIER": str(earlier), "LAST": str(last)}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_gate_that_fails_is_explained_and_the_demo_ends_green(tmp_path: Path, earlier: int) -> None:
    done = demo(tmp_path, earlier, 1)
    assert done.returncode == 0, done.stderr
    assert "In CI this session would end with status 1" in done.stdout
    assert f"{tmp_path}/demo.html" in done.stdout
    asked = [line for line in done.stdout.splitlines() if line.startswith("asked: ")]
    prompts = [
        [word.partition("=")[2].split("=") for word in line.split() if "--llm-prompt=" in word]
        for line in asked
    ]
    names = [[name for name, *_ in its] for its in prompts]
    assert names == [["default", "examples"], ["examples"], ["default", "examples", "instruction"]]
    assert all((ROOT / path).is_file() for its in prompts for _, *paths in its for path in paths)


@pytest.mark.parametrize(("earlier", "last"), [(3, 0), (0, 4)])
def test_a_session_that_breaks_ends_the_demo_red(tmp_path: Path, earlier: int, last: int) -> None:
    assert demo(tmp_path, earlier, last).returncode != 0


def test_make_pictures_takes_what_the_readme_shows() -> None:
    shown = set(re.findall(r"docs/images/[\w-]+\.png", (ROOT / "README.md").read_text("utf-8")))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    taken = re.findall(r"^PICTURES := (.+)$", makefile, re.MULTILINE)[0].split()
    assert shown
    assert shown <= set(taken)
    assert all((ROOT / path).is_file() for path in taken)
