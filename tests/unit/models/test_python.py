"""The user's own application as the model."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.sample import Sample
from evalkit.core.subject import ModelSpec
from evalkit.core.tools import parse_tools
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import READS_SAMPLE, ModelSettings
from evalkit.models.python import open_model
from tests.asking import ask, rank

APPLICATION = """
import asyncio, threading, time
from evalkit import ModelError, Response

def plain(text): return text.upper()
async def later(text):
    await asyncio.sleep(0)
    return text.upper()
def by_name(text, sample, messages): return f"{text} {sample.id} {messages[0]['content']}"
def its_input(input): return input
def its_prompt(prompt): return prompt
def whole(request): return request.text[::-1]
def rich(text): return Response("ok", contexts=("a",), prompt_tokens=3)
def told(text): return {"output": "ok", "reasoning": "thought", "cached_tokens": 2, "queue_s": 0.5}
def misspelt(text): return {"output": "ok", "reasonning": "thought"}
class Own:
    output, finish_reason, reasoning, irrelevant = "ok", "end_turn", "thought", 5
def own(text): return Own()
def nothing(text): return None
def number(text): return 7
def raw(text): return b"bytes"
def broken(text): raise KeyError("lost")
def busy(text): raise ModelError("busy", is_retryable=True)
def leaves(text): raise SystemExit(3)
def hangs(text): threading.Event().wait()
async def hangs_too(text): await asyncio.Event().wait()
def shown(messages, media): return f"{messages[0]['content'][1]['type']} {media[0].name}"
def by_keyword(text, *, tools, schema=None): return f"{text} {tools} {schema}"
def behind(tools, prompt): return f"{prompt} {len(tools)}"
def own_tools(text, tools=("mine",), reasoning="own"): return f"{tools} {reasoning}"
def asked(response_format, tool_choice, reasoning):
    return f"{response_format} {tool_choice} {reasoning.effort}"
class Bot:
    def __call__(self, text): return "bot"
bot = Bot()
constant = 5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "shop_app.py").write_text(APPLICATION)
    path = list(sys.path)
    yield tmp_path
    sys.path[:] = path
    sys.modules.pop("shop_app", None)


def respond(folder: Path, name: str, request: Request | None = None, **settings: Any) -> Response:
    async def run() -> Response:
        model = open_model(ModelSpec.parse(f"python:{name}"), ModelSettings(base_dir=folder, **settings))
        await model.start()
        return await model.respond(request or ask("hello"))

    return asyncio.run(run())


@pytest.mark.parametrize("name", ["plain", "later"])
def test_sync_and_async_functions_are_called_with_the_prompt(folder: Path, name: str) -> None:
    assert respond(folder, f"shop_app:{name}").output == "HELLO"


def test_parameters_are_filled_by_their_names(folder: Path) -> None:
    assert respond(folder, "shop_app:by_name").output == "hello 1 hello"


@pytest.mark.parametrize(
    ("name", "output"), [("its_input", "hi"), ("its_prompt", "user:\nSay hi"), ("plain", "USER:\nSAY HI")]
)
def test_input_is_the_samples_own_and_prompt_what_was_made_of_it(
    folder: Path, name: str, output: str
) -> None:
    request = Request((Message("user", "Say hi"),), GenerateParams(), Sample("a", "hi"), has_roles=True)
    assert respond(folder, f"shop_app:{name}", request).output == output


def test_a_task_without_input_does_not_ask_with_an_empty_one(folder: Path) -> None:
    request = Request((Message("user", "Say hi"),), GenerateParams(), Sample("a", "", row={"mail": "hi"}))
    with pytest.raises(ModelError, match="gives its samples no input"):
        respond(folder, "shop_app:its_input", request)


def test_a_function_may_ask_for_the_request_alone(folder: Path) -> None:
    assert respond(folder, "shop_app:whole").output == "olleh"


def test_an_object_with_a_call_method_counts(folder: Path) -> None:
    assert respond(folder, "shop_app:bot").output == "bot"


def test_a_response_keeps_what_the_application_says(folder: Path) -> None:
    response = respond(folder, "shop_app:rich")
    assert (response.output, response.contexts, response.prompt_tokens) == ("ok", ("a",), 3)


@pytest.mark.parametrize(
    ("name", "seen"), [("nothing", "NoneType None"), ("number", "int 7"), ("raw", "bytes b'bytes'")]
)
def test_nonsense_is_an_error_that_shows_it(folder: Path, name: str, seen: str) -> None:
    with pytest.raises(ModelError, match=seen):
        respond(folder, f"shop_app:{name}")


@pytest.mark.parametrize(("name", "seen"), [("broken", "KeyError: 'lost'"), ("leaves", "SystemExit: 3")])
def test_what_the_application_raises_is_a_final_error(folder: Path, name: str, seen: str) -> None:
    with pytest.raises(ModelError, match=seen) as caught:
        respond(folder, f"shop_app:{name}")
    assert not caught.value.is_retryable


def test_a_model_error_of_the_application_passes_as_it_is(folder: Path) -> None:
    with pytest.raises(ModelError) as caught:
        respond(folder, "shop_app:busy")
    assert caught.value.is_retryable


@pytest.mark.parametrize("name", ["hangs", "hangs_too"])
def test_a_call_that_hangs_is_a_final_error(folder: Path, name: str) -> None:
    with pytest.raises(ModelError, match=r"0\.05 s") as caught:
        respond(folder, f"shop_app:{name}", timeout_s=0.05)
    assert not caught.value.is_retryable


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("shop_app", "cannot be read"),
        ("no_such_module:x", "no_such_module"),
        ("shop_app:plane", "plain"),
        ("shop_app:constant", "not callable"),
    ],
)
def test_a_wrong_name_is_one_line_that_says_which_half(folder: Path, name: str, seen: str) -> None:
    with pytest.raises(ModelSpecError, match=seen) as caught:
        respond(folder, name)
    assert "\n" not in str(caught.value)


def test_answers_are_cached_only_with_a_revision(folder: Path) -> None:
    settings = ModelSettings(base_dir=folder)
    assert open_model(ModelSpec.parse("python:shop_app:plain"), settings).cache_identity is None
    pinned = open_model(ModelSpec.parse("python:shop_app:plain?revision=7"), settings)
    assert pinned.cache_identity == {"provider": "python", "name": "shop_app:plain", "revision": "7"}


@pytest.mark.parametrize(
    ("name", "reads"), [("plain", False), ("by_name", True), ("whole", True), ("its_input", True)]
)
def test_an_application_that_is_given_the_sample_says_so_to_the_cache(
    folder: Path, name: str, reads: bool
) -> None:
    spec = ModelSpec.parse(f"python:shop_app:{name}?revision=7")
    identity = open_model(spec, ModelSettings(base_dir=folder)).cache_identity
    assert identity is not None
    assert bool(identity.get(READS_SAMPLE)) is reads


def test_an_application_that_does_not_rank_is_not_asked_to_choose_in_silence(folder: Path) -> None:
    (folder / "ranker.py").write_text(
        "from evalkit import Response\n"
        "def label(text): return 'yes'\n"
        "def ranks(text): return Response('yes', choice_logprobs=(-0.1, -2.0))\n"
    )
    request = rank("q", "yes", "no")
    with pytest.raises(ModelError, match=r"does not rank choices \(use scoring: generate"):
        respond(folder, "ranker:label", request)
    assert respond(folder, "ranker:ranks", request).choice_logprobs == (-0.1, -2.0)


TOOLS = parse_tools([{"name": "look"}])
IMAGE = MediaPart("image", Media.of(b"bytes", "image/png", "cat.png"))
LOOKING = replace(ask(), messages=(Message.of_parts("user", (TextPart("What?"), IMAGE)),))


def test_messages_have_their_parts_and_media_their_bytes(folder: Path) -> None:
    assert respond(folder, "shop_app:shown", LOOKING).output == "image_url cat.png"


def test_tools_and_schema_go_to_the_parameters_of_their_names(folder: Path) -> None:
    request = ask(tools=TOOLS, response_schema=ResponseSchema({"type": "object"}))
    output = respond(folder, "shop_app:by_keyword", request).output
    assert output == f"hello {list(TOOLS)} {{'type': 'object'}}"
    assert respond(folder, "shop_app:behind", request).output == "hello 1"


def test_a_default_of_the_application_stays_where_the_task_asks_nothing(folder: Path) -> None:
    assert respond(folder, "shop_app:own_tools").output == "('mine',) own"


def test_format_choice_and_effort_are_those_of_the_task(folder: Path) -> None:
    generate = GenerateParams(reasoning=Reasoning("low"))
    request = ask(tools=TOOLS, tool_choice="auto", response_schema=ResponseSchema(), generate=generate)
    assert respond(folder, "shop_app:asked", request).output == "{'type': 'json_object'} auto low"


@pytest.mark.parametrize(
    ("name", "sees"), [("plain", False), ("its_input", False), ("shown", True), ("whole", True)]
)
def test_a_callable_that_takes_a_text_alone_carries_no_images(folder: Path, name: str, sees: bool) -> None:
    model = open_model(ModelSpec.parse(f"python:shop_app:{name}"), ModelSettings(base_dir=folder))
    assert ("image" in model.carries) is sees
    assert {"tools", "response_format", "reasoning_budget"} <= model.carries


def test_a_dict_may_have_the_fields_of_a_response(folder: Path) -> None:
    expected = Response("ok", reasoning="thought", cached_tokens=2, queue_s=0.5)
    assert respond(folder, "shop_app:told") == expected


def test_an_object_of_ones_own_is_read_by_the_names_of_the_fields(folder: Path) -> None:
    assert respond(folder, "shop_app:own") == Response("ok", finish_reason="end_turn", reasoning="thought")


def test_a_key_that_is_no_field_is_an_error_that_says_what_is_near(folder: Path) -> None:
    with pytest.raises(ModelError, match="'reasonning' is not a field of a Response") as caught:
        respond(folder, "shop_app:misspelt")
    assert "reasoning" in str(caught.value.hint)
