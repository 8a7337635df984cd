"""OpenAI evals: spec, events, final report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import UsageError
from tests.unit.imports.files import FILES, metrics, read, store

GOOD, BAD = FILES / "openai_evals/good.jsonl", FILES / "openai_evals/bad.jsonl"


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in BAD.read_text().splitlines()]


def written(tmp_path: Path, rows: list[Any]) -> Path:
    file = tmp_path / "record.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    return file


def test_matches_are_the_accuracy_of_the_report(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("auto", BAD))
    found = metrics(path, stored.run.run_id)["sums.dev.v0", "accuracy"]
    assert (found.value, found.n, found.n_failed) == (pytest.approx(2 / 3), 3, 1)
    assert found.signature == "imported|scorer:openai-evals:match|v1"


def test_an_answer_carries_its_texts_and_an_error_no_secret() -> None:
    (evaluation,) = read("openai-evals", BAD).evaluations
    first, *_, last = evaluation.answers
    assert evaluation.subject.model == "calc-0"
    assert first.sample.input == "system: Answer with a number.\nuser: What is 2 + 3?"
    assert (first.sample.target, first.response.output, first.response.prompt_tokens) == ("5", "5", 12)
    assert last.response.error == "rate limit reached, api_key=…"
    assert "sk-abc" in BAD.read_text()  # what the record says and the store must not


def test_a_record_without_report_did_not_come_to_its_end(tmp_path: Path) -> None:
    run = read("openai-evals", written(tmp_path, lines()[:-1]))
    assert (run.is_finished, run.is_partial) == (False, True)


def test_max_samples_makes_a_partial_run(tmp_path: Path) -> None:
    rows = lines()
    rows[0]["spec"]["run_config"]["max_samples"] = 4
    assert read("openai-evals", written(tmp_path, rows)).is_partial


def test_a_report_alone_gives_its_numbers_with_their_error(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("openai-evals", written(tmp_path, [lines()[0], lines()[-1]])))
    found = metrics(path, stored.run.run_id)
    assert list(found) == [("sums.dev.v0", "accuracy")]
    assert found["sums.dev.v0", "accuracy"].high == pytest.approx(2 / 3 + 1.96 * 0.2121)


def test_metrics_events_that_every_sample_has_become_scorers(tmp_path: Path) -> None:
    event = {"type": "metrics", "created_at": "2026-01-01 00:00:00+00:00"}
    rows = [
        lines()[0],
        {**event, "sample_id": "a", "data": {"score": 0.5, "extra": 1, "sampled": "x"}},
        {**event, "sample_id": "b", "data": {"score": 0.25}},
        *(
            {**event, "type": "sampling", "sample_id": i, "data": {"prompt": "p", "sampled": ["x"]}}
            for i in "ab"
        ),
        {"final_report": {"score": 0.375}},
    ]
    path, (stored,) = store(tmp_path, ("openai-evals", written(tmp_path, rows)))
    found = metrics(path, stored.run.run_id)
    assert found["sums.dev.v0", "score"].value == 0.375
    assert ("sums.dev.v0", "extra") not in found


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"final_report": {}}], "has no 'spec'"),
        ([{"spec": {}}], "has no 'spec.eval_name'"),
        ([{"spec": {"eval_name": "a"}}], "holds neither samples nor a final_report"),
        ([[1]], "line 1 is not an object"),
        ([], "is empty"),
    ],
)
def test_another_schema_is_refused(tmp_path: Path, rows: list[Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read("openai-evals", written(tmp_path, rows))
