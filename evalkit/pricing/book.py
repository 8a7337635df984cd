"""The prices of a session: which one holds for a model, and what each of its answers cost.

The first that knows wins: the provider that says the cost of the call itself, the spec, ``pyproject.toml``,
the list of public prices. What nobody knows stays unknown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING

from evalkit.core.price import Price
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.response_kinds import LARGEST
from evalkit.core.spec_price import spec_price
from evalkit.core.subject import ModelSpec
from evalkit.pricing.vendors import vendor_of

if TYPE_CHECKING:
    from evalkit.pricing.public import PublicPrices

#: Revisions of one model that are remembered: a server may say another one with each answer.
_MOST_REVISIONS = 1000

#: What an answer cost and who says so; both None where nobody knows.
Cost = tuple[float | None, str | None]
UNKNOWN: Cost = (None, None)

#: The source of a cost that the answer said itself.
PROVIDER = "provider"


class PriceBook:
    """The prices that a session knows.

    Args:
        table: pattern of model names to Price, the first that fits holds: ``[tool.evalkit.prices]``.
    """

    def __init__(self, table: Mapping[str, Price] = MappingProxyType({})) -> None:
        self._table = table
        self._known: dict[str, ModelPrices] = {}

    def of(self, spec: ModelSpec) -> ModelPrices:
        """The prices of one model. Raises ModelSpecError where those that its spec gives cannot be read."""
        if spec.text not in self._known:
            fixed = spec_price(spec) or self._listed(spec)
            self._known[spec.text] = ModelPrices(spec, fixed)
        return self._known[spec.text]

    def _listed(self, spec: ModelSpec) -> Price | None:
        names = spelled(spec)
        fits = (pattern for pattern in self._table if any(fnmatchcase(name, pattern) for name in names))
        pattern = next(fits, None)
        return None if pattern is None else self._table[pattern]


def spelled(spec: ModelSpec) -> Sequence[str]:
    """How a pattern may call a model: ``provider/name``, ``provider:name``, its alias."""
    return f"{spec.provider}/{spec.name}", f"{spec.provider}:{spec.name}", spec.text


class ModelPrices:
    """What the answers of one model cost. Used in one event loop.

    Args:
        fixed: the price that the user gave, whichever revision answers.
    """

    def __init__(self, spec: ModelSpec, fixed: Price | None = None) -> None:
        self._spec = spec
        self._fixed = fixed
        self._vendor = None if fixed is not None else vendor_of(spec)
        self._public: PublicPrices | None = None
        self._known: dict[str | None, Price | None] = {}
        self._reading: asyncio.Future[None] | None = None
        #: Whether the public prices are still to be read: before the first call, see ``read``.
        self.is_unread = self._vendor is not None

    async def read(self) -> None:
        """Read the public prices, in a thread: that takes a fifth of a second, which no call shall wait for
        once others are in flight."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(asyncio.to_thread(self.load))
        await asyncio.shield(self._reading)

    def load(self) -> None:
        """``read`` without a loop. The price of the model's name is there afterwards."""
        if self._vendor is not None and self._public is None:
            from evalkit.pricing.public import public_prices

            self._public = public_prices()
            self.price(None)
        self.is_unread = False

    def price(self, revision: str | None) -> Price | None:
        """What a revision of the model costs now; None where nobody knows. Public prices must have been read.

        Args:
            revision: what answered, as the vendor calls it.
        """
        if self._fixed is not None or self._public is None:
            return self._fixed
        try:
            found = self._known[revision]
        except KeyError:
            return self._look_up(revision)
        return found if found is None or time.time() < found.until else self._look_up(revision)

    def _look_up(self, revision: str | None) -> Price | None:
        assert self._public is not None
        assert self._vendor is not None
        if len(self._known) >= _MOST_REVISIONS:
            self._known.clear()
        names = (revision, self._spec.name) if revision is not None else (self._spec.name,)
        found = (self._public.price(self._vendor, name, time.time()) for name in names)
        price = self._known[revision] = next((each for each in found if each is not None), None)
        return price

    def cost(self, response: Response, request: Request | None = None, *, is_batch: bool = False) -> Cost:
        """What an answer cost that does not say so itself.

        Args:
            request: what was asked, where it may show media.
            is_batch: whether the vendor's batch endpoint answered.
        """
        price = self.price(response.model_revision)
        if price is None or (price.apart and request is not None and _shows(request, price.apart)):
            return UNKNOWN
        cost_usd = price.cost_usd(
            response.prompt_tokens,
            response.completion_tokens,
            response.cached_tokens,
            response.cache_write_tokens,
            response.reasoning_tokens,
            is_batch=is_batch,
        )
        if cost_usd is None or cost_usd > LARGEST:
            return UNKNOWN
        return cost_usd, price.source


def _shows(request: Request, kinds: frozenset[str]) -> bool:
    return any(media.media_type.partition("/")[0] in kinds for media in request.media)
