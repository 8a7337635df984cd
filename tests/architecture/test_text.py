"""What no file of the repository may say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, relative, text_files

# The words are put together here, so that this file does not hold them itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
MACHINE = re.compile(r"(?<![\w.$}/-])/(work|root|home/\w+|Users/\w+)/")


def lines_that_match(pattern: re.Pattern[str], path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{relative(path)}:{i}: {line.strip()}" for i, line in enumerate(lines, 1) if pattern.search(line)
    ]


@pytest.mark.parametrize(
    "pattern", [UNFINISHED, MACHINE], ids=["unfinished work", "a path of somebody's machine"]
)
def test_no_file_holds(pattern: re.Pattern[str]) -> None:
    assert not [line for path in text_files() for line in lines_that_match(pattern, path)]


def test_no_file_names_the_folder_that_it_was_cloned_into() -> None:
    pattern = re.compile(re.escape(str(ROOT)) + r"\b")
    assert not [line for path in text_files() for line in lines_that_match(pattern, path)]


def test_every_file_ends_with_a_line_end_and_no_line_with_white_space() -> None:
    wrong = []
    for path in text_files():
        text = path.read_text(encoding="utf-8")
        is_golden = "golden" in path.parts or "data" in path.parts
        if text and not is_golden and (not text.endswith("\n") or re.search(r"[ \t]$", text, re.MULTILINE)):
            wrong.append(relative(path))
    assert not wrong
