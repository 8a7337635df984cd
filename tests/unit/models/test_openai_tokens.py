"""Prompts for OpenAI's models are counted by OpenAI's rule, and nothing is fetched for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha1
from pathlib import Path

import pytest

from evalkit.core.message import Message
from evalkit.core.request import Request
from evalkit.models.wire import openai_tokens
from evalkit.models.wire.openai_tokens import chat_tokens
from tests.asking import ask


class Words:
    """A token for each word."""

    def encode_ordinary(self, text: str) -> list[str]:
        return text.split()


@pytest.fixture
def request_of_three() -> Request:
    """Three messages of 1, 4 and 2 words."""
    texts = [("system", "Hush"), ("user", "what is the time"), ("assistant", "past noon")]
    return replace(ask("x"), messages=tuple(Message(role, text) for role, text in texts), has_roles=True)


def test_role_and_content_of_each_message_count_and_three_around_it(
    monkeypatch: pytest.MonkeyPatch, request_of_three: Request
) -> None:
    monkeypatch.setattr(openai_tokens, "_vocabulary", lambda name: Words())
    assert chat_tokens("gpt-4o", request_of_three) == 3 * (3 + 1) + (1 + 4 + 2) + 3


def test_what_is_no_text_is_not_counted(monkeypatch: pytest.MonkeyPatch, request_of_three: Request) -> None:
    monkeypatch.setattr(openai_tokens, "_vocabulary", lambda name: Words())
    tool: Mapping[str, object] = {"type": "function", "function": {"name": "look"}}
    assert chat_tokens("gpt-4o", replace(request_of_three, tools=(tool,))) is None


def test_a_vocabulary_is_one_that_lies_in_the_cache_of_tiktoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in openai_tokens._FOLDERS:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setitem(os.environ, "TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert not openai_tokens._is_here("o200k_base")
    address = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    (tmp_path / sha1(address.encode()).hexdigest()).write_bytes(b"")
    assert openai_tokens._is_here("o200k_base")
