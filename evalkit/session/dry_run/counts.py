"""Calls that are counted, with their tokens."""

from __future__ import annotations

from evalkit.core.request import Request
from evalkit.models.model import Model
from evalkit.runner.budget.most_tokens import most_completion, n_bytes

#: Bytes of English text, and of many others, that a token stands for.
_BYTES_OF_TOKEN = 4
#: Tokens that a chat template puts around a message.
_FRAME = 4
#: What vendors take for an image, a recording or a file, roughly.
_MEDIA = 1000


class Counts:
    """Of the calls of one Model.

    Attributes:
        is_counted: whether the Model's own tokenizer counted all prompts; else they are estimated.
    """

    def __init__(self) -> None:
        self.n_calls = self.prompt_tokens = self.completion_most = 0
        self.is_counted = True

    def add(self, model: Model, request: Request) -> None:
        """One call more."""
        counted = model.count_tokens(request)
        self.n_calls += 1
        self.is_counted &= counted is not None
        self.prompt_tokens += estimated_tokens(request) if counted is None else counted
        self.completion_most += 0 if request.continuations is not None else most_completion(model, request)


def estimated_tokens(request: Request) -> int:
    """Tokens of a prompt where no tokenizer is at hand: a token for four bytes of text."""
    n_tokens = sum(_FRAME + _estimated(message.text) for message in request.messages)
    n_tokens += _MEDIA * len(request.media)
    if request.continuations is None:
        return n_tokens
    return sum(n_tokens + _estimated(each) for each in request.continuations)  # each behind the prompt


def _estimated(text: str) -> int:
    return -(-n_bytes(text) // _BYTES_OF_TOKEN)
