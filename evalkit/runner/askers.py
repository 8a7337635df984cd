"""Who asks a Model: all that a session's askers share, put together."""

from __future__ import annotations

from collections.abc import Callable

from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.models.model import Model
from evalkit.models.wire.retry import RetryPolicy
from evalkit.pricing.book import PriceBook
from evalkit.runner.admitting import Admitting
from evalkit.runner.asking import Asker, Shared
from evalkit.runner.limit import Limit
from evalkit.runner.model_limits import ModelLimits
from evalkit.runner.progress import Progress


class Askers:
    """Those of one session, with its cache, retries, limits, prices and counts."""

    def __init__(
        self,
        cache: ResponseCache,
        policy: RetryPolicy,
        progress: Progress,
        limits: ModelLimits,
        prices: PriceBook,
        admitting: Admitting,
    ) -> None:
        self._cache = cache
        self._policy = policy
        self._progress = progress
        self._limits = limits
        self._prices = prices
        self._admitting = admitting

    def of(self, model: Model, limit: Limit) -> Asker:
        """One that asks as far as the session may."""
        return self._admitting.asker(model, self._shared(model), limit)

    def of_fetched(self, model: Model, limit: Limit, at_hand: Callable[[Request], Response | None]) -> Asker:
        """One that has answers at hand which are paid for already: nobody is asked whether they may come."""
        return Asker(model, self._shared(model), limit, at_hand)

    def of_judge(self, model: Model, progress: Progress) -> Asker:
        """One that judges: its calls share the Model's limits with all others, and are counted apart."""
        slots = self._limits.slots(model)
        slots.is_shared = True
        return self._admitting.asker(model, self._shared(model, progress), slots.limit)

    def _shared(self, model: Model, progress: Progress | None = None) -> Shared:
        held = self._limits.patience(model), self._limits.throttle(model), self._prices.of(model.spec)
        return Shared(self._cache, self._policy, progress or self._progress, *held, self._limits.slots(model))
