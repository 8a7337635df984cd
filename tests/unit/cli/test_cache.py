"""`evalkit cache`: what is kept of answers, and how to let go of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit import evaluate
from evalkit.cache.cache import ResponseCache
from tests.unit.cache.test_cache import IDENTITY, REQUEST, RESPONSE
from tests.unit.cli.conftest import Command, answer


@pytest.fixture
def cached(store: Path) -> None:
    """A cache beside the store with one answer."""
    cache = ResponseCache.open(store.parent / "cache")
    cache.put(cache.key(IDENTITY, REQUEST), RESPONSE)
    cache.close()


@pytest.mark.usefixtures("cached")
def test_cache_stats_tell_how_many_answers_of_which_models(evalkit: Command) -> None:
    found = answer(evalkit, "cache", "stats")
    assert (found["n_entries"], found["models"]) == (1, [{"identity": IDENTITY, "n_entries": 1}])
    assert "1 response," in evalkit("cache", "stats")[1]


@pytest.mark.usefixtures("cached")
def test_cache_explain_shows_what_is_kept_for_a_sample(evalkit: Command) -> None:
    assert answer(evalkit, "cache", "explain", "s1")[0]["response"]["output"] == "2"
    assert evalkit("cache", "explain", "s9")[1] == "nothing is kept for 's9'\n"


@pytest.mark.usefixtures("cached")
def test_cache_clear_removes_answers(evalkit: Command) -> None:
    assert answer(evalkit, "cache", "clear", "--older-than", "1h")["n_removed"] == 0
    assert answer(evalkit, "cache", "clear")["n_removed"] == 1
    assert evalkit("cache", "clear", "--older-than", "soon")[0] == 4


APP = """
def answer(prompt, tools=None):
    if "break" in prompt:
        raise OSError("broken")
    return prompt.upper()
"""
TASK = """
task: {task}
samples: [{{id: a, input: Greet Ada}}, {{id: b, input: {b}}}, {{id: c, input: break}}]
prompt: "{prompt}: {{{{ input }}}}"
metrics: [output_chars_mean]
max_error_rate: 1
"""
MODEL = "python:app:answer?revision=1"


def run_of(folder: Path, **changes: Any) -> str:
    """The id of a run over a task with these changes."""
    (folder / "app.py").write_text(APP)
    (folder / "suites").mkdir(exist_ok=True)
    more = changes.pop("more", "")
    values = {"task": "t", "b": "Greet Bob", "prompt": "Be brief", **changes}
    (folder / "suites/t.eval.yaml").write_text(TASK.format(**values) + more)
    return evaluate("suites", values.pop("model", MODEL), progress=False).run_id


@pytest.fixture
def folder(store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(store.parent.parent))
    sys.modules.pop("app", None)
    yield store.parent.parent
    sys.modules.pop("app", None)  # other tests have an application of that name


def test_explain_tells_what_each_answer_of_a_run_came_from(folder: Path, evalkit: Command) -> None:
    first = run_of(folder)
    second = run_of(folder, b="Greet Bobby", more="tools: [{name: look}]\ngenerate: {temperature: 1}\n")
    third = run_of(folder, b="Greet Bobby", more="tools: [{name: look}]\ngenerate: {temperature: 1}\n")
    (asked,) = answer(evalkit, "cache", "explain", second, "b")
    assert (asked["way"], asked["differences"]) == (
        "asked",
        [
            {"part": "message 1 (user)", "changes": ["Be brief: Greet [-Bob-] {+Bobby+}"]},
            {"part": "temperature", "changes": ["0.0 -> 1.0"]},
            {"part": "tool look", "changes": ["is new"]},
        ],
    )
    (cached,) = answer(evalkit, "cache", "explain", third, "t", "b")
    assert (cached["way"], cached["entry"]["key"], cached["nearest"]) == (
        "cached",
        asked["entry"]["key"],
        None,
    )
    (failed,) = answer(evalkit, "cache", "explain", first, "c", "--subject", MODEL, "--repeat", "0")
    assert (failed["way"], failed["entry"]) == ("failed", None)
    assert "broken" in failed["error"]
    out = evalkit("cache", "explain", "latest", "b")[1]
    assert f"t · {MODEL} · b · repeat 0: answered from the cache" in out
    out = evalkit("cache", "explain", second, "b")[1]
    assert "message 1 (user): Be brief: Greet [-Bob-] {+Bobby+}" in out
    assert "nearest: of the entries of this sample" in out


def test_explain_says_what_would_be_asked_now(folder: Path, evalkit: Command) -> None:
    run_of(folder)
    words = ("cache", "explain", "suites/t.eval.yaml", "a", "--model")
    assert answer(evalkit, *words, MODEL)[0]["way"] == "cached"
    (asked,) = answer(evalkit, *words, "python:app:answer?revision=2")
    assert asked["differences"] == [{"part": "revision", "changes": ["'1' -> '2'"]}]
    assert "never cached" in evalkit(*words, "python:app:answer")[2]
    assert "no model is given" in evalkit(*words[:-1])[2]


def test_what_is_not_there_is_one_error(folder: Path, evalkit: Command) -> None:
    run_of(folder)
    for words, message in (
        (("nope", "a"), "there is no run 'nope'"),
        (("latest", "aa"), "has no answer to sample 'aa' (did you mean a"),
        (("latest", "tt", "a"), "has no task 'tt' (did you mean t?)"),
        (("latest", "a", "--subject", "openai/m"), "has no subject 'openai/m'"),
        (("latest", "a", "--repeat", "3"), "has no repeat 3 (it has 0)"),
        (("suites/t.eval.yaml", "z", "--model", MODEL), "no task has a sample 'z'"),
    ):
        status, _, said = evalkit("cache", "explain", *words)
        assert (status, message in said) == (4, True), said


def test_the_answers_of_a_run_travel_to_another_folder(
    folder: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run_of(folder, prompt="Old")
    run = run_of(folder)
    found = answer(evalkit, "cache", "export", "ci.jsonl", "--run", run, "--task", "t")
    assert (found["n_entries"], found["n_used"], found["n_models"]) == (2, 2, 1)
    assert answer(evalkit, "cache", "export", "all.jsonl")["n_entries"] == 4
    assert answer(evalkit, "cache", "export", "none.jsonl", "--model", "gpt")["n_entries"] == 0
    file, other = folder / "ci.jsonl", tmp_path_factory.mktemp("ci")
    assert b"Be brief: Greet Ada" in file.read_bytes()
    evalkit("cache", "export", "bare.jsonl", "--without-inputs")
    assert b"Greet Ada" not in (folder / "bare.jsonl").read_bytes()
    monkeypatch.chdir(other)
    assert answer(evalkit, "cache", "import", str(file), "--store", "s/results.duckdb")["n_new"] == 2
    assert "2 known already" in evalkit("cache", "import", str(file), "--store", "s/results.duckdb")[1]
    assert answer(evalkit, "cache", "explain", "a", "--store", "s/results.duckdb")[0]["sample_id"] == "a"


def test_what_a_run_used_and_the_cache_lacks_is_told(folder: Path, evalkit: Command) -> None:
    run = run_of(folder)
    evalkit("cache", "clear")
    said = evalkit("cache", "export", "ci.jsonl", "--run", run)[2]
    assert "2 answers that it used are not in the cache" in said
