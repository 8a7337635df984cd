"""Limits of models by pattern, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.errors import UsageError
from evalkit.models.model import ModelSettings
from evalkit.models.pacing.rate_limits import RateLimits
from evalkit.session.limit_rules import LimitRules
from evalkit.session.subjects import open_subjects

FILE = Path("/project/pyproject.toml")


def rates(table: dict[str, Any], spec: str) -> RateLimits:
    return LimitRules(table, FILE, ["small"]).rates(ModelSpec.parse(spec))


@pytest.mark.parametrize(
    "pattern, spec",
    [
        ("openai/gpt-4o*", "openai/gpt-4o-mini?temperature=0"),
        ("openai/gpt-4o?temperature=0", "openai/gpt-4o?temperature=0"),
        ("python:shop:*", "python:shop:answer"),
        ("*", "openai/gpt-4o"),
    ],
)
def test_a_pattern_fits_the_spec_with_or_without_parameters(pattern: str, spec: str) -> None:
    assert rates({pattern: {"rpm": 500}}, spec) == RateLimits(rpm=500)


def test_a_pattern_of_another_model_says_nothing() -> None:
    assert rates({"openai/gpt-4o": {"rpm": 500}}, "openai/gpt-4o-mini") == RateLimits()


def test_the_first_pattern_that_fits_says_each_limit() -> None:
    table = {"openai/gpt-4o": {"rpm": 500}, "openai/*": {"rpm": 60, "tpm": 30_000}}
    assert rates(table, "openai/gpt-4o") == RateLimits(500, 30_000)


@pytest.mark.parametrize(
    "table, said",
    [
        ([], "tool.evalkit.limits is not a table"),
        ({"openai/*": 500}, '"openai/*" is 500 and no table'),
        ({"openai/*": {"rps": 5}}, '"openai/*".rps is not known (did you mean rpm'),
        ({"openai/*": {"rpm": "fast"}}, "\"openai/*\".rpm is 'fast' (write a number above 0"),
        ({"openai/*": {"tpm": 0}}, '"openai/*".tpm is 0 (write a number above 0'),
        ({"openai/*": {"tpm": True}}, '"openai/*".tpm is True (write a number above 0'),
        ({"opnai/*": {"rpm": 5}}, "provider 'opnai' that is not known (did you mean openai"),
        ({"smal": {"rpm": 5}}, '"smal" names no model (did you mean small'),
    ],
)
def test_a_wrong_rule_is_one_error_that_names_file_and_key(table: Any, said: str) -> None:
    with pytest.raises(UsageError) as seen:
        LimitRules(table, FILE, ["small"])
    assert str(seen.value).startswith("/project/pyproject.toml: tool.evalkit.limits")
    assert said in str(seen.value)


def test_a_session_sets_the_limits_of_its_models_and_a_spec_says_its_own(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.evalkit.limits]\n"openai/*" = {rpm = 60, tpm = 900}\n')
    specs = ["openai/a?base_url=http://127.0.0.1:9/v1", "openai/b?base_url=http://127.0.0.1:9/v1&rpm=5"]
    models = open_subjects(specs, [], tmp_path, ModelSettings()).models
    assert [model.rates for model in models.values()] == [RateLimits(60, 900), RateLimits(5, 900)]
