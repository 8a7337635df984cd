"""Where ``hf/…`` finds its files, what it says of them, and what it refuses before anything is loaded."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError
from evalkit.models.hf import HfModel, open_model
from evalkit.models.model import ModelSettings
from evalkit.models.torch_engine.chat_template import chat_template, takes_tools
from evalkit.models.torch_engine.source import Source, Wanted, needed_files
from evalkit.models.torch_engine.tool_calls import split_calls, with_objects

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HERMES = '{% if tools %}{"name": …, "arguments": …} in <tool_call></tool_call>{% endif %}'


@pytest.fixture(autouse=True)
def _libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is loaded here: what is not installed need not be."""
    monkeypatch.setattr("evalkit.models.hf.find_spec", lambda name: object())
    monkeypatch.setattr("evalkit.models.hf.version", lambda name: "1.0")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("evalkit.models.torch_engine.source.is_reachable", lambda url: False)


def folder(path: Path, **files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in {"config.json": "{}", "model.safetensors": "weights", **files}.items():
        (path / name).write_text(text)
    return path


def cached(tmp_path: Path) -> Path:
    """A snapshot as ``huggingface_hub`` keeps it."""
    home = tmp_path / "hub" / "models--org--name"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text(COMMIT)
    return folder(home / "snapshots" / COMMIT)


def opened(tmp_path: Path, spec: str, *, is_offline: bool = True) -> HfModel:
    return open_model(ModelSpec.parse(spec), ModelSettings(base_dir=tmp_path, is_offline=is_offline))


def started(tmp_path: Path, spec: str) -> HfModel:
    model = opened(tmp_path, spec)
    asyncio.run(model.start())
    return model


def test_the_revision_of_a_folder_follows_its_weights_and_not_its_read_me(tmp_path: Path) -> None:
    path = folder(tmp_path / "m", **{"README.md": "one"})
    first = Source(path).revision()
    (path / "README.md").write_text("two")
    assert Source(path).revision() == first
    (path / "model.safetensors").write_text("heavier")
    assert Source(path).revision() != first


def test_a_name_of_the_hub_is_found_in_its_cache_by_its_commit(tmp_path: Path) -> None:
    cached(tmp_path)
    assert started(tmp_path, "hf/org/name?device=cpu").revision == COMMIT


def test_a_folder_is_meant_before_a_name_of_the_hub(tmp_path: Path) -> None:
    cached(tmp_path)
    folder(tmp_path / "org" / "name")
    assert str(started(tmp_path, "hf/org/name?device=cpu").revision).startswith("sha256:")


def test_an_adapter_is_part_of_what_answers_and_of_the_key_of_the_cache(tmp_path: Path) -> None:
    folder(tmp_path / "m")
    folder(tmp_path / "a", **{"adapter_config.json": "{}"})
    plain, adapted = (started(tmp_path, f"hf/m?device=cpu{more}") for more in ("", "&adapter=a"))
    assert adapted.revision == f"{plain.revision}+{Source(tmp_path / 'a').revision()}"
    assert adapted.cache_identity is not None
    assert plain.cache_identity is not None
    assert adapted.cache_identity["revision"] != plain.cache_identity["revision"]
    assert adapted.cache_identity["engine"] == "torch 1.0 transformers 1.0 peft 1.0"


@pytest.mark.parametrize("param", ["dtype=bfloat16", "chat=0", "batch=4", "temperature=1"])
def test_what_can_change_an_answer_is_part_of_the_key_of_the_cache(param: str, tmp_path: Path) -> None:
    folder(tmp_path / "m")
    plain, other = (started(tmp_path, f"hf/m?device=cpu{more}") for more in ("", f"&{param}"))
    assert plain.cache_identity != other.cache_identity


def test_threads_are_no_part_of_the_key_of_the_cache(tmp_path: Path) -> None:
    folder(tmp_path / "m")
    plain, other = (started(tmp_path, f"hf/m?device=cpu{more}") for more in ("", "&threads=1"))
    assert plain.cache_identity == other.cache_identity


def test_on_a_cpu_weights_are_computed_in_float32(tmp_path: Path) -> None:
    folder(tmp_path / "m")
    assert started(tmp_path, "hf/m?device=cpu").params["dtype"] == "float32"


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("hf/./nothing", "no such folder"),
        ("hf//nothing/here", "no such folder"),
        ("hf/a/b/c", "no such folder"),
        ("hf/m?revision=main", "a folder has no .revision="),
        ("hf/m?gguf=x.gguf", "it holds no x.gguf"),
        ("hf/m?adapter=m", "it holds no adapter_config.json"),
        ("hf/empty", "it holds no config.json"),
        ("hf/m?device=gpu", "device='gpu' cannot be read"),
        ("hf/m?dtype=int4", "dtype='int4' cannot be read"),
    ],
)
def test_a_wrong_spec_is_refused_before_anything_is_loaded(spec: str, what: str, tmp_path: Path) -> None:
    folder(tmp_path / "m")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelSpecError, match=what) as caught:
        opened(tmp_path, spec)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("is_offline", "what"), [(True, "this session is offline"), (False, "the Hub cannot be reached")]
)
def test_what_this_machine_lacks_is_said_with_the_reason(is_offline: bool, what: str, tmp_path: Path) -> None:
    model = opened(tmp_path, "hf/org/name", is_offline=is_offline)
    with pytest.raises(ModelSpecError, match=what):
        asyncio.run(model.start())


def test_a_template_is_read_from_whichever_file_has_it(tmp_path: Path) -> None:
    several = [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": HERMES}]
    settings = {"one": {"chat_template": "plain"}, "many": {"chat_template": several}, "none": {}}
    for name, value in settings.items():
        folder(tmp_path / name, **{"tokenizer_config.json": json.dumps(value)})
    folder(tmp_path / "file", **{"chat_template.jinja": "plain"})
    found = {name: chat_template(Source(tmp_path / name)) for name in ("one", "many", "file", "none")}
    assert found == {"one": "plain", "many": HERMES, "file": "plain", "none": None}


@pytest.mark.parametrize(("template", "carried"), [(HERMES, {"tools"}), ("{{ messages }}", set())])
def test_tools_are_carried_where_the_template_has_a_place_for_them(
    template: str, carried: set[str], tmp_path: Path
) -> None:
    folder(tmp_path / "m", **{"chat_template.jinja": template})
    assert opened(tmp_path, "hf/m").carries == carried
    assert takes_tools(template) == bool(carried)


def test_without_chat_no_tools_are_carried(tmp_path: Path) -> None:
    folder(tmp_path / "m", **{"chat_template.jinja": HERMES})
    assert opened(tmp_path, "hf/m?chat=0").carries == frozenset()


def test_calls_of_tools_are_told_apart_from_the_text() -> None:
    text = 'Let me see.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Köln"}}\n</tool_call>'
    rest, (call,) = split_calls(text)
    assert rest == "Let me see."
    assert call["function"] == {"name": "weather", "arguments": '{"city": "Köln"}'}


@pytest.mark.parametrize("inner", ["not JSON", "[1]", '{"arguments": {}}'])
def test_a_call_that_cannot_be_read_stays_in_the_text(inner: str) -> None:
    text = f"<tool_call>{inner}</tool_call>"
    assert split_calls(text) == (text, ())


def test_earlier_calls_are_put_to_a_template_with_their_arguments_as_objects() -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]
    assert with_objects(calls)[0]["function"] == {"name": "f", "arguments": {"a": 1}}


def test_only_files_that_answers_depend_on_are_fetched() -> None:
    files = ["config.json", "model.safetensors", "pytorch_model.bin", "README.md", "onnx/model.onnx"]
    assert needed_files(files, None) == ["config.json", "model.safetensors"]
    assert needed_files(["config.json", "pytorch_model.bin"], None) == ["config.json", "pytorch_model.bin"]
    assert needed_files([*files, "m.gguf"], "m.gguf") == ["m.gguf"]


def test_a_gguf_file_by_its_own_path_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    assert Wanted("m.gguf", tmp_path).find() == Source(tmp_path, "m.gguf")
