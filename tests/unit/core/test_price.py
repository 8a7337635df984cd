"""What a call costs, by the prices that vendors publish for a million tokens."""

from __future__ import annotations

import pytest

from evalkit.core.price import Price, TokenPrices, lacking, price_of
from evalkit.core.spec_price import spec_price
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError

#: Claude Sonnet 4.5 as Anthropic published it: prompts above 200,000 tokens cost more, batches half.
SHORT, LONG = TokenPrices(3, 15, 0.3, 3.75), TokenPrices(6, 22.5, 0.6, 7.5)
SONNET = Price(SHORT, "by hand", ((200_000, LONG),), SHORT.times(0.5), ((200_000, LONG.times(0.5)),))


@pytest.mark.parametrize(
    "counts, usd",
    [
        ((1_000, 500), (1_000 * 3 + 500 * 15) / 1e6),
        ((1_000, 500, 800), (200 * 3 + 800 * 0.3 + 500 * 15) / 1e6),
        ((1_000, 500, 300, 600), (100 * 3 + 300 * 0.3 + 600 * 3.75 + 500 * 15) / 1e6),
        ((1_000, 500, 0, 0, 400), (1_000 * 3 + 500 * 15) / 1e6),
        ((200_000, 1), (200_000 * 3 + 15) / 1e6),
        ((200_001, 1), (200_001 * 6 + 22.5) / 1e6),
        ((0, 0), 0.0),
    ],
)
def test_each_kind_of_token_has_its_rate(counts: tuple[int, ...], usd: float) -> None:
    assert SONNET.cost_usd(*counts) == pytest.approx(usd, rel=1e-12)
    assert SONNET.cost_usd(*counts, is_batch=True) == pytest.approx(usd / 2, rel=1e-12)


@pytest.mark.parametrize(
    "counts", [(None, 5), (5, None), (10, 5, 11), (10, 5, 6, 5), (10, 5, 0, 0, 6)], ids=str
)
def test_a_count_that_is_missing_or_cannot_be_leaves_the_cost_unknown(counts: tuple[int | None, ...]) -> None:
    assert SONNET.cost_usd(*counts) is None


def test_tokens_without_a_rate_of_their_own_cost_what_the_others_do() -> None:
    price = Price(TokenPrices(2, 8), "by hand", request_usd=0.005)
    assert price.cost_usd(1_000, 100, 900, 50, 60) == pytest.approx(0.005 + 2_000 / 1e6 + 800 / 1e6)
    assert Price(TokenPrices(2, 8, reasoning=3), "").cost_usd(0, 100, 0, 0, 60) == pytest.approx(500 / 1e6)


def test_a_batch_whose_rates_nobody_gave_has_no_cost() -> None:
    assert Price(TokenPrices(2, 8), "by hand").cost_usd(10, 10, is_batch=True) is None
    values = {"input_usd_per_mtok": 2.0, "output_usd_per_mtok": 8.0, "batch_share": 0.25}
    assert price_of(values, "by hand").cost_usd(10, 10, is_batch=True) == pytest.approx(25 / 1e6)


def test_a_spec_gives_a_price() -> None:
    given = "input_usd_per_mtok=1&output_usd_per_mtok=4&cached_usd_per_mtok=0.1&batch_share=0.5"
    found = spec_price(ModelSpec.parse(f"openai/m?{given}&base_url=http://h/v1"))
    assert found == Price(TokenPrices(1, 4, 0.1), "spec", batch_rates=TokenPrices(0.5, 2, 0.05))
    assert spec_price(ModelSpec.parse("openai/m?chat=0")) is None


@pytest.mark.parametrize(
    "given, what",
    [
        ("input_usd_per_mtok=1", "without output_usd_per_mtok"),
        ("cached_usd_per_mtok=1", "without input_usd_per_mtok"),
        ("input_usd_per_mtok=free&output_usd_per_mtok=1", "input_usd_per_mtok='free' cannot be read .*10"),
        ("input_usd_per_mtok=nan&output_usd_per_mtok=1", "'nan' cannot be read"),
        ("input_usd_per_mtok=inf&output_usd_per_mtok=1", "'inf' cannot be read"),
        ("input_usd_per_mtok=-1&output_usd_per_mtok=1", "'-1' cannot be read"),
        ("input_usd_per_mtok=1&output_usd_per_mtok=1&batch_share=0", "batch_share='0' .*at most 1"),
    ],
)
def test_a_price_that_cannot_be_is_an_error_that_names_it(given: str, what: str) -> None:
    with pytest.raises(ModelSpecError, match=what):
        spec_price(ModelSpec.parse(f"openai/m?{given}"))


def test_half_a_price_is_told() -> None:
    assert lacking([]) is None
    assert lacking(["batch_share"]) == "a price without input_usd_per_mtok"
