"""``[tool.evalkit.prices]``: the first pattern that fits holds, and a wrong entry is told by its key."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from evalkit.core.price import Price, TokenPrices
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import UsageError
from evalkit.pricing.book import PriceBook
from evalkit.pricing.table import read_table

PATH = Path("/project/pyproject.toml")


def table(text: str) -> dict[str, Price]:
    return read_table(tomllib.loads(f"[p]\n{text}")["p"], PATH)


PRICES = table(
    '"openai/team-large" = {input_usd_per_mtok = 2, output_usd_per_mtok = 8, date = 2026-11-01}\n'
    '"openai/team-*" = {input_usd_per_mtok = 0.5, output_usd_per_mtok = 1}\n'
    '"python:shop:*" = {input_usd_per_mtok = 9, output_usd_per_mtok = 9}\n'
    "tiny = {input_usd_per_mtok = 0, output_usd_per_mtok = 0}"
)
USED = Response("x", prompt_tokens=1_000_000, completion_tokens=1_000_000)


@pytest.mark.parametrize(
    "spec, cost",
    [
        (ModelSpec.parse("openai/team-large"), (10.0, "pyproject.toml of 2026-11-01: openai/team-large")),
        (ModelSpec.parse("openai/team-large-2"), (1.5, "pyproject.toml: openai/team-*")),
        (ModelSpec.parse("openai/team-x?base_url=http://h/v1"), (1.5, "pyproject.toml: openai/team-*")),
        (ModelSpec.parse("python:shop:answer"), (18.0, "pyproject.toml: python:shop:*")),
        (ModelSpec("openai", "any", {}, "tiny"), (0.0, "pyproject.toml: tiny")),
        (ModelSpec.parse("local/smollm2"), (None, None)),
        (
            ModelSpec.parse("openai/team-x?input_usd_per_mtok=1&output_usd_per_mtok=3"),
            (4.0, "spec"),
        ),
    ],
    ids=lambda each: each.text if isinstance(each, ModelSpec) else "",
)
def test_a_model_costs_what_the_first_pattern_that_fits_says(
    spec: ModelSpec, cost: tuple[float | None, str | None]
) -> None:
    assert PriceBook(PRICES).of(spec).cost(USED) == cost


@pytest.mark.parametrize(
    "text, what",
    [
        ('"m" = 3', 'tool.evalkit.prices."m" .*is not a table'),
        ('"m" = {}', "gives no price"),
        ('"m" = {input_usd_per_mtok = 1}', "a price without output_usd_per_mtok"),
        (
            '"m" = {input_usd_per_mtoks = 1, output_usd_per_mtok = 1}',
            "unknown key 'input_usd_per_mtoks' .*did you mean input_usd_per_mtok",
        ),
        (
            '"m" = {input_usd_per_mtok = "1", output_usd_per_mtok = 1}',
            "input_usd_per_mtok '1' cannot be read",
        ),
        ('"m" = {input_usd_per_mtok = true, output_usd_per_mtok = 1}', "cannot be read"),
        ('"m" = {input_usd_per_mtok = nan, output_usd_per_mtok = 1}', "cannot be read"),
        (
            '"m" = {input_usd_per_mtok = 1, output_usd_per_mtok = 1, date = "soon"}',
            "date 'soon' is not a date .*date = 2026",
        ),
    ],
)
def test_a_wrong_entry_names_file_and_key(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=rf"(?s)^/project/pyproject.toml: .*{what}"):
        table(text)


def test_rates_of_an_entry_are_those_of_its_keys() -> None:
    (price,) = table(
        '"m" = {input_usd_per_mtok = 1, output_usd_per_mtok = 2, cached_usd_per_mtok = 3, '
        "cache_write_usd_per_mtok = 4, reasoning_usd_per_mtok = 5, batch_share = 0.5}"
    ).values()
    assert price.rates == TokenPrices(1, 2, 3, 4, 5)
    assert price.batch_rates == TokenPrices(0.5, 1, 1.5, 2, 2.5)
