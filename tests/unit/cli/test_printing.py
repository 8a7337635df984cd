"""Tables fit the terminal, whatever stands in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evalkit.cli.printing import cell_text, table_lines
from evalkit.core.text_columns import columns


def test_numbers_stand_to_the_right_under_their_header() -> None:
    assert table_lines(("name", "n"), [("a", 5), ("bb", 1234)], right=("n",)) == [
        "name     n",
        "a        5",
        "bb    1234",
    ]


def test_the_widest_column_is_cut_until_the_table_fits() -> None:
    lines = table_lines(("id", "text"), [("a", "x" * 50), ("b", "y")], width=20)
    assert lines[1] == "a   " + "x" * 15 + "…"
    assert lines[2] == "b   y"


def test_what_has_to_be_copied_is_never_cut() -> None:
    lines = table_lines(("run", "text"), [("r" * 30, "x" * 50)], whole=("run",), width=20)
    assert lines[1] == "r" * 30 + "  " + "x" * 7 + "…"


def test_a_wide_character_takes_two_columns_and_a_combining_one_none() -> None:
    assert (columns("ab"), columns("漢字"), columns("e\u0301")) == (2, 4, 1)


def test_hidden_characters_and_line_ends_do_not_break_the_table() -> None:
    assert cell_text("a\nb\x1b[31m\u202e") == "a b[U+001B][31m[U+202E]"


@given(
    st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60), st.integers()), max_size=5),
    st.integers(30, 120),
)
def test_no_line_is_wider_than_asked(rows: list[tuple[str, str, int]], width: int) -> None:
    assert all(columns(line) <= width for line in table_lines(("a", "b", "c"), rows, width=width))
