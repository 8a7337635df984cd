"""A prompt's source is split as it is written."""

from __future__ import annotations

import pytest

from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError


def test_a_comment_may_stand_before_the_first_role() -> None:
    prompt = Prompt.parse("{# Terse, version 2.\n   CC0 #}\nsystem:\nBe brief.\nuser:\n{{ input }}\n")
    assert [(turn.role, turn.template) for turn in prompt.turns] == [
        ("system", "Be brief."),
        ("user", "{{ input }}"),
    ]


def test_a_leading_comment_leaves_no_empty_line_in_a_prompt_without_roles() -> None:
    assert Prompt.parse("{# title #}\nReview: {{ input }}").turns[0].template == "Review: {{ input }}"


def test_text_before_the_first_role_is_refused() -> None:
    with pytest.raises(TemplateError, match="before the first role"):
        Prompt.parse("Hello\nuser:\n{{ input }}")


def test_a_message_whose_content_is_null_is_not_the_word_none() -> None:
    with pytest.raises(TemplateError, match="cannot be read"):
        Prompt.from_value([{"role": "user", "content": None}])
