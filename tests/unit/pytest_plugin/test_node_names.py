"""A node's name tells it from every other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.pytest_plugin.node_names import MAX_CHARS, node_name


@pytest.mark.parametrize("text", ["accuracy >= 0.55", "q[1]", "glue/sst2", "日本", "python:app:answer", "c1"])
def test_an_ordinary_text_is_its_own_name(text: str) -> None:
    assert node_name(text, is_leaf=True) == text


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True), st.booleans())
def test_two_texts_never_have_one_name(texts: list[str], is_leaf: bool) -> None:
    first, second = (node_name(text, is_leaf=is_leaf) for text in texts)
    assert first != second


@given(st.text())
def test_a_name_prints_and_cannot_end_a_node_id_early(text: str) -> None:
    name = node_name(text)
    assert name
    assert name.isprintable()
    assert len(name) <= MAX_CHARS + 13
    assert "::" not in f"x{name}x"
    assert "[" not in name


def test_what_stands_for_an_odd_text_is_not_the_name_of_that_very_text() -> None:
    odd = node_name("a::b")
    assert node_name(odd) != odd


def test_a_name_that_a_gate_has_is_left_to_it() -> None:
    assert node_name("accuracy >= 0.5", is_leaf=True, taken={"accuracy >= 0.5"}) != "accuracy >= 0.5"
