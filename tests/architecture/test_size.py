"""Files and functions stay small enough to be read at one go."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.architecture.tree import functions, n_lines, package_files, relative, text_files

MOST_LINES = 400
MEDIAN_LINES = (60, 130)
MOST_FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 15


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_python_file_has_more_than_400_lines() -> None:
    sizes = {relative(path): line_count(path) for path in text_files() if path.suffix == ".py"}
    assert not {name: size for name, size in sizes.items() if size > MOST_LINES}


def test_the_median_module_of_the_package_has_60_to_130_lines() -> None:
    low, high = MEDIAN_LINES
    sizes = [line_count(path) for path in package_files() if path.name != "__init__.py"]
    assert low <= statistics.median(sizes) <= high


def test_no_function_of_the_package_has_more_than_60_lines() -> None:
    long = [
        f"{relative(path)}:{function.lineno} {function.name} has {n_lines(function)}"
        for path in package_files()
        for function in functions(path)
        if n_lines(function) > MOST_FUNCTION_LINES
    ]
    assert not long


def test_the_median_function_of_the_package_has_at_most_15_lines() -> None:
    lengths = [n_lines(function) for path in package_files() for function in functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION_LINES


def test_four_functions_in_five_of_the_package_have_at_most_15_lines() -> None:
    lengths = [n_lines(function) for path in package_files() for function in functions(path)]
    n_short = sum(length <= MEDIAN_FUNCTION_LINES for length in lengths)
    assert n_short / len(lengths) >= 0.8


@pytest.mark.parametrize("stem", ["common", "helpers", "manager", "misc", "util", "utils"])
def test_no_file_has_a_name_that_says_nothing(stem: str) -> None:
    assert not [relative(path) for path in text_files() if path.stem == stem]
