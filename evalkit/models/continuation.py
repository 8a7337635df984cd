"""Log-likelihoods of continuations: where a context ends, and which choice wins."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import ModelError


def split_pair(context: str, continuation: str) -> tuple[str, str]:
    """Move white space from the end of ``context`` to the front of ``continuation``.

    Tokenizers join a space with the word after it; a context that ends with a space would ask for a token
    that the model never saw there. As ``TemplateLM._encode_pair`` of lm-evaluation-harness 0.4.
    """
    bare = context.rstrip()
    return bare, context[len(bare) :] + continuation


def continuation_tokens(context: Sequence[int], whole: Sequence[int]) -> list[int]:
    """Tokens of context + continuation without the first ``len(context)``, as lm-evaluation-harness counts
    them.

    Raises ModelError where nothing is left, which happens only with an empty continuation.
    """
    tokens = list(whole[len(context) :])
    if not tokens:
        raise ModelError("a choice has no tokens of its own", hint="give every choice a text")
    return tokens


def best_index(logprobs: Sequence[float]) -> int:
    """Where the highest log-probability stands, the first of equals."""
    return max(range(len(logprobs)), key=logprobs.__getitem__)


def choice_response(
    request: Request,
    logprobs: Sequence[float],
    *,
    choice_tokens: Sequence[int] | None = None,
    prompt_tokens: int | None = None,
    cost_usd: float | None = None,
    latency_s: float | None = None,
    queue_s: float | None = None,
) -> Response:
    """The Response to a ranking: the first of the most likely labels, and all log-probabilities in order."""
    labels = request.sample.choices or request.continuations or ()
    if len(labels) != len(logprobs):
        raise ModelError(f"{len(logprobs)} log-probabilities for {len(labels)} choices")
    return Response(
        output=labels[best_index(logprobs)],
        choice_logprobs=tuple(logprobs),
        choice_tokens=tuple(choice_tokens) if choice_tokens is not None else None,
        finish_reason="stop",
        prompt_tokens=prompt_tokens,
        completion_tokens=0,
        cost_usd=cost_usd,
        latency_s=latency_s,
        queue_s=queue_s,
    )
