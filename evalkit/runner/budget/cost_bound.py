"""What tokens of a Model cost, known before it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.core.price import TokenPrices
from evalkit.models.model import Model
from evalkit.pricing.book import PriceBook

#: Parameters of a spec that give a price, in US dollars for a million tokens.
INPUT, OUTPUT = "input_usd_per_mtok", "output_usd_per_mtok"


@dataclass(frozen=True, slots=True)
class CostBound:
    """US dollars for a million tokens that are read, for a million that are written, and for a call; each
    >= 0."""

    input: float
    output: float
    call: float = 0.0

    def cost_usd(self, n_in: int, n_out: int) -> float:
        """US dollars of one call."""
        return self.call + (n_in * self.input + n_out * self.output) / 1e6


def cost_bound(model: Model, prices: PriceBook, *, is_dearest: bool = True) -> CostBound | None:
    """None where nobody says what the Model costs: an unknown price is not zero.

    Args:
        prices: public ones are read here, which takes a fifth of a second.
        is_dearest: reckon with the dearest tokens that the price knows (written to a cache, thought, of a
            long prompt), so that no call costs more; else with plain ones.
    """
    if model.is_free or model.is_recorded:
        return CostBound(0.0, 0.0)
    known = prices.of(model.spec)
    known.load()
    price = known.price(model.revision)
    if price is None:
        return None
    rates = [price.rates, *(tier for _, tier in price.tiers)] if is_dearest else [price.rates]
    sides = [_dearest(each) if is_dearest else (each.input, each.output) for each in rates]
    return CostBound(max(read for read, _ in sides), max(made for _, made in sides), price.request_usd or 0.0)


def _dearest(rates: TokenPrices) -> tuple[float, float]:
    read = max(rates.input, rates.cached or 0.0, rates.cache_write or 0.0)
    return read, max(rates.output, rates.reasoning or 0.0)
