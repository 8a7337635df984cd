"""How an answer ended, in six words that hold for every provider."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, get_args

#: ``stop``: by itself. ``length``: cut at a bound on tokens. ``tool_calls``: to have tools called.
#: ``refusal``: the model declined. ``content_filter``: the provider kept text back. ``other``: none of these.
FinishReason = Literal["stop", "length", "tool_calls", "refusal", "content_filter", "other"]

#: Vendors' own words, in lower case: OpenAI, Anthropic, Gemini, Bedrock, Cohere, Mistral, TGI, HELM, Inspect.
#: The migration to version 14 of the store has the same list.
VENDOR_WORDS: Mapping[FinishReason, tuple[str, ...]] = {
    "stop": ("stop", "end_turn", "stop_sequence", "eos", "eos_token", "endoftext", "complete", "completed"),
    "length": (
        "length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded",
    ),
    "tool_calls": ("tool_calls", "tool_call", "tool_use", "function_call"),
    "refusal": ("refusal",),
    "content_filter": (
        "content_filter", "content_filtered", "guardrail_intervened", "safety", "blocklist", "recitation",
        "prohibited_content", "spii", "error_toxic",
    ),
}  # fmt: skip

_OURS: Mapping[str, FinishReason] = {word: ours for ours, words in VENDOR_WORDS.items() for word in words}
_ALL: frozenset[str] = frozenset(get_args(FinishReason))


@lru_cache(maxsize=1024)
def finish_reason_of(word: str | None) -> FinishReason | None:
    """Our word for a vendor's, whatever its case; None stays None."""
    return None if word is None else _OURS.get(word.lower(), "other")


def is_finish_reason(word: str | None) -> bool:
    """Whether it is one of our words, or none at all."""
    return word is None or word in _ALL
