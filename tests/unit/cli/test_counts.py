"""How many of something, as a user types it."""

from __future__ import annotations

import argparse

import pytest

from evalkit.cli import main
from evalkit.cli.counts import count


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("000012", 12)])
def test_whole_numbers_are_counts(text: str, number: int) -> None:
    assert count(text) == number


@pytest.mark.parametrize("text", ["-1", "", "1.5", "x", "²", "9" * 5_000])
def test_what_is_no_count_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number of 0 or more"):
        count(text)


def test_a_list_of_less_than_no_runs_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--limit=-1"]) == 4
    assert "'-1' is not a whole number of 0 or more" in capsys.readouterr().err
