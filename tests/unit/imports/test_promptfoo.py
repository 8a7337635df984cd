"""promptfoo: providers and prompts as subjects, tests by what they say, repeats, errors without secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import UsageError
from tests.unit.imports.files import FILES, metrics, read, store

JSON, LINES = FILES / "promptfoo/output.json", FILES / "promptfoo/output.jsonl"


def document() -> Any:
    return json.loads(JSON.read_text())


def written(tmp_path: Path, value: Any) -> Path:
    file = tmp_path / "output.json"
    file.write_text(json.dumps(value))
    return file


def test_each_provider_with_each_prompt_is_a_subject() -> None:
    run = read("auto", JSON)
    assert [(e.subject.model, e.subject.prompt, e.subject.prompt_text) for e in run.evaluations] == [
        ("echo", "prompt-1", "Greet {{name}}."),
        ("echo", "prompt-2", "Say hello to {{name}} in one word."),
        ("shout", "prompt-1", "Greet {{name}}."),
        ("shout", "prompt-2", "Say hello to {{name}} in one word."),
    ]
    assert {e.task for e in run.evaluations} == {"greetings in two ways"}


def test_passes_scores_and_shared_assertions_are_those_of_the_file(tmp_path: Path) -> None:
    (evaluation, *_) = read("promptfoo", JSON).evaluations
    found = {a.sample.id.partition("#")[0]: {s.scorer: s.value for s in a.scores} for a in evaluation.answers}
    # equals, latency and contains-any stand in one test each: they count in pass and score alone
    assert found == {
        "a short name": {"pass": 1.0, "score": 1.0, "icontains": 1.0},
        "Grace": {"pass": 1.0, "score": 1.0, "icontains": 1.0},
        "Nobody": {"pass": 0.0, "score": 0.5, "icontains": 1.0},
    }
    assert [a.sample.target for a in evaluation.answers] == [None, "Greet Grace.", None]


def test_a_call_that_broke_is_an_error_row_without_its_configuration() -> None:
    shout = read("promptfoo", JSON).evaluations[2]
    (broken,) = [a.response for a in shout.answers if a.response.error]
    assert broken.output is None
    assert broken.error == "Error: Command failed: sh answer.sh Greet Nobody."
    assert "env" in JSON.read_text()  # what the file says and the store must not


def test_equal_tests_are_repeats_and_meet_over_files() -> None:
    lines, whole = read("auto", LINES), read("auto", JSON)
    assert [(e.subject.model, len(e.answers)) for e in lines.evaluations] == [("echo", 6), ("echo", 6)]
    answers = lines.evaluations[0].answers
    assert sorted({a.response.repeat for a in answers}) == [0, 1]
    assert {a.sample.id for a in answers} == {a.sample.id for a in whole.evaluations[0].answers}


def test_another_order_of_tests_is_the_same_dataset(tmp_path: Path) -> None:
    from evalkit.imports.identity import dataset_hash

    changed = document()
    for row in changed["results"]["results"]:
        row["testIdx"] = 10 - row["testIdx"]
    changed["results"]["results"].reverse()
    first, second = read("promptfoo", JSON), read("promptfoo", written(tmp_path, changed))
    for one, other in zip(first.evaluations, second.evaluations, strict=True):
        assert dataset_hash("promptfoo", one) == dataset_hash("promptfoo", other)


def test_numbers_reach_the_store(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("promptfoo", LINES))
    found = metrics(path, stored.run.run_id)["promptfoo", "pass"]
    assert (found.value, found.n) == (pytest.approx(2 / 3), 6)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["results"].update(version=2), "results.version is 2, known is 3"),
        (lambda d: d["results"].update(results=[]), "holds no result"),
        (lambda d: d["results"]["results"][1].pop("promptIdx"), "has no 'results.1.promptIdx'"),
        (lambda d: d.pop("results"), "has no 'results'"),
    ],
)
def test_another_schema_is_refused(tmp_path: Path, change: Any, said: str) -> None:
    changed = document()
    change(changed)
    with pytest.raises(UsageError, match=said):
        read("promptfoo", written(tmp_path, changed))
