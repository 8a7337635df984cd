"""Public prices, from the list that the package genai-prices carries (extra ``prices``). Nothing is fetched.

Its own arithmetic takes 150 µs for an answer; here its entries become ``Price`` once and cost under one.
"""

from __future__ import annotations

import threading
import warnings
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from evalkit.core.account import PRICE_HINT
from evalkit.core.price import Price, Tiers, TokenPrices
from evalkit.core.text import inert
from evalkit.pricing.vendors import Vendor

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice, Provider

PACKAGE = "genai-prices"

#: Kind of token -> how genai-prices calls its price.
_KEYS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "reasoning": "output_reasoning_mtok",
}
#: Media whose tokens may have a price of their own.
_MEDIA = ("audio", "image", "video")
_BATCH = {"processing": "batch"}
#: A price that depends on the time of day is looked up again in each minute.
_MINUTE_S = 60

_reading = threading.Lock()


def is_installed() -> bool:
    """Whether the list is there."""
    return find_spec("genai_prices") is not None


def price_hint() -> str:
    """How to give a price, or to have the public ones."""
    public = "" if is_installed() else "; pip install 'pytest-evalkit[prices]' has public ones"
    return f"{PRICE_HINT}{public}"


def public_prices() -> PublicPrices:
    """The list that is installed, or one that knows nothing. Warns where it is broken, once in a process."""
    with _reading:  # models ask for it at the same time, each in a thread
        return _public_prices()


@cache
def _public_prices() -> PublicPrices:
    found = PublicPrices()
    if found.problem is not None:
        text = f"public prices cannot be read, so costs are unknown: {found.problem}. Reinstall {PACKAGE}"
        warnings.warn_explicit(BrokenPricesWarning(inert(text)), None, PACKAGE, 1)
    return found


class BrokenPricesWarning(UserWarning):
    """genai-prices is installed and cannot be used."""


class PublicPrices:
    """Attributes:
    date: the day of the newest price that holds already: how old the list is.
    problem: what keeps the list that is installed from being read; None where nothing does.
    """

    def __init__(self) -> None:
        self._list: DataSnapshot | None = None
        self.date: date | None = None
        self._name = ""
        self.problem: str | None = None
        if is_installed():
            try:
                self._read()
            except Exception as error:  # of a broken installation: no reason to lose an answer
                self.problem = f"{type(error).__name__}: {error}"

    def _read(self) -> None:
        from genai_prices.data_snapshot import get_snapshot

        found = get_snapshot()
        self.date = _newest_day(found, datetime.now(UTC).date())
        self._name = f"{PACKAGE} {version(PACKAGE)} of {self.date}"
        self._list = found

    def price(self, vendor: Vendor, model: str, at: float) -> Price | None:
        """What a model of a vendor costs at a moment (seconds since the epoch); None where the list does not
        know the model, or its price is not one for tokens."""
        if self._list is None:
            return None
        try:
            provider, entry = self._list.find_provider_model(model, None, vendor.name, vendor.url)
        except LookupError:
            return None
        return _price(provider, entry, at, f"{self._name}: {provider.id}/{entry.id}")


def _price(provider: Provider, entry: ModelInfo, at: float, source: str) -> Price | None:
    moment = datetime.fromtimestamp(at, UTC)
    live = entry.get_prices(moment)
    rates = _rates(live)
    if rates is None:
        return None
    batch_rates: TokenPrices | None = None
    batch_tiers: Tiers = ()
    # What another vendor publishes of the same model says nothing of this one's batches.
    if any(entry is own for own in provider.models) and _has_batch(entry, moment):
        batch = entry.get_prices(moment, _BATCH)
        batch_rates, batch_tiers = _rates(batch), _tiers(batch)
    is_changing = isinstance(entry.prices, list)
    return Price(
        rates,
        source,
        tiers=_tiers(live),
        batch_rates=batch_rates,
        batch_tiers=batch_tiers,
        request_usd=float(live.__dict__.get("requests_kcount") or 0) / 1000,
        until=(at // _MINUTE_S + 1) * _MINUTE_S if is_changing else float("inf"),
        apart=frozenset(kind for kind in _MEDIA if live.__dict__.get(f"input_{kind}_mtok") is not None),
    )


def _has_batch(entry: ModelInfo, moment: datetime) -> bool:
    return any(
        variant.when == _BATCH and (variant.constraint is None or variant.constraint.active(moment))
        for variant in entry.price_variants or ()
    )


def _rates(price: ModelPrice, n_prompt: int = 0) -> TokenPrices | None:
    """Those of a prompt of so many tokens; None where tokens that are read or written have none."""
    found = {kind: _at(price.__dict__.get(key), n_prompt) for kind, key in _KEYS.items()}
    plain, output = found["input"], found["output"]
    if plain is None or output is None:
        return None
    return TokenPrices(plain, output, found["cached"], found["cache_write"], found["reasoning"])


def _tiers(price: ModelPrice) -> Tiers:
    starts = sorted({tier.start for key in _KEYS.values() for tier in _tiers_of(price.__dict__.get(key))})
    tiers = ((start, _rates(price, start + 1)) for start in starts)
    return tuple((start, rates) for start, rates in tiers if rates is not None)


def _at(price: Any, n_prompt: int) -> float | None:
    if price is None:
        return None
    rate = getattr(price, "base", price)
    for tier in _tiers_of(price):
        if n_prompt > tier.start:
            rate = tier.price
    return float(rate)


def _tiers_of(price: Any) -> Any:
    return getattr(price, "tiers", ())


def _newest_day(listed: DataSnapshot, today: date) -> date | None:
    """The latest day on which a price of the list began to hold; those of tomorrow are left out."""
    days = (
        getattr(conditional.constraint, "start_date", None)
        for provider in listed.providers
        for entry in provider.models
        if isinstance(entry.prices, list)
        for conditional in entry.prices
    )
    return max((day for day in days if day is not None and day <= today), default=None)
