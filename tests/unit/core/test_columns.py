"""Columns stand for the items that they were taken from."""

from __future__ import annotations

import pytest

from evalkit.core.columns import Columns, column_of, taken
from evalkit.core.score import Score

SCORES = [Score("choice", 1.0, "a"), Score("choice", 0.5), Score("choice", error="broke")]
FIELDS = ("scorer", "value", "answer", "explanation", "error")


def columns() -> Columns[Score]:
    return Columns(Score, {name: [getattr(score, name) for score in SCORES] for name in FIELDS})


def test_columns_give_the_items_that_they_were_taken_from() -> None:
    assert list(columns()) == SCORES
    assert [columns()[i] for i in (-1, 0, 1)] == [SCORES[i] for i in (-1, 0, 1)]
    assert columns() == SCORES
    assert columns() != SCORES[:2]


def test_a_slice_and_chosen_rows_are_those_items() -> None:
    assert list(columns()[1:]) == SCORES[1:]
    assert list(taken(columns(), [0, 2])) == [SCORES[0], SCORES[2]]
    assert taken(SCORES, [0, 2]) == [SCORES[0], SCORES[2]]


def test_an_index_beyond_the_end_is_an_error() -> None:
    with pytest.raises(IndexError):
        columns()[3]


def test_a_field_is_the_same_of_columns_and_of_items() -> None:
    assert column_of(columns(), "value") == column_of(SCORES, "value") == [1.0, 0.5, None]
