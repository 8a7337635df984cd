"""Tokens of a prompt, without the model."""

from __future__ import annotations

from typing import Any

from evalkit.core.request import Request
from evalkit.models.torch_engine.layout import prompt_text, prompt_tokens
from evalkit.models.torch_engine.log_likelihoods import tokenized


def count_tokens(tokenizer: Any, request: Request, *, is_chat: bool) -> int:
    """Of a generation all that is read; of a ranking the context once, and each continuation.

    Raises ModelError where the chat template refuses the messages.
    """
    if request.continuations is None:
        text = prompt_text(tokenizer, request, is_chat=is_chat)
        return len(prompt_tokens(tokenizer, text, is_chat=is_chat))
    text = prompt_text(tokenizer, request, is_chat=is_chat and request.has_roles)
    choices = tokenized(tokenizer, text, request.continuations)
    return len(choices.context) + sum(map(len, choices.continuations))
