"""``any/``: what is said where it cannot work; the real library is asked by ``make frameworks``."""

from __future__ import annotations

from importlib.machinery import ModuleSpec

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingExtraError, ModelSpecError, UsageError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model


@pytest.fixture
def has_library(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    spec = ModuleSpec("any_llm", None) if request.param else None
    monkeypatch.setattr("evalkit.models.any.find_spec", lambda name: spec)


def opened(text: str, **settings: bool) -> None:
    open_model(ModelSpec.parse(text), ModelSettings(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("has_library", [False], indirect=True)
def test_without_the_extra_the_error_says_how_to_get_it(has_library: None) -> None:
    with pytest.raises(MissingExtraError, match=r"any-llm-sdk.*pytest-evalkit\[any\]"):
        opened("any/deepseek/m")


@pytest.mark.parametrize("has_library", [True], indirect=True)
def test_a_provider_without_a_model_is_refused(has_library: None) -> None:
    with pytest.raises(ModelSpecError, match="names no model"):
        opened("any/deepseek")


@pytest.mark.parametrize("has_library", [True], indirect=True)
def test_offline_it_goes_to_loopback_alone(has_library: None) -> None:
    opened("any/deepseek/m?base_url=http://127.0.0.1:1/v1", is_offline=True)
    with pytest.raises(UsageError, match="it is not known where it connects to"):
        opened("any/deepseek/m", is_offline=True)
