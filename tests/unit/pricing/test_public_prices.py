"""Public prices agree with the arithmetic of the package that lists them, and nothing is fetched."""

from __future__ import annotations

import asyncio
import random
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot

from evalkit.core.budget import BudgetLimits
from evalkit.core.message import Media, MediaPart, Message
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError
from evalkit.models.model import BaseModel
from evalkit.pricing import public
from evalkit.pricing.book import ModelPrices, PriceBook
from evalkit.pricing.public import public_prices
from evalkit.pricing.vendors import Vendor, vendor_of
from evalkit.session.budgets import refuse_unpriced

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()


def theirs(provider: Any, entry: Any, counts: dict[str, int], context: dict[str, str] | None = None) -> float:
    usage = genai_prices.Usage(**counts)
    moment = datetime.fromtimestamp(NOON, UTC)
    found = entry.calc_price(usage, provider, genai_request_timestamp=moment, price_context=context)
    return float(found.total_price)


def token_models() -> list[tuple[Any, Any]]:
    """Every model of these vendors."""
    vendors = {"anthropic", "aws", "azure", "google", "groq", "mistral", "openai", "deepseek", "perplexity"}
    return [
        (provider, entry)
        for provider in get_snapshot().providers
        if provider.id in vendors
        for entry in provider.models
    ]


def test_every_model_costs_what_its_list_computes() -> None:
    draw, n, n_batches = random.Random(0), 0, 0
    for provider, entry in token_models():
        name = entry.id
        price = public_prices().price(Vendor(provider.id), name, NOON)
        if price is None:
            continue
        found, own = get_snapshot().find_provider_model(name, None, provider.id, None)
        for _ in range(6):
            prompt = draw.choice([12, 3_000, 150_000, 250_000, 300_000])
            cached, written = draw.randrange(prompt // 2), draw.randrange(prompt // 3)
            completion = draw.randrange(1, 5_000)
            thought = draw.randrange(completion)
            counts = {
                "input_tokens": prompt, "cache_read_tokens": cached, "cache_write_tokens": written,
                "output_tokens": completion, "output_reasoning_tokens": thought,
            }  # fmt: skip
            ours = price.cost_usd(prompt, completion, cached, written, thought)
            assert ours == pytest.approx(theirs(found, own, counts), rel=1e-9), (provider.id, name)
            n += 1
            if price.batch_rates is not None:
                batch = price.cost_usd(prompt, completion, cached, written, thought, is_batch=True)
                expected = theirs(found, own, counts, {"processing": "batch"})
                assert batch == pytest.approx(expected, rel=1e-9), (provider.id, name)
                n_batches += 1
    assert n > 1_000
    assert n_batches > 200


SONNET = ModelSpec.parse("anthropic/claude-sonnet-4-5")


def asked(*media: Media) -> Request:
    parts = tuple(MediaPart("audio", each) for each in media)
    return Request((Message("user", "Say.", parts),), GenerateParams(), Sample("1", "Say."))


def test_a_price_is_read_before_the_first_call_and_names_the_list_and_its_day() -> None:
    prices = PriceBook().of(SONNET)
    assert prices.is_unread
    asyncio.run(prices.read())
    assert not prices.is_unread
    used = Response("x", prompt_tokens=1_000, completion_tokens=100, cached_tokens=500)
    cost_usd, source = prices.cost(used)
    assert cost_usd == pytest.approx((500 * 3 + 500 * 0.3 + 100 * 15) / 1e6)  # as Anthropic publishes it
    day = public_prices().date
    assert source == f"genai-prices {genai_prices.__version__} of {day}: anthropic/claude-sonnet-4-5"
    assert day is not None
    assert datetime(2026, 11, 1, tzinfo=UTC).date() <= day <= datetime.now(UTC).date()


def test_the_revision_that_answered_is_what_is_priced() -> None:
    prices = PriceBook().of(ModelSpec.parse("azure/our-deployment"))
    prices.load()
    plain, named = Response("x", prompt_tokens=10**6, completion_tokens=0), "gpt-4o-2024-08-06"
    assert prices.cost(plain) == (None, None)
    revised = Response("x", prompt_tokens=10**6, completion_tokens=0, model_revision=named)
    assert prices.cost(revised)[0] == pytest.approx(2.5)


def test_what_an_answer_does_not_count_has_no_known_cost() -> None:
    prices = PriceBook().of(ModelSpec.parse("gemini/gemini-2.5-flash"))
    prices.load()
    used = Response("x", prompt_tokens=1_000, completion_tokens=10)
    assert prices.cost(used, asked())[0] == pytest.approx(0.000325)
    sound = Media.of(b"sound", "audio/wav")
    assert prices.cost(used, asked(sound)) == (None, None)  # audio costs more: how much was it?
    assert prices.cost(Response("x", completion_tokens=10)) == (None, None)


def test_a_price_that_depends_on_the_hour_is_looked_up_again() -> None:
    price = public_prices().price(Vendor("deepseek"), "deepseek-chat", NOON)
    night = public_prices().price(Vendor("deepseek"), "deepseek-chat", NOON + 6 * 3600)
    assert price is not None
    assert night is not None
    assert NOON < price.until <= NOON + 60
    assert price.rates.input != night.rates.input


@pytest.mark.parametrize(
    "spec, vendor",
    [
        ("openai/gpt-4o", Vendor("openai")),
        ("gemini/gemini-2.5-pro", Vendor("google")),
        ("bedrock/eu.anthropic.claude-3-5-sonnet-20241022-v2:0", Vendor("aws")),
        ("azure/ours?base_url=https://x.openai.azure.com", Vendor("azure")),
        (
            "openai/llama?base_url=https://api.groq.com/openai/v1",
            Vendor(url="https://api.groq.com/openai/v1"),
        ),
        ("openai/llama?base_url=http://127.0.0.1:8000/v1", None),
        ("openai/llama?base_url=http://10.1.2.3/v1", None),
        ("openai/llama?base_url=http://gpu-7:8000/v1", None),
        ("openai/llama?base_url=http://vllm.models.internal/v1", None),
        ("local/smollm2", None),
        ("python:shop:answer", None),
        ("replay:x.jsonl", None),
    ],
)
def test_only_what_somebody_sells_has_a_public_price(spec: str, vendor: Vendor | None) -> None:
    assert vendor_of(ModelSpec.parse(spec)) == vendor


def test_a_vendor_that_is_told_by_its_address_has_its_own_prices() -> None:
    groq = vendor_of(ModelSpec.parse("openai/m?base_url=https://api.groq.com/openai/v1"))
    assert groq is not None
    price = public_prices().price(groq, "llama-3.3-70b-versatile", NOON)
    assert price is not None
    assert price.source.endswith(": groq/llama-3.3-70b-versatile")
    unknown = vendor_of(ModelSpec.parse("openai/m?base_url=https://llm.example.com/v1"))
    assert unknown is not None
    assert public_prices().price(unknown, "llama-3.3-70b-versatile", NOON) is None


def test_without_the_package_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.pricing.public.find_spec", lambda name: None)
    public._public_prices.cache_clear()
    try:
        assert public_prices().price(Vendor("openai"), "gpt-4o", NOON) is None
    finally:
        public._public_prices.cache_clear()


@pytest.fixture
def _broken_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package is found and cannot be imported."""
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    public._public_prices.cache_clear()
    yield
    public._public_prices.cache_clear()


@pytest.mark.usefixtures("_broken_list")
def test_a_broken_list_knows_nothing_and_says_so_once() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [ModelPrices(ModelSpec.parse("openai/gpt-4o")) for _ in range(2)]
        for prices in found:
            prices.load()
    assert [prices.price(None) for prices in found] == [None, None]
    (warning,) = caught
    assert "costs are unknown: ModuleNotFoundError" in str(warning.message)


@pytest.mark.usefixtures("_broken_list")
@pytest.mark.filterwarnings("ignore::evalkit.pricing.public.BrokenPricesWarning")
def test_a_budget_is_refused_before_the_first_call_where_the_list_is_broken() -> None:
    model = BaseModel(ModelSpec.parse("openai/gpt-4o"))
    subjects: Any = SimpleNamespace(models={"openai/gpt-4o": model}, prices=PriceBook())
    with pytest.raises(ModelSpecError, match="the cost of openai/gpt-4o is unknown, and cannot be held"):
        refuse_unpriced(BudgetLimits(max_cost=1.0), subjects)


def test_no_updater_runs() -> None:
    public_prices()
    shared = sys.modules["genai_prices.update_prices"]._shared_updater
    assert shared.ref_count == 0
