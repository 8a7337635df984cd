"""What a Model gave for one Sample and one repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with its usage, or an error: ``output`` is None exactly when ``error`` is set.

    Attributes:
        output: the text; for log-likelihood ranking the chosen label.
        error: one line that says what failed, or None.
        finish_reason: ``stop``, ``length`` or the provider's own word.
        prompt_tokens, completion_tokens: counts as the provider reports them, None where it does not.
        cost_usd: price of the call in US dollars, None where it is unknown.
        latency_s: seconds from asking to the whole answer, retries excluded.
        ttft_s: seconds to the first token, where streaming shows it.
        choice_logprobs: natural-log probability of each continuation, in the order of the choices.
        choice_tokens: tokens of each continuation, where the provider counts them.
        is_cached: whether the answer came from the response cache (latency and cost are the original ones).
        created_at: seconds since the epoch.
        contexts: passages that the application under test retrieved.
        tool_calls: calls that it made, as the provider gives them.
        model_revision: what exactly answered, where the provider says so.
    """

    output: str | None = None
    sample_id: str = ""
    repeat: int = 0
    input: str = ""
    error: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None
    ttft_s: float | None = None
    choice_logprobs: tuple[float, ...] | None = None
    is_cached: bool = False
    created_at: float | None = None
    contexts: tuple[str, ...] | None = None
    tool_calls: tuple[Mapping[str, Any], ...] | None = None
    choice_tokens: tuple[int, ...] | None = None
    model_revision: str | None = None

    def placed(
        self, sample_id: str, repeat: int, text: str, created_at: float, revision: str | None = None
    ) -> Response:
        """The same answer as that to one Sample and repeat, ``text`` being its ``input``; a time and a
        revision that it has already stay.

        Spelled out field by field: this is done once for every call, and ``dataclasses.replace`` costs five
        times as much.
        """
        created_at, revision = self.created_at or created_at, self.model_revision or revision
        return self._with(sample_id, repeat, text, self.latency_s, created_at, revision)

    def timed(self, latency_s: float) -> Response:
        """The same answer with its latency."""
        created_at, revision = self.created_at, self.model_revision
        return self._with(self.sample_id, self.repeat, self.input, latency_s, created_at, revision)

    def _with(
        self,
        sample_id: str,
        repeat: int,
        text: str,
        latency_s: float | None,
        created_at: float | None,
        revision: str | None,
    ) -> Response:
        return Response(
            self.output,
            sample_id,
            repeat,
            text,
            self.error,
            self.finish_reason,
            self.prompt_tokens,
            self.completion_tokens,
            self.cost_usd,
            latency_s,
            self.ttft_s,
            self.choice_logprobs,
            self.is_cached,
            created_at,
            self.contexts,
            self.tool_calls,
            self.choice_tokens,
            revision,
        )
