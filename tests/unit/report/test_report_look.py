"""Colour and pictures where a terminal reads; plain text where a program does."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.report.look import Look, look_of
from tests.unit.store.records import write_run


class Terminal(io.TextIOWrapper):
    """A stream that says it is one."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True


def pipe() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8")


@pytest.mark.parametrize(
    "environment, has_color, has_pictures",
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, False, True),
        ({"NO_COLOR": ""}, True, True),
        ({"CLICOLOR": "0"}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, True),
    ],
)
def test_a_terminal_gets_what_its_reader_asked_for(
    environment: dict[str, str], has_color: bool, has_pictures: bool
) -> None:
    look = look_of(Terminal(), environment)
    assert (look.has_color, look.has_pictures) == (has_color, has_pictures)


@pytest.mark.parametrize("environment, has_color", [({}, False), ({"FORCE_COLOR": "0"}, False),
                                                    ({"CLICOLOR_FORCE": "1"}, True)])  # fmt: skip
def test_a_pipe_is_plain_unless_it_is_forced(environment: dict[str, str], has_color: bool) -> None:
    assert look_of(pipe(), environment).has_color == has_color


def test_the_width_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "90")
    assert look_of(Terminal(), {}).width == 90
    assert look_of(pipe(), {}).width == Look().width


def test_an_encoding_without_the_signs_gets_plain_ones_in_as_many_columns() -> None:
    look = look_of(Terminal("latin-1"), {})
    assert look.painted("■ ├──■─┤ ║ │ −0.1 · é") == "x [--x-] ! | -0.1 · é"
    assert look.painted("日") == "\\u65e5"


def test_nothing_but_its_own_colour_reaches_a_terminal() -> None:
    assert Look(has_color=True).painted("a\x1b[2Jb", "red") == "\x1b[31ma[U+001B][2Jb\x1b[0m"


def test_compare_draws_and_colours_what_it_prints_to_a_pipe_as_plain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "results.duckdb"
    for run_id, values in (("good", (1.0,) * 40), ("bad", (1.0,) * 20 + (0.0,) * 20)):
        write_run(store, run_id, values=values)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    main(["compare", "good", "bad", "--store", str(store)])
    plain = capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["compare", "good", "bad", "--store", str(store)])
    colored = capsys.readouterr().out
    assert "\x1b" not in plain
    assert "▼" not in plain
    assert re.search(r"\x1b\[31m▼ accuracy .*├─+▼─+┤.*−0.500 \[.*\x1b\[0m", colored)
    assert "\x1b[31m✗ worse\x1b[0m\n" in colored
    without = re.sub(r"\x1b\[\d+m", "", colored)
    assert [line for line in plain.splitlines() if line not in without.splitlines()] == []
