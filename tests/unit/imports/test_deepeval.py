"""DeepEval: cases, metrics, and a metric that broke."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import UsageError
from tests.unit.imports.files import FILES, metrics, read, store

(FILE,) = (FILES / "deepeval").glob("test_run_*.json")


def written(tmp_path: Path, value: Any) -> Path:
    file = tmp_path / "test_run_20261124_231505.json"
    file.write_text(json.dumps(value))
    return file


def test_scores_are_those_of_the_file_and_a_broken_metric_is_an_error(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("auto", FILE))
    found = metrics(path, stored.run.run_id)
    assert (found["deepeval", "Exact_Match"].value, found["deepeval", "Exact_Match"].n) == (0.5, 4)
    brevity = found["deepeval", "Brevity"]
    assert (brevity.value, brevity.n, brevity.n_failed) == (pytest.approx((1 + 1 + 1 / 7) / 3), 3, 1)
    assert (found["deepeval", "pass"].value, found["deepeval", "pass"].n_failed) == (pytest.approx(1 / 3), 1)
    assert found["deepeval", "cost_usd"].value == pytest.approx(0.004)
    assert brevity.low >= 0
    assert brevity.high <= 1


def test_a_case_is_known_by_its_name_and_carries_its_texts() -> None:
    run = read("deepeval", FILE)
    (evaluation,) = run.evaluations
    assert evaluation.subject.model == "calc-1"
    answer = evaluation.answers[2]
    assert (answer.sample.id, answer.sample.input, answer.sample.target) == ("sum-3", "What is 7 - 1?", "6")
    assert (answer.response.output, answer.response.latency_s) == ("It is 6", 0.25)
    assert run.started_at == 1795562105.0  # 2026-11-24 23:15:05 in the file's name


def test_the_signature_of_passing_names_every_threshold_and_judge(tmp_path: Path) -> None:
    document = json.loads(FILE.read_text())
    for case in document["testCases"]:
        case["metricsData"][1].update(evaluationModel="judge-2", threshold=0.7)
    scales = read("deepeval", written(tmp_path, document)).evaluations[0].scales
    assert (
        scales["pass"].signature
        == "deepeval:pass|Exact Match,threshold:1.0|Brevity,threshold:0.7,judge:judge-2"
    )
    assert scales["Brevity"].signature == "deepeval:Brevity,judge:judge-2"


def test_the_wrapped_form_gives_the_same(tmp_path: Path) -> None:
    wrapped = written(tmp_path, {"testRunData": json.loads(FILE.read_text()), "testRunLink": None})
    assert read("auto", wrapped).evaluations == read("auto", FILE).evaluations


def test_a_conversation_is_asked_by_all_turns_but_the_last(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    case = {"name": "talk", "turns": turns, "success": True, "metricsData": []}
    run = read("deepeval", written(tmp_path, {"testCases": [], "conversationalTestCases": [case]}))
    (answer,) = run.evaluations[0].answers
    assert (answer.sample.input, answer.response.output) == ("Hi", "Hello")


def test_a_name_that_stands_for_several_inputs_names_none(tmp_path: Path) -> None:
    document = json.loads(FILE.read_text())
    for case in document["testCases"]:
        case["name"] = "case"
    answers = read("deepeval", written(tmp_path, document)).evaluations[0].answers
    assert [a.sample.id for a in answers] == [a.sample.input for a in answers]


@pytest.mark.parametrize(
    ("document", "said"),
    [({"testCases": []}, "testCases is empty"), ({"a": 1}, "has no 'testCases'"), ([], "is not a test run"),
     ({"testCases": [1]}, "a test case is not an object")],
)  # fmt: skip
def test_another_schema_is_refused(tmp_path: Path, document: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read("deepeval", written(tmp_path, document))
