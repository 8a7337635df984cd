"""A GGUF file as the model: generation, ranking, both in one process, and quietly."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from evalkit.core.message import Message
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingExtraError, ModelError, ModelSpecError, UnknownNameError
from evalkit.models.embedded.generation_server import N_SLOTS, chat_template, has_chat_template
from evalkit.models.llamacpp import EmbeddedModel, open_model
from evalkit.models.local import open_model as open_local
from evalkit.models.model import ModelSettings
from evalkit.models.wire.http import JsonClient
from evalkit.models.wire.openai_ranking import OpenAiRanking
from tests.asking import ask, rank
from tests.local_models import weights

SENTIMENT = "Review: a delight from start to finish .\nSentiment:"
FEW = GenerateParams(max_tokens=3)


Use = Callable[[EmbeddedModel], Coroutine[Any, Any, Any]]
WithModel = Callable[[Use], Any]


@asynccontextmanager
async def opened(query: str = "?ctx=512") -> AsyncIterator[EmbeddedModel]:
    spec = ModelSpec.parse(f"llamacpp/{weights('smollm2')}{query}")
    # One thread: threads of the server that wait for each other stand still on a machine with other work.
    model = open_model(spec, ModelSettings(is_offline=True, n_threads=1, timeout_s=1000.0))
    await model.start()
    try:
        yield model
    finally:
        await model.close()


@pytest.fixture(scope="module")
def with_model() -> Iterator[WithModel]:
    """Runs what uses a model. One for all tests: each takes a second to open."""
    with asyncio.Runner() as runner:
        context = opened()
        model = runner.run(context.__aenter__())
        yield lambda use: runner.run(use(model))
        runner.run(context.__aexit__(None, None, None))


@pytest.mark.local_model
def test_both_engines_answer_in_one_process(with_model: WithModel) -> None:
    async def use(model: EmbeddedModel) -> Any:
        return await asyncio.gather(
            model.respond(rank(SENTIMENT, "negative", "positive")), model.respond(ask("Say hello."))
        )

    ranked, generated = with_model(use)
    assert ranked.output == "positive"
    assert ranked.choice_tokens == (1, 1)
    assert generated.output
    assert generated.completion_tokens == 8
    assert generated.finish_reason == "length"
    assert ranked.cost_usd == generated.cost_usd == 0.0


@pytest.mark.local_model
def test_greedy_answers_do_not_depend_on_what_is_in_flight(with_model: WithModel) -> None:
    requests = [ask(f"Name a {thing}.", generate=FEW) for thing in ("river", "colour")]

    async def use(model: EmbeddedModel) -> Any:
        alone = [(await model.respond(request)).output for request in requests]
        together = await asyncio.gather(*(model.respond(request) for request in requests * 2))
        return alone * 2, [response.output for response in together]

    alone, together = with_model(use)
    assert alone == together


@pytest.mark.local_model
def test_what_waits_for_a_slot_waits_in_the_queue_and_not_in_the_latency(with_model: WithModel) -> None:
    async def use(model: EmbeddedModel) -> Any:
        await model.respond(ask("Say hello.", generate=FEW))
        asked = (model.respond(ask(f"Name number {i}.", generate=FEW)) for i in range(N_SLOTS + 1))
        return await asyncio.gather(*asked)

    answers = with_model(use)
    waited = sorted(answer.queue_s for answer in answers)
    # The last of them begins when another has ended.
    assert waited[N_SLOTS] > min(answer.latency_s for answer in answers) / 2
    assert all(answer.latency_s > 0 for answer in answers)


@pytest.mark.local_model
def test_stop_texts_end_the_answer() -> None:
    async def use() -> Any:
        request = ask("a, b, c,", generate=GenerateParams(max_tokens=24, stop=(",",)))
        async with opened("?ctx=512&chat=0") as model:
            return await model.respond(request)

    response = asyncio.run(use())
    assert "," not in response.output
    assert response.finish_reason == "stop"


async def refused(model: EmbeddedModel, request: Request) -> ModelError:
    """Why it is not answered; a connection that the server just closed is asked again, as the engine does."""
    for _ in range(3):
        with pytest.raises(ModelError) as caught:
            await model.respond(request)
        if not caught.value.is_retryable:
            break
    return caught.value


@pytest.mark.local_model
def test_a_prompt_beyond_the_context_is_a_final_error_of_that_sample_alone(with_model: WithModel) -> None:
    async def use(model: EmbeddedModel) -> Any:
        long = "word " * 600
        for request in (ask(long), rank(long, "a", "b")):
            assert not (await refused(model, request)).is_retryable
        return await model.respond(ask("Say hello.", generate=FEW))

    assert with_model(use).output


@pytest.mark.local_model
def test_roles_are_ranked_after_the_models_own_chat_template(with_model: WithModel) -> None:
    messages = (Message("system", "Answer in one word."), Message("user", "Is water wet?"))
    plain = rank("Is water wet?", "yes", "no")
    roles = Request(messages, plain.generate, plain.sample, has_roles=True, continuations=plain.continuations)

    async def use(model: EmbeddedModel) -> Any:
        return await model.respond(plain), await model.respond(roles)

    bare, laid_out = with_model(use)
    assert laid_out.prompt_tokens > bare.prompt_tokens + 10


@pytest.mark.local_model
def test_the_tokenizer_alone_counts_what_the_engine_reads_of_bare_text(with_model: WithModel) -> None:
    request = rank(SENTIMENT, "negative", "very positive")

    async def use(model: EmbeddedModel) -> Any:
        return model.count_tokens(request), (await model.respond(request)).prompt_tokens

    counted, read = with_model(use)
    assert counted == read


@pytest.mark.local_model
def test_what_a_chat_template_adds_is_not_guessed(with_model: WithModel) -> None:
    async def use(model: EmbeddedModel) -> Any:
        return model.count_tokens(ask("Say hello."))

    assert with_model(use) is None


@pytest.mark.local_model
def test_a_llama_cpp_server_steps_to_the_values_that_the_c_interface_gives(with_model: WithModel) -> None:
    """Two ways through one library. They round differently, so within half a nat."""
    request = rank(SENTIMENT, "negative", "really very positive")

    async def use(model: EmbeddedModel) -> Any:
        await model.respond(ask("wake", generate=FEW))
        url = f"{model._generation._server.listening_address}/v1"
        client = JsonClient(url, {}, timeout_s=300, is_offline=True)
        stepped = await OpenAiRanking(client, "m").rank(request)
        await client.close()
        return stepped, await model.respond(request)

    stepped, direct = with_model(use)
    assert stepped.choice_tokens == direct.choice_tokens
    assert stepped.choice_logprobs == pytest.approx(direct.choice_logprobs, abs=0.75)
    assert stepped.output == direct.output


@pytest.mark.local_model
def test_the_engines_print_nothing(tmp_path: Path) -> None:
    script = tmp_path / "talk.py"
    script.write_text(
        "import asyncio, sys\n"
        "from evalkit.core.subject import ModelSpec\n"
        "from evalkit.models.llamacpp import open_model\n"
        "from evalkit.models.model import ModelSettings\n"
        "from tests.asking import ask, rank\n"
        "async def main():\n"
        "    model = open_model(ModelSpec.parse(sys.argv[1]), ModelSettings(n_threads=1))\n"
        "    await model.start()\n"
        "    await model.respond(rank('The sky is', 'blue', 'red'))\n"
        "    await model.respond(ask('hello'))\n"
        "    await model.close()\n"
        "asyncio.run(main())\n"
    )
    # Ranked by llama.cpp too, as what computes in float32 has nothing to print.
    command = [sys.executable, str(script), f"llamacpp/{weights('smollm2')}?ctx=256&precision=stored"]
    done = run(command, capture_output=True, text=True, check=False, env=_environment())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _environment() -> dict[str, str]:
    import os

    root = Path(__file__).resolve().parents[3]
    return {**os.environ, "PYTHONPATH": str(root)}


@pytest.mark.local_model
def test_the_revision_is_the_hash_of_the_weights(with_model: WithModel) -> None:
    async def use(model: EmbeddedModel) -> Any:
        return model.revision, model.cache_identity

    revision, identity = with_model(use)
    assert revision == "sha256:b179c9523d0e6a0f"
    assert identity["revision"] == revision
    assert "xllamacpp" in identity["engine"]


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelSpecError, match=r"none\.gguf"):
        open_model(ModelSpec.parse("llamacpp/none.gguf"), ModelSettings(base_dir=tmp_path))


def test_missing_weights_name_the_command_that_fetches_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path))
    with pytest.raises(MissingExtraError, match="evalkit setup local gemma3-270m"):
        open_local(ModelSpec.parse("local/gemma3-270m"), ModelSettings())


def test_an_unknown_local_model_says_what_is_near() -> None:
    with pytest.raises(UnknownNameError, match="did you mean smollm2"):
        open_local(ModelSpec.parse("local/smollm"), ModelSettings())


def headed(path: Path, key: bytes, template: bytes = b"{{ messages }}") -> Path:
    """The head of a GGUF file with one text in it."""
    length, kind = len(key).to_bytes(8, "little"), (8).to_bytes(4, "little")
    value = len(template).to_bytes(8, "little") + template
    path.write_bytes(b"GGUF" + bytes(20) + length + key + kind + value + b"more")
    return path


@pytest.mark.parametrize("has_template", [True, False])
def test_a_chat_template_is_seen_in_the_header(tmp_path: Path, has_template: bool) -> None:
    key = b"tokenizer.chat_template" if has_template else b"tokenizer.chat_templates"
    path = headed(tmp_path / "x.gguf", key)
    assert has_chat_template(path) is has_template
    assert chat_template(path) == (b"{{ messages }}" if has_template else None)


@pytest.mark.parametrize(
    ("template", "query", "carries"),
    [
        (b"{% if tools %}{{ tools }}{% endif %}{{ messages }}", "", {"response_format", "tools"}),
        (b"{{ messages }}", "", {"response_format"}),
        (b"{% if tools %}{{ tools }}{% endif %}{{ messages }}", "?chat=0", set()),
    ],
)
def test_tools_are_carried_where_the_chat_template_has_a_place_for_them(
    tmp_path: Path, template: bytes, query: str, carries: set[str]
) -> None:
    headed(tmp_path / "x.gguf", b"tokenizer.chat_template", template)
    spec = ModelSpec.parse(f"llamacpp/x.gguf{query}")
    assert open_model(spec, ModelSettings(base_dir=tmp_path)).carries == carries


@pytest.mark.local_model
def test_an_answer_keeps_to_the_schema_that_is_asked_for(with_model: WithModel) -> None:
    schema = {
        "type": "object",
        "properties": {
            "colour": {"enum": ["heliotrope"]},
            "n": {"type": "integer", "minimum": 7, "maximum": 7},
        },
        "required": ["colour", "n"],
        "additionalProperties": False,
    }

    async def use(model: EmbeddedModel) -> Any:
        assert model.carries == {"response_format"}
        generate = GenerateParams(max_tokens=40)
        return await model.respond(
            ask("Say hello.", generate=generate, response_schema=ResponseSchema(schema))
        )

    assert json.loads(with_model(use).output) == {"colour": "heliotrope", "n": 7}
