"""One Response: from the cache, or from the Model with retries, or as an error row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from evalkit.cache.cache import ResponseCache
from evalkit.core.finish_reason import finish_reason_of, is_finish_reason
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.response_values import checked
from evalkit.core.text import visible
from evalkit.core.thinking import without_thinking
from evalkit.core.user_code import caught
from evalkit.errors import BudgetSpentError, ModelError
from evalkit.models.model import Model
from evalkit.models.wire.patience import Patience
from evalkit.models.wire.retry import RetryPolicy, respond_with_retry
from evalkit.redaction.redact import redact
from evalkit.runner.carried import refuse_uncarried
from evalkit.runner.limit import Limit
from evalkit.runner.progress import Progress
from evalkit.runner.scoring import describe

if TYPE_CHECKING:
    from evalkit.runner.budget.ticket import Ticket
    from evalkit.runner.unit import Unit


class Asker:
    """Asks one Model and never raises for a failed call.

    Args:
        cache: shared by all Models; a Model whose ``cache_identity`` is None passes it by.
        limit: told of throttled answers and of successes.
        patience: shared by all that ask this Model: once it gives up, nothing more is sent.
    """

    def __init__(
        self,
        model: Model,
        cache: ResponseCache,
        policy: RetryPolicy,
        limit: Limit,
        progress: Progress,
        patience: Patience,
    ) -> None:
        self._model = model
        self._cache = cache
        self._policy = policy
        self._limit = limit
        self._progress = progress
        self._patience = patience

    @cached_property
    def _identity(self) -> Mapping[str, Any] | None:
        """Read once, after the Model has started: weights have their revision by then."""
        return self._model.cache_identity

    async def ask(self, request: Request, unit: Unit | None = None, ticket: Ticket | None = None) -> Response:
        """The Response with sample id, repeat, input, latency and time filled in.

        Args:
            unit: who asks; None for what no unit asks.
            ticket: leave to make the call, in a session that has a budget.

        Raises BudgetSpentError where a call that failed cannot be repeated.
        """
        identity = self._identity
        key = self._cache.key(identity, request) if identity is not None else None
        cached = cached_answer(self._cache, key, request) if key is not None else None
        if cached is not None:
            self._progress.n_cached += 1
            return _placed(without_thinking(cached), request, self._model.revision)
        response = await self._call(request, ticket)
        if key is not None and response.error is None:
            self._cache.put(key, response)
            # The cache commits when the loop comes round, which is before this goes on: no other call begins
            # while an answer could still be lost, so a kill repeats at most the calls that were in flight.
            await asyncio.sleep(0)
        return response

    async def _call(self, request: Request, ticket: Ticket | None) -> Response:
        given: Response | None = None
        try:
            refuse_uncarried(self._model, request)
            if ticket is not None:
                self._patience.require_hope()  # what is given up takes nothing more
                ticket.begin()
            on_retry = self._on_retry if ticket is None else partial(self._on_retry, ticket=ticket)
            given = await respond_with_retry(
                self._model, request, self._policy, patience=self._patience, on_retry=on_retry
            )
            response = without_thinking(checked(given, _n_choices(request)))
        except (asyncio.CancelledError, BudgetSpentError):
            raise  # the runner's own, or not: it knows
        except BaseException as error:
            if ticket is not None:
                ticket.failed(error, has_answered=given is not None)
            return _placed(Response(error=describe(caught(error))), request)
        response = _worded(response)
        self._limit.on_success()
        if ticket is not None:
            ticket.answered(response)
        if response.cost_usd is not None:
            self._progress.cost_usd += response.cost_usd
        return _placed(response, request, self._model.revision)

    def _on_retry(self, error: ModelError, ticket: Ticket | None = None) -> None:
        if ticket is not None:
            ticket.again(error)
        self._progress.n_retries += 1
        if error.retry_after_s is not None or error.kind == "busy":
            self._limit.on_throttled()


def cached_answer(cache: ResponseCache, key: bytes, request: Request) -> Response | None:
    """What the cache has; an entry that could not be this model's answer is none, and is replaced."""
    found, n_choices = cache.get(key), _n_choices(request)
    if found is None or n_choices is None:
        return found
    try:
        return checked(found, n_choices)
    except ModelError:
        return None


def _placed(response: Response, request: Request, revision: str | None = None) -> Response:
    placed = response.placed(request.sample.id, request.repeat, request.text, time.time(), revision)
    media = request.media
    return replace(placed, media=tuple(each.sha256 for each in media)) if media else placed


def _n_choices(request: Request) -> int | None:
    return None if request.continuations is None else len(request.continuations)


def _worded(response: Response) -> Response:
    """With words that may be shown, and the finish reason in ours."""
    reason, vendor = response.finish_reason, response.vendor_finish_reason
    if not is_finish_reason(reason):
        reason, vendor = finish_reason_of(reason), vendor or reason
    vendor, revision = _word(vendor), _word(response.model_revision)
    is_same = reason is response.finish_reason and revision == response.model_revision
    if is_same and vendor == response.vendor_finish_reason:
        return response
    return replace(response, finish_reason=reason, vendor_finish_reason=vendor, model_revision=revision)


@lru_cache(maxsize=1024)
def _word(text: str | None) -> str | None:
    """A word of the server's, as it may be shown: few are used, and each is looked at once."""
    return None if text is None else visible(redact(text))
