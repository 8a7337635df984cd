"""HELM: a run folder with and without its instances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import UsageError
from tests.unit.imports.files import metrics, read, store

MODEL = "openai/gpt-3.5-turbo-0613"


def stat(name: str, mean: float, *, split: str = "test", **more: Any) -> dict[str, Any]:
    return {
        "name": {"name": name, "split": split, **more},
        "count": 1,
        "sum": mean,
        "mean": mean,
        "stddev": 0.0,
    }


def run_folder(tmp_path: Path, *, with_instances: bool = True) -> Path:
    spec = {
        "name": f"mmlu:subject=anatomy,model={MODEL.replace('/', '_')}",
        "adapter_spec": {"method": "generation", "model": MODEL, "temperature": 0.0, "max_eval_instances": 3},
    }
    references = [{"output": {"text": "A"}, "tags": ["correct"]}, {"output": {"text": "B"}, "tags": []}]
    state = [
        {
            "instance": {"id": f"id{i}", "split": "test", "input": {"text": f"question {i}"},
                         "references": references},
            "train_trial_index": 0,
            "request": {"prompt": f"Answer: question {i}"},
            "result": {"success": i < 2, "error": None if i < 2 else "timed out", "request_time": 0.5,
                       "request_datetime": 1700000000 + i, "cached": False,
                       "completions": [{"text": "AB"[min(i, 1)], "finish_reason": {"reason": "stop"}}]},
        }
        for i in range(3)
    ]  # fmt: skip
    instances = [
        {"instance_id": f"id{i}", "train_trial_index": 0,
         "stats": [stat("exact_match", 1.0 - i), stat("num_prompt_tokens", 7.0)]}
        for i in range(2)
    ]  # fmt: skip
    perturbed = stat("exact_match", 0.25, perturbation={"name": "robustness"})
    stats = [
        stat("exact_match", 0.5),
        perturbed,
        stat("exact_match", 0.9, split="train"),
        stat("num_prompt_tokens", 7),
    ]
    documents = {"run_spec": spec, "stats": stats}
    if with_instances:
        documents |= {"scenario_state": {"request_states": state}, "per_instance_stats": instances}
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    return tmp_path


def test_instances_are_answers_with_the_judgements_of_the_test_split(tmp_path: Path) -> None:
    run = read("auto", run_folder(tmp_path))
    (evaluation,) = run.evaluations
    assert (evaluation.task, evaluation.subject.model) == ("mmlu:subject=anatomy", MODEL)
    first, second, third = evaluation.answers
    assert (first.sample.input, first.sample.target, first.response.input) == (
        "question 0",
        "A",
        "Answer: question 0",
    )
    assert [(s.scorer, s.value) for s in second.scores] == [("exact_match", 0.0)]
    assert (first.response.prompt_tokens, first.response.latency_s) == (7, 0.5)
    assert (third.response.output, third.response.error) == (None, "timed out")
    assert run.started_at == 1_700_000_000


def test_numbers_are_the_unperturbed_ones_of_the_test_split(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("helm", run_folder(tmp_path, with_instances=False)))
    found = metrics(path, stored.run.run_id)
    assert {key: estimate.value for key, estimate in found.items()} == {
        ("mmlu:subject=anatomy", "exact_match"): 0.5
    }


def test_the_mean_over_instances_is_the_reported_number(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("helm", run_folder(tmp_path)))
    found = metrics(path, stored.run.run_id)["mmlu:subject=anatomy", "exact_match"]
    assert (found.value, found.n, found.n_failed) == (0.5, 2, 1)


def test_stats_without_the_spec_beside_them_are_refused(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    (folder / "run_spec.json").unlink()
    with pytest.raises(UsageError, match=r"is not the stats\.json of a run folder with run_spec\.json"):
        read("helm", folder / "stats.json")


def test_a_spec_without_model_is_refused(tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    (folder / "run_spec.json").write_text(json.dumps({"name": "mmlu", "adapter_spec": {}}))
    with pytest.raises(UsageError, match=r"has no 'adapter_spec\.model'"):
        read("helm", folder)
