"""What providers over HTTP share: who gets a key, and what becomes of parameters that a vendor lacks."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.needs import EVERYTHING
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OPENAI, OpenAiModel
from evalkit.models.wire.http_model import Vendor
from evalkit.runner.carried import refuse_uncarried
from tests.asking import ask

#: Takes neither a seed nor a temperature, nor an effort.
POOR = Vendor(
    "poor",
    "http://127.0.0.1:1/v1",
    carries=EVERYTHING - {"reasoning_effort"},
    lacks=frozenset({"seed", "temperature"}),
)


def model_of(query: str = "", vendor: Vendor = POOR) -> OpenAiModel:
    spec = ModelSpec.parse(f"poor/m{query}")
    params = {**vendor.read(spec), "chat": True}
    return OpenAiModel(
        spec, vendor.client(spec, ModelSettings(is_offline=True), params), params, None, vendor
    )


def generate(**fields: Any) -> GenerateParams:
    return GenerateParams.from_mapping(fields)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (generate(seed=1), r"poor/m has no seed"),
        (generate(seed=1, temperature=0), r"poor/m has no seed, temperature"),
        (generate(temperature=0.5), r"poor/m has no temperature"),
        (GenerateParams(reasoning=Reasoning("low")), r"poor/m cannot carry a reasoning effort"),
    ],
)
def test_a_parameter_that_the_vendor_does_not_take_is_refused(params: GenerateParams, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        refuse_uncarried(model_of(), ask(generate=params))
    assert "drop_unsupported=1" in str(caught.value)


def test_a_temperature_that_nobody_set_is_not_sent_where_there_is_none() -> None:
    request = ask(generate=generate(max_tokens=3))
    refuse_uncarried(model_of(), request)
    assert "temperature" not in model_of().body_of(request)


def test_a_model_may_go_without_what_its_vendor_lacks_and_says_so() -> None:
    model = model_of("?drop_unsupported=1")
    request = ask(generate=generate(seed=1, temperature=0.5, top_p=0.5, reasoning="low"))
    refuse_uncarried(model, request)
    body = model.body_of(request)
    assert not {"seed", "temperature", "reasoning_effort"} & set(body)
    assert body["top_p"] == 0.5
    assert model.params["not_sent"] == ["reasoning_effort", "seed", "temperature"]


def test_no_message_is_gone_without() -> None:
    vendor = Vendor("poor", "http://127.0.0.1:1/v1", carries=frozenset())
    assert "image" not in model_of("?drop_unsupported=1", vendor).carries


def test_a_spec_cannot_set_what_the_vendor_lacks() -> None:
    with pytest.raises(ModelSpecError, match="has no parameter temperature"):
        model_of("?temperature=1")


def test_a_vendor_without_an_address_of_its_own_needs_one() -> None:
    with pytest.raises(ModelSpecError, match="needs an address"):
        Vendor("poor").read(ModelSpec.parse("poor/m"))


def test_the_vendors_key_goes_to_the_vendor_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    spec = ModelSpec.parse("openai/m?base_url=http://127.0.0.1:1/v1")
    client = OPENAI.client(spec, ModelSettings(), OPENAI.read(spec))
    assert "canary" not in str(vars(client))
