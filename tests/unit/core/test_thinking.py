"""Thinking in an output is kept apart from the answer."""

from __future__ import annotations

import pytest

from evalkit.core.response import Response
from evalkit.core.thinking import without_thinking

CASES = {
    "<think>\nTwo and two.\n</think>\n\n4": ("4", "Two and two."),
    "Two and two.</think>4": ("4", "Two and two."),
    "  <think>a</think>b </think> c": ("b </think> c", "a"),
    "<think>Two and": ("", "Two and"),
    "<think></think>4": ("4", None),
    "4": ("4", None),
    "Write <think> before a thought": ("Write <think> before a thought", None),
    "A tag is <think>so</think>": ("A tag is <think>so</think>", None),
}


@pytest.mark.parametrize("given", CASES)
def test_a_block_at_the_beginning_is_reasoning_and_the_rest_is_the_answer(given: str) -> None:
    found = without_thinking(Response(given))
    assert (found.output, found.reasoning) == CASES[given]


def test_what_the_provider_gave_as_reasoning_stays_before_it() -> None:
    assert without_thinking(Response("<think>b</think>x", reasoning="a")).reasoning == "a\n\nb"
