"""What a Model gave for one Sample and one repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any

from evalkit.core.compiled import compiled
from evalkit.core.frozen import draft_of, frozen
from evalkit.core.message import Message
from evalkit.core.response_kinds import (
    AMOUNT,
    COUNT,
    COUNTS,
    FLAG,
    LOGPROBS,
    MESSAGES,
    MOMENT,
    OBJECTS,
    TEXT,
    TEXTS,
    ValueKind,
)


def _kept(kind: ValueKind, title: str = "", default: Any = None, *, is_given: bool = True) -> Any:
    """A field that every place keeps which keeps answers: the store, the cache, recordings, the report.

    Args:
        title: of its column in a report's table of usage; without, the report shows it in another form.
        is_given: whether models, recordings and imports set it.
    """
    return field(default=default, metadata={"kind": kind, "title": title, "is_given": is_given})


@frozen(slots=True, quick=True)
class Response:
    """An answer with its usage, or an error: ``output`` is None exactly when ``error`` is set.

    Each field is declared here and nowhere else: rows of the store, entries of the cache, recordings and the
    report are derived from it. A new field goes at the end, and a migration adds its column.

    Attributes:
        output: the text, without thinking; for ranking by log-likelihood, the chosen label.
        sample_id, repeat, input: the Sample and the repeat that it answers, and the input; set by the engine.
        error: one line that says what failed, or None.
        finish_reason: a word of ``core.finish_reason`` (``stop``, ``length``, …), None where unknown.
        prompt_tokens: all tokens that were read, including cached ones; like all counts as the provider
            reports it, None if it reports none.
        completion_tokens: all tokens that were written, including those of reasoning.
        cost_usd: cost of the call in US dollars, None where unknown.
        latency_s: seconds from the start of the service to the complete answer, without retries and
            ``queue_s``.
        ttft_s: seconds to the first token, where streaming shows it.
        choice_logprobs: natural logarithm of the probability of each continuation, in the order of the
            choices.
        is_cached: whether the answer came from the response cache (latency and cost are the original ones).
        created_at: seconds since the epoch.
        contexts: passages that the application under test retrieved.
        tool_calls: tool calls that it made, as the provider gives them.
        choice_tokens: tokens of each continuation, where the provider counts them.
        model_revision: the exact model that answered, where the provider reports it.
        vendor_finish_reason: the provider's own word for how the answer ended.
        cached_tokens: tokens of the prompt that were read from the provider's cache.
        cache_write_tokens: tokens of the prompt that were written to it.
        reasoning_tokens: tokens of the completion that are thinking.
        reasoning: the text of the thinking, where it is shown; never part of ``output``.
        queue_s: seconds that the call waited for a slot before its service began, None where unknown.
        retries: attempts that failed before this one, None where unknown.
        request_id: the provider's id of the answer.
        trajectory: what an application did on the way to its answer, message by message.
        error_kind: class of the failure in ``error``, a word of ``core.error_kinds``.
        throttled: attempts among ``retries`` that were rejected by a rate limit (429), None where unknown.
        cost_source: source of ``cost_usd``: ``provider`` (the answer itself), ``recorded``, ``spec``, or the
            place of the price and its date.
        media: SHA-256 of what the input contains besides text, in order (the store's table ``media``).
        is_batched: whether the answer came from the vendor's batch endpoint, at its price and without a
            latency; None for no.
    """

    output: str | None = None
    sample_id: str = ""
    repeat: int = 0
    input: str = ""
    error: str | None = None
    finish_reason: str | None = _kept(TEXT, "Finish")
    prompt_tokens: int | None = _kept(COUNT, "Tokens in")
    completion_tokens: int | None = _kept(COUNT, "Tokens out")
    cost_usd: float | None = _kept(AMOUNT, "Cost")
    latency_s: float | None = _kept(AMOUNT, "Latency")
    ttft_s: float | None = _kept(AMOUNT, "First token")
    choice_logprobs: tuple[float, ...] | None = _kept(LOGPROBS)
    is_cached: bool = _kept(FLAG, "Cached", default=False)
    created_at: float | None = _kept(MOMENT)
    contexts: tuple[str, ...] | None = _kept(TEXTS)
    tool_calls: tuple[Mapping[str, Any], ...] | None = _kept(OBJECTS)
    choice_tokens: tuple[int, ...] | None = _kept(COUNTS)
    model_revision: str | None = _kept(TEXT)
    vendor_finish_reason: str | None = _kept(TEXT)
    cached_tokens: int | None = _kept(COUNT, "Cached tokens")
    cache_write_tokens: int | None = _kept(COUNT, "Cache writes")
    reasoning_tokens: int | None = _kept(COUNT, "Reasoning tokens")
    reasoning: str | None = _kept(TEXT)
    queue_s: float | None = _kept(AMOUNT, "Queue")
    retries: int | None = _kept(COUNT, "Retries")
    request_id: str | None = _kept(TEXT, "Request")
    trajectory: tuple[Message, ...] | None = _kept(MESSAGES)
    media: tuple[str, ...] | None = _kept(TEXTS, is_given=False)
    error_kind: str | None = _kept(TEXT, is_given=False)
    throttled: int | None = _kept(COUNT, "Throttled")
    cost_source: str | None = _kept(TEXT, "Price")
    is_batched: bool | None = _kept(FLAG, "Batch")

    def placed(
        self,
        sample_id: str,
        repeat: int,
        text: str,
        created_at: float,
        revision: str | None = None,
        cost: tuple[float | None, str | None] | None = None,
    ) -> Response:
        """The same answer, as the one to this Sample and repeat, with ``text`` as its ``input``; a time and a
        revision that it already has are kept.

        Args:
            cost: ``cost_usd`` and ``cost_source``; None leaves them as they are.
        """
        created_at, revision = self.created_at or created_at, self.model_revision or revision
        cost_usd, source = (self.cost_usd, self.cost_source) if cost is None else cost
        return _placed(self, sample_id, repeat, text, created_at, revision, cost_usd, source)

    def timed(
        self, latency_s: float | None, retries: int | None = None, throttled: int | None = None
    ) -> Response:
        """The same answer with its latency in seconds, the number of attempts that failed before it, and how
        many of them were throttled."""
        retries = self.retries if retries is None else retries
        return _timed(self, latency_s, retries, self.throttled if throttled is None else throttled)


#: Name of a field that is kept -> the kind of its value, in the order of their declaration.
KINDS: Mapping[str, ValueKind] = {
    each.name: each.metadata["kind"] for each in fields(Response) if each.metadata
}
#: Those that models, recordings and imports set.
GIVEN: tuple[str, ...] = tuple(each.name for each in fields(Response) if each.metadata.get("is_given"))
#: Name of a field -> its title in a table of usage.
TITLES: Mapping[str, str] = {
    each.name: each.metadata["title"] for each in fields(Response) if each.metadata.get("title")
}


_NAMES = tuple(each.name for each in fields(Response))


def _copier(name: str, *changed: str) -> Any:
    """``name(response, *changed)``: the same Response with other values of these fields."""
    values = {each: each if each in changed else f"old.{each}" for each in _NAMES}
    lines = [f"    new.{field} = {value}" for field, value in values.items()]
    body = ["    new = Draft()", *lines, "    new.__class__ = Response", "    return new"]
    source = "\n".join([f"def {name}({', '.join(['old', *changed])}):", *body])
    return compiled(name, source, {"Draft": draft_of(Response), "Response": Response})


_placed: Callable[..., Response] = _copier(
    "placed", "sample_id", "repeat", "input", "created_at", "model_revision", "cost_usd", "cost_source"
)
_timed: Callable[..., Response] = _copier("timed", "latency_s", "retries", "throttled")
