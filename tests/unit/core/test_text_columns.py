"""How wide texts are on a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.text_columns import clipped, columns, padded


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert (columns("ab"), columns("日本"), columns("e\u0301")) == (2, 4, 1)


def test_a_name_keeps_both_ends() -> None:
    assert clipped("bbh/logical_deduction_seven_objects", 21) == "bbh/logica…en_objects"


@given(st.text(), st.integers(2, 40))
def test_a_clipped_text_is_never_wider_than_asked_for(text: str, width: int) -> None:
    assert columns(clipped(text, width)) <= width


def test_a_text_is_filled_up_on_the_side_that_is_asked_for() -> None:
    assert (padded("日", 4), padded("日", 4, is_right=True)) == ("日  ", "  日")
