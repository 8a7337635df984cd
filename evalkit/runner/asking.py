"""One Response: from the cache, or from the Model with retries, or as an error row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from evalkit.cache.cache import ResponseCache
from evalkit.core.account import RECORDED
from evalkit.core.error_kinds import error_kind
from evalkit.core.finish_reason import finish_reason_of, is_finish_reason
from evalkit.core.frozen import frozen
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.response_values import checked
from evalkit.core.text import visible
from evalkit.core.thinking import without_thinking
from evalkit.core.user_code import caught
from evalkit.errors import BudgetSpentError, ModelError
from evalkit.models.model import Model
from evalkit.models.pacing.throttle import Throttle
from evalkit.models.wire.patience import Patience
from evalkit.models.wire.retry import RetryPolicy, respond_with_retry
from evalkit.pricing.book import PROVIDER, Cost, ModelPrices
from evalkit.redaction.redact import redact
from evalkit.runner.carried import refuse_uncarried
from evalkit.runner.limit import Limit
from evalkit.runner.progress import Progress
from evalkit.runner.scoring import describe
from evalkit.runner.secrets import AnswerSecrets
from evalkit.runner.slots import Slots

if TYPE_CHECKING:
    from evalkit.runner.budget.ticket import Ticket
    from evalkit.runner.unit import Unit


@frozen
class Shared:
    """What all that ask one Model share in a session.

    Attributes:
        cache: of all Models; a Model whose ``cache_identity`` is None passes it by.
        policy: how often a failed call is repeated.
        patience: once it gives the Model up, nothing more is sent.
        throttle: keeps the pace that the Model's limits allow.
        prices: what its answers cost.
        slots: its calls in flight, where a judge asks it too.
    """

    cache: ResponseCache
    policy: RetryPolicy
    progress: Progress
    patience: Patience
    throttle: Throttle
    prices: ModelPrices
    slots: Slots = field(default_factory=lambda: Slots(Limit(1)))


class Asker:
    """Asks one Model and never raises for a failed call.

    Args:
        limit: told of throttled answers and of successes.
        at_hand: an answer that was fetched beforehand, None where the Model is to be asked; raises ModelError
            where fetching it failed.
    """

    def __init__(
        self,
        model: Model,
        shared: Shared,
        limit: Limit,
        at_hand: Callable[[Request], Response | None] | None = None,
    ) -> None:
        self._model = model
        self._cache = shared.cache
        self._policy = shared.policy
        self._limit = limit
        self._progress = shared.progress
        self._patience = shared.patience
        self._throttle = shared.throttle
        self._prices = shared.prices
        self._slots = shared.slots
        self._at_hand = at_hand
        self._secrets = AnswerSecrets()

    @property
    def _limits(self) -> tuple[Limit, ...]:
        """Those that are told how calls went."""
        of_all = self._slots.limit
        if self._slots.is_shared and of_all is not self._limit:
            return self._limit, of_all
        return (self._limit,)

    @cached_property
    def _identity(self) -> Mapping[str, Any] | None:
        """Read once, after the Model has started: weights have their revision by then."""
        return self._model.cache_identity

    def key(self, request: Request) -> bytes | None:
        """Under which the answer is kept; None where the Model passes the cache by."""
        identity = self._identity
        return None if identity is None else self._cache.key(identity, request)

    async def ask(self, request: Request, unit: Unit | None = None, ticket: Ticket | None = None) -> Response:
        """The Response with sample id, repeat, input, latency and time filled in.

        Args:
            unit: who asks; None for what no unit asks.
            ticket: leave to make the call, in a session that has a budget.

        Raises BudgetSpentError where a call that failed cannot be repeated.
        """
        key = self.key(request)
        cached = cached_answer(self._cache, key, request) if key is not None else None
        if cached is not None:
            self._progress.n_cached += 1
            return _placed(without_thinking(cached), request, self._model.revision)
        response = await self._call(request, ticket)
        if key is not None and response.error is None:
            self._cache.put(key, response, request)
            # The cache commits when the loop comes round, which is before this goes on: no other call begins
            # while an answer could still be lost, so a kill repeats at most the calls that were in flight.
            await asyncio.sleep(0)
        return response

    async def _call(self, request: Request, ticket: Ticket | None) -> Response:
        given: Response | None = None
        try:
            refuse_uncarried(self._model, request)
            if self._prices.is_unread:
                await self._prices.read()
            given = self._at_hand(request) if self._at_hand is not None else None
            if given is None and self._slots.is_shared:
                async with self._slots:
                    given = await self._given(request, ticket)
            elif given is None:
                given = await self._given(request, ticket)
            response = without_thinking(checked(given, _n_choices(request)))
        except (asyncio.CancelledError, BudgetSpentError):
            raise  # the runner's own, or not: it knows
        except BaseException as error:
            if ticket is not None:
                ticket.failed(error, has_answered=given is not None)
            return _placed(_failed(caught(error)), request)
        response = self._secrets.cut(_worded(response))
        for limit in self._limits:
            limit.on_success(response.latency_s)
        cost = self._cost(response, request)
        if cost[0] is not None and not self._model.is_recorded:
            self._progress.cost_usd += cost[0]
        response = _placed(response, request, self._model.revision, cost)
        if ticket is not None:
            ticket.answered(response)
        return response

    def _cost(self, response: Response, request: Request) -> Cost:
        """What the answer cost and who says so; of a recording, what it cost when it was made."""
        said, is_recorded = response.cost_usd, self._model.is_recorded
        if said is not None:
            return said, response.cost_source or (RECORDED if is_recorded else PROVIDER)
        cost_usd, source = self._prices.cost(response, request, is_batch=bool(response.is_batched))
        return cost_usd, f"{RECORDED}, priced by {source}" if is_recorded and source else source

    async def _given(self, request: Request, ticket: Ticket | None) -> Response:
        """What the Model itself gives, after as many attempts as it takes. Raises ModelError."""
        if ticket is not None:
            self._patience.require_hope()  # what is given up takes nothing more
            ticket.begin()
        return await respond_with_retry(
            self._model,
            request,
            self._policy,
            patience=self._patience,
            throttle=self._throttle,
            on_retry=self._on_retry if ticket is None else partial(self._on_retry, ticket=ticket),
        )

    def _on_retry(self, error: ModelError, ticket: Ticket | None = None) -> None:
        if ticket is not None:
            ticket.again(error)
        self._progress.n_retries += 1
        # A pace that is kept says better than fewer at a time how much the server takes.
        is_throttled = error.retry_after_s is not None or error.kind == "busy"
        if is_throttled and not self._throttle.knows_limit:
            for limit in self._limits:
                limit.on_throttled()


def cached_answer(cache: ResponseCache, key: bytes, request: Request) -> Response | None:
    """What the cache has; an entry that could not be this model's answer is none, and is replaced."""
    found, n_choices = cache.get(key), _n_choices(request)
    if found is None or n_choices is None:
        return found
    try:
        return checked(found, n_choices)
    except ModelError:
        return None


def _failed(error: BaseException) -> Response:
    """The row of a call that failed."""
    retries, throttled = (error.retries, error.throttled) if isinstance(error, ModelError) else (None, None)
    return Response(error=describe(error), error_kind=error_kind(error), retries=retries, throttled=throttled)


def _placed(
    response: Response, request: Request, revision: str | None = None, cost: Cost | None = None
) -> Response:
    placed = response.placed(request.sample.id, request.repeat, request.text, time.time(), revision, cost)
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
