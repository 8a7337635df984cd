"""Two contents tell which fields of a sample changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.content import changed_fields, content_text

PLAIN = content_text([("input", "1 + 1"), ("target", "2")])


def test_equal_samples_have_no_changed_field() -> None:
    assert changed_fields(PLAIN, content_text([("input", "1 + 1"), ("target", "2")])) == []


def test_the_field_that_changed_is_named() -> None:
    assert changed_fields(PLAIN, content_text([("input", "1 + 1"), ("target", "3")])) == ["target"]


def test_a_field_that_came_or_went_is_named() -> None:
    assert changed_fields(PLAIN, content_text([("input", "1 + 1"), ("target", "2"), ("choices", ["2"])])) == [
        "choices"
    ]


def test_a_field_of_the_row_counts_where_both_sides_read_it() -> None:
    old, new = (content_text([("input", "x"), ("row.passage", text)]) for text in ("a", "b"))
    assert changed_fields(old, new) == ["passage"]
    assert changed_fields(content_text([("input", "x")]), new) == []


def test_nothing_is_told_of_samples_without_a_content() -> None:
    assert changed_fields(None, PLAIN) is None
    assert changed_fields("0123456789abcdef", PLAIN) is None


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_any_name_of_a_column_comes_back_as_it_was(row: dict[str, str]) -> None:
    old = content_text((f"row.{name}", text) for name, text in row.items())
    new = content_text((f"row.{name}", text + "!") for name, text in row.items())
    assert changed_fields(old, new) == [name.encode("utf-8", "replace").decode() for name in row]
