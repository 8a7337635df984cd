"""Texts on their way to terminals, logs and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.text import inert, name_of, shown, visible

CONTROLS = [
    "\x1b",
    "\x07",
    "\x00",
    "\x7f",
    "\x9b",
    "\x9d",
    "\r",
    "\x08",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u2028",
    "\ud800",
    "\U000e0041",
    "\ufeff",
]


@pytest.mark.parametrize("control", CONTROLS, ids=ascii)
def test_what_a_terminal_obeys_is_shown_by_number(control: str) -> None:
    number = f"[U+{ord(control):04X}]"
    assert visible(f"a{control}b") == inert(f"a{control}b") == name_of(f"a{control}b") == f"a{number}b"
    assert control not in shown([control])


@pytest.mark.parametrize("text", ["日本語 नमस्ते", "👩‍👩‍👧", "naïve\tx", "می‌خواهم"])
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == inert(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "::set-output name=x::y",
        "  ::add-mask::x",
        "a\n::stop-commands::t",
        "\u3000::error::x",
        "\t::x",
        "a ##[command]b",
        "##vso[task.setvariable]",
        "##teamcity[x]",
        "x\r::error::",
        "x\u2028::error::",
        "a\n\n  ::x",
    ],
)
def test_no_line_is_a_command_of_a_ci_host(text: str) -> None:
    for line in inert(text).splitlines():
        assert not line.strip().startswith("::")
        assert "##[" not in line
        assert "##vso[" not in line
        assert "##teamcity[" not in line


def test_a_section_mark_of_gitlab_is_none_without_what_moves_the_cursor() -> None:
    assert inert("section_start:1:x\r\x1b[0K") == "section_start:1:x[U+000D][U+001B][0K"


@pytest.mark.parametrize(
    "text", ["a::b", "suites/a.eval.yaml::m::accuracy >= 0.5", "a: :", "# [x]", "ratio :: 3"]
)
def test_colons_and_brackets_elsewhere_stay(text: str) -> None:
    assert inert(text) == text


@given(st.text(st.sampled_from(":#[v so\n\t\x1b") | st.characters()))
def test_what_is_inert_stays_as_it_is(text: str) -> None:
    assert inert(inert(text)) == inert(text)


@given(
    st.lists(
        st.text(st.sampled_from("[]U+001B\x1b\n\t0A#23"), max_size=12), min_size=2, max_size=2, unique=True
    )
)
def test_two_names_stay_two(texts: list[str]) -> None:
    assert name_of(texts[0]) != name_of(texts[1])
