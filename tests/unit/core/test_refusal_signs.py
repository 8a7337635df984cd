"""Answers without any sign of a refusal are told without the pattern, and it would say the same of them."""

from __future__ import annotations

import re

import pytest

from evalkit.core.refusal import HEAD_CHARS, PATTERN, is_refusal


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but no.", "I am really sorry", "I apologise for that", "I apologize", "I can't help you",
        "We cannot assist", "I can not provide it", "I won’t answer", "I will not write that",
        "I am not able to do so", "I'm unable to", "I am not comfortable with it", "As an AI, I do not",
        "It is against my guidelines", "Not appropriate for me to say", "That is not appropriate to say",
        "Paris.", "A can of beans", "Sorry tale", "the sun", "", f"{'x' * HEAD_CHARS}I can't help you",
    ],
)  # fmt: skip
def test_the_signs_change_no_answer(text: str) -> None:
    assert is_refusal(text) == (re.search(PATTERN, text[:HEAD_CHARS].lower()) is not None)
