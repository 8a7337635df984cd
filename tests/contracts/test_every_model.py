"""What every provider in the registry owes its callers."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import EvalkitError, MissingExtraError, ModelError, ModelSpecError, UnknownNameError
from evalkit.models.model import Model, ModelSettings
from evalkit.models.open import open_model
from evalkit.registry import MODELS
from tests.asking import ask, rank
from tests.local_models import weights, weights_read_once
from tests.loopback import Call, Reply, chat, echoing, serving
from tests.wire.aws import credentials as credentials

#: Those that rank choices, too.
RANKING = [
    pytest.param("local", marks=pytest.mark.local_model),
    pytest.param("llamacpp", marks=pytest.mark.local_model),
    "openai",
    "python",
    "replay",
]
PROVIDERS = [
    *RANKING, "anthropic", "azure", "bedrock", "gemini", "hf_inference", "mistral", "ollama", "sagemaker",
]  # fmt: skip


#: ``hf`` is held to the rest of this where torch is: tests/hf/test_hf_contract.py (``make hf``).
WITHOUT_ITS_LIBRARIES = ("hf",)


@pytest.fixture(scope="module", autouse=True)
def _weights() -> Iterator[None]:
    with weights_read_once():
        yield


def test_every_built_in_provider_is_held_to_this() -> None:
    assert set(MODELS) >= {"local", "llamacpp", "openai", "python", "replay", *WITHOUT_ITS_LIBRARIES}


#: Beginning of a path -> what a vendor with a protocol of its own answers there.
OWN_ANSWERS: dict[str, Any] = {
    "/v1/messages": {"content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn"},
    "/v1/models/": {"candidates": [{"content": {"parts": [{"text": "ok"}]}, "finishReason": "STOP"}]},
    "/api/tags": {"models": []},
    "/api/chat": {"message": {"content": "ok"}, "done": True, "done_reason": "stop"},
    "/model/": {"output": {"message": {"content": [{"text": "ok"}]}}, "stopReason": "end_turn", "usage": {}},
}


def answering(call: Call) -> Reply:
    own = next((answer for path, answer in OWN_ANSWERS.items() if call.path.startswith(path)), None)
    if own is not None:
        return Reply(own)
    return echoing(call) if call.path.endswith("/completions") and "echo" in call.body else chat()


def spec_of(provider: str, folder: Path, base_url: str) -> ModelSpec:
    rows = [{"sample_id": "1", "output": "ok"}, {"sample_id": "2", "choice_logprobs": [-2.0, -1.0]}]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "contract_app.py").write_text(
        "from evalkit import Response\n"
        "def app(text, request):\n"
        "    if request.continuations is None: return 'ok'\n"
        "    return Response(request.sample.choices[1], choice_logprobs=(-2.0, -1.0))\n"
    )
    if provider in ("local", "llamacpp"):
        name = weights("smollm2")
        return ModelSpec.parse("local/smollm2?ctx=256" if provider == "local" else f"llamacpp/{name}?ctx=256")
    root = base_url.removesuffix("/v1")
    return ModelSpec.parse(
        {
            "anthropic": f"anthropic/claude-opus-5?base_url={base_url}",
            "azure": f"azure/d?base_url={root}",
            "gemini": f"gemini/gemini-3-pro?base_url={base_url}",
            "hf": "hf/.?device=cpu",
            "bedrock": f"bedrock/m?base_url={root}",
            "hf_inference": f"hf_inference/org/m?base_url={base_url}",
            "mistral": f"mistral/m?base_url={base_url}",
            "ollama": f"ollama/m?base_url={root}",
            "openai": f"openai/m?base_url={base_url}",
            "sagemaker": f"sagemaker/e?base_url={root}",
            "python": "python:contract_app:app",
            "replay": "replay:rows.jsonl",
        }[provider]
    )


def with_model(
    provider: str, folder: Path, use: Callable[[Model], Coroutine[Any, Any, Any]], *, is_started: bool = True
) -> Any:
    async def run() -> Any:
        async with serving(answering) as server:
            spec = spec_of(provider, folder, server.base_url)
            settings = ModelSettings(is_offline=True, base_dir=folder, n_threads=1, timeout_s=1000.0)
            model = open_model(spec, settings)
            if is_started:
                await model.start()
            try:
                return await use(model)
            finally:
                await model.close()
                await model.close()

    return asyncio.run(run())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_generation_gives_text_and_leaves_the_callers_fields_alone(provider: str, tmp_path: Path) -> None:
    async def use(model: Model) -> Response:
        return await model.respond(ask())

    response = with_model(provider, tmp_path, use)
    assert isinstance(response.output, str)
    assert response.error is None
    assert (response.sample_id, response.repeat, response.input, response.created_at) == ("", 0, "", None)


@pytest.mark.parametrize("provider", RANKING)
def test_ranking_gives_a_label_and_one_value_for_each_choice(provider: str, tmp_path: Path) -> None:
    async def use(model: Model) -> Response:
        return await model.respond(rank("The sky is", "a", "blue", sample_id="2"))

    response = with_model(provider, tmp_path, use)
    assert response.output in ("a", "blue")
    assert len(response.choice_logprobs) == 2
    best = ("a", "blue")[response.choice_logprobs.index(max(response.choice_logprobs))]
    assert response.output == best


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_model_says_of_itself_can_be_stored(provider: str, tmp_path: Path) -> None:
    async def use(model: Model) -> Model:
        assert json.loads(json.dumps(dict(model.params))) == dict(model.params)
        identity = model.cache_identity
        assert identity is None or json.loads(json.dumps(dict(identity))) == dict(identity)
        assert model.default_concurrency >= 1
        assert model.revision is None or isinstance(model.revision, str)
        assert pickle.loads(pickle.dumps(model.spec)) == model.spec
        return model

    with_model(provider, tmp_path, use)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_model_that_was_never_started_can_be_closed(provider: str, tmp_path: Path) -> None:
    async def use(model: Model) -> None: ...

    with_model(provider, tmp_path, use, is_started=False)


@pytest.mark.parametrize("provider", [*PROVIDERS, *WITHOUT_ITS_LIBRARIES])
def test_an_unknown_parameter_is_refused_in_one_line(provider: str, tmp_path: Path) -> None:
    spec = spec_of(provider, tmp_path, "http://127.0.0.1:1/v1")
    wrong = ModelSpec(spec.provider, spec.name, {**spec.params, "colour": "red"}, f"{spec.text}&colour=red")
    with pytest.raises(ModelSpecError, match="colour") as caught:
        open_model(wrong, ModelSettings(base_dir=tmp_path))
    assert "\n" not in str(caught.value)


def test_a_provider_without_its_libraries_names_the_extra_that_brings_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evalkit.models.hf.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"torch is not installed .*pytest-evalkit\[hf\]"):
        open_model(ModelSpec.parse("hf/org/name"), ModelSettings(is_offline=True))


def test_an_unknown_provider_says_what_is_near() -> None:
    with pytest.raises(UnknownNameError, match="did you mean openai"):
        open_model(ModelSpec.parse("opnai/gpt-4o"), ModelSettings())


def test_errors_of_models_survive_the_way_to_another_process() -> None:
    error = ModelError("busy", is_retryable=True, retry_after_s=2.0, hint="wait")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, EvalkitError)
    assert str(again) == str(error)
