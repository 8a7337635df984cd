"""What tokens cost, and what one answer costs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import inf

from evalkit.core.frozen import frozen

_MILLION = 1e6


@frozen(slots=True)
class TokenPrices:
    """US dollars for a million tokens of each kind, each >= 0.

    Attributes:
        input, output: of tokens that are read and written.
        cached: of tokens that are read from the provider's cache; None where they cost what others do.
        cache_write: of tokens that are written to it; None likewise.
        reasoning: of tokens that are thought; None where they cost what others of the completion do.
    """

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    reasoning: float | None = None

    def times(self, share: float) -> TokenPrices:
        """All of them multiplied by ``share``."""
        more = (
            None if rate is None else rate * share for rate in (self.cached, self.cache_write, self.reasoning)
        )
        return TokenPrices(self.input * share, self.output * share, *more)


#: Of a prompt with more than so many tokens other rates hold, for all tokens of the call; ascending.
Tiers = tuple[tuple[int, TokenPrices], ...]


@frozen(slots=True)
class Price:
    """What a model costs, and who says so.

    Attributes:
        rates: for a call that is answered at once.
        source: where the price comes from, for the store.
        tiers: rates for long prompts.
        batch_rates, batch_tiers: the same at the vendor's batch endpoint; None where they are unknown.
        request_usd: US dollars for each call beside its tokens.
        until: seconds since the epoch at which another price may hold.
        apart: kinds of media (``audio``) whose tokens have a price of their own. Answers do not say how many
            they are, so that a call that shows such has no known cost.
    """

    rates: TokenPrices
    source: str
    tiers: Tiers = ()
    batch_rates: TokenPrices | None = None
    batch_tiers: Tiers = ()
    request_usd: float = 0.0
    until: float = inf
    apart: frozenset[str] = frozenset()

    def cost_usd(
        self,
        prompt_tokens: int | None,
        completion_tokens: int | None,
        cached_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        *,
        is_batch: bool = False,
    ) -> float | None:
        """US dollars of one call. None where tokens were not counted, where the counts contradict each other,
        and of a batch whose rates are unknown.

        Args:
            prompt_tokens: all tokens that were read, ``cached_tokens`` and ``cache_write_tokens`` among them.
            completion_tokens: all that were written, ``reasoning_tokens`` among them.
        """
        if prompt_tokens is None or completion_tokens is None:
            return None
        rates = self._rates(prompt_tokens, is_batch)
        cached, written, thought = cached_tokens or 0, cache_write_tokens or 0, reasoning_tokens or 0
        if rates is None or cached + written > prompt_tokens or thought > completion_tokens:
            return None
        total = (prompt_tokens - cached - written) * rates.input
        total += (completion_tokens - thought) * rates.output
        if cached:
            total += cached * (rates.input if rates.cached is None else rates.cached)
        if written:
            total += written * (rates.input if rates.cache_write is None else rates.cache_write)
        if thought:
            total += thought * (rates.output if rates.reasoning is None else rates.reasoning)
        return total / _MILLION + self.request_usd

    def _rates(self, prompt_tokens: int, is_batch: bool) -> TokenPrices | None:
        tiers = self.batch_tiers if is_batch else self.tiers
        found = self.batch_rates if is_batch else self.rates
        for start, rates in tiers:
            if prompt_tokens > start:
                found = rates
        return found


#: Parameter of a spec, and key of ``[tool.evalkit.prices]`` -> the rate that it gives.
RATES: Mapping[str, str] = {
    "input_usd_per_mtok": "input",
    "output_usd_per_mtok": "output",
    "cached_usd_per_mtok": "cached",
    "cache_write_usd_per_mtok": "cache_write",
    "reasoning_usd_per_mtok": "reasoning",
}
#: The part of the price that a batch costs, above 0 and at most 1.
BATCH_SHARE = "batch_share"
#: Without one of these there is no price.
NEEDED = ("input_usd_per_mtok", "output_usd_per_mtok")


#: US dollars for a million tokens: above this a number is a slip.
_MOST_USD = 1e6


def price_of(values: Mapping[str, float], source: str) -> Price:
    """The Price of numbers by the names of ``RATES``, and ``BATCH_SHARE``; both of ``NEEDED`` are there."""
    rates = TokenPrices(**{name: values[key] for key, name in RATES.items() if key in values})
    share = values.get(BATCH_SHARE)
    return Price(rates, source, batch_rates=None if share is None else rates.times(share))


def read_rate(value: str | float) -> float:
    """Raises ValueError."""
    rate = float(value)
    if not 0 <= rate <= _MOST_USD:
        raise ValueError
    return rate


def read_share(value: str | float) -> float:
    """Raises ValueError."""
    share = float(value)
    if not 0 < share <= 1:
        raise ValueError
    return share


#: Name of a number -> how it is read, and what to write.
READERS: Mapping[str, tuple[Callable[[str | float], float], str]] = {
    **dict.fromkeys(RATES, (read_rate, "write US dollars for a million tokens, a number from 0 to 10^6")),
    BATCH_SHARE: (read_share, "write the part of the price that a batch costs, above 0 and at most 1"),
}


def lacking(keys: Collection[str]) -> str | None:
    """That a price is half a price, a clause; None where nothing is missing, or no price is given."""
    missing = [key for key in NEEDED if key not in keys]
    return f"a price without {missing[0]}" if missing and any(key in keys for key in READERS) else None
