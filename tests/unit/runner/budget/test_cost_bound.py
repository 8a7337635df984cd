"""What a call may cost at most, by the prices that the session knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.models.model import BaseModel
from evalkit.pricing.book import PriceBook
from evalkit.pricing.table import read_table
from evalkit.runner.budget.cost_bound import CostBound, cost_bound

TABLE = {"shop/*": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 4, "cache_write_usd_per_mtok": 1.25,
                    "reasoning_usd_per_mtok": 6}}  # fmt: skip


def model(spec: str = "shop/m") -> BaseModel:
    return BaseModel(ModelSpec.parse(spec))


def test_a_model_of_the_table_is_held_to_its_dearest_tokens() -> None:
    prices = PriceBook(read_table(TABLE, Path("pyproject.toml")))
    assert cost_bound(model(), prices) == CostBound(1.25, 6.0)
    assert cost_bound(model(), prices, is_dearest=False) == CostBound(1.0, 4.0)


def test_the_price_of_a_spec_comes_first() -> None:
    prices = PriceBook(read_table(TABLE, Path("pyproject.toml")))
    spec = "shop/m?input_usd_per_mtok=2&output_usd_per_mtok=8"
    assert cost_bound(model(spec), prices) == CostBound(2.0, 8.0)


def test_an_unknown_price_has_no_bound_and_a_free_model_costs_nothing() -> None:
    assert cost_bound(model("other/m"), PriceBook()) is None
    free = model("other/m")
    free.is_free = True
    assert cost_bound(free, PriceBook()) == CostBound(0.0, 0.0)


def test_a_call_costs_its_tokens_and_its_fee() -> None:
    assert CostBound(1.0, 10.0, 0.01).cost_usd(1_000_000, 100_000) == pytest.approx(2.01)


def test_a_model_whose_long_prompts_are_dearer_is_held_to_those() -> None:
    gemini = model("gemini/gemini-2.5-pro")
    dearest, plain = (cost_bound(gemini, PriceBook(), is_dearest=each) for each in (True, False))
    assert dearest is not None
    assert plain is not None
    assert (dearest.input, dearest.output) > (plain.input, plain.output)
    assert dearest.output > plain.output
