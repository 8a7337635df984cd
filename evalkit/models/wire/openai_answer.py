"""What OpenAI's protocol, and those who extend it, say in the parts of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.text import shown
from evalkit.errors import ModelError


def empty_content(finish_reason: str | None) -> str:
    """What a content of null says: nothing where thinking used up the tokens, which is an answer that was
    cut, or where a filter kept all of the text back.

    Raises ModelError where there is no answer.
    """
    if finish_reason in ("length", "content_filter"):
        return ""
    raise ModelError(f"the server gave no answer (finish_reason {finish_reason})")


def first_text(message: Mapping[str, Any], *names: str) -> str | None:
    """The first that is a text and not empty."""
    for name in names:
        if (text := message.get(name)) and isinstance(text, str):
            return text
    return None


#: Counts that every usage has: prompt, completion, total.
_PLAIN_USAGE = 3

#: Field of Response -> where servers say it: OpenAI's names, OpenRouter's, then DeepSeek's.
_DETAILS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "cached_tokens": (("prompt_tokens_details", "cached_tokens"), ("prompt_cache_hit_tokens",)),
    "cache_write_tokens": (("prompt_tokens_details", "cache_write_tokens"),),
    "reasoning_tokens": (("completion_tokens_details", "reasoning_tokens"),),
}


def usage_details(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Tokens that were read from a cache, written to it, or thought, where the server says so."""
    if len(usage) <= _PLAIN_USAGE:
        return {}
    found = {name: [_inner(usage, path) for path in paths] for name, paths in _DETAILS.items()}
    return {name: next((n for n in counts if n is not None), None) for name, counts in found.items()}


def _inner(usage: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        usage = usage.get(name) if isinstance(usage, dict) else None
    return usage


def first_choice(answer: Any) -> Any:
    """The choice that was asked for. Raises ModelError where there is none, or the server broke off."""
    try:
        choice = answer["choices"][0]
    except (KeyError, IndexError, TypeError):
        choice = None
    if not isinstance(choice, dict):
        raise ModelError("the server's answer holds no choices", is_retryable=True)
    error = choice.get("error")
    if error or choice.get("finish_reason") == "error":
        said = error.get("message", error) if isinstance(error, dict) else error
        raise ModelError(f"the server stopped before the end: {shown(said, 300)}", is_retryable=True)
    return choice
