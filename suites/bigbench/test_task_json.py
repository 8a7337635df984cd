"""Any ``task.json`` of BIG-bench as tasks: drop it below this folder, or name a folder of them.

    cp -r BIG-bench/bigbench/benchmark_tasks/emoji_movie suites/bigbench
    pytest suites/bigbench --llm-model=local/smollm2
    BIGBENCH_TASKS=BIG-bench/bigbench/benchmark_tasks BIGBENCH_SHOTS=3 pytest suites/bigbench -k emoji_movie …

A file with multiple-choice metrics becomes ``task_json/NAME``, one with others ``task_json/NAME_gen``, one
with ``log_likelihood`` ``task_json/NAME_ll``; NAME is the folder, with its parents for sub-tasks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import evalkit

HERE = Path(__file__).resolve().parent

#: Metrics over the log-probabilities of choices, as evalkit calls them.
RANKED: Mapping[str, list[Any]] = {
    "multiple_choice_grade": [
        "multiple_choice_grade",
        "calibration_multiple_choice_brier_score",
        "expected_calibration_error",
    ],
    "calibration_multiple_choice_brier_score": ["calibration_multiple_choice_brier_score"],
    "expected_calibration_error": ["expected_calibration_error"],
    "macro_f1": [{"f1_macro": {"scorer": "multiple_choice_grade"}}],
}
#: Metrics whose scorer takes the answer out of the output.
EXTRACTING = (
    "exact_str_match",
    "case_insensitive_str_match",
    "numeric_match_with_0_1_relative_error",
    "sequence_f1",
)
BEST = "{{ multiple_choice_targets[multiple_choice_scores.index(multiple_choice_scores | max)] }}"


def tasks_of(name: str, task: Mapping[str, Any], dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The keywords of each Task that a ``task.json`` asks for, ranked choices before generated text."""
    metrics = list(task.get("metrics", ()))
    if "bleurt" in metrics and len(metrics) > 1:
        metrics.remove("bleurt")  # a model of its own would have to be fetched
    ranked = [metric for metric in metrics if metric in RANKED]
    written = [metric for metric in metrics if metric not in RANKED and metric != "log_likelihood"]
    shared = {"dataset": dict(dataset), "id": "{{ idx }}", "input": "{{ inputs }}"}
    found = []
    if ranked:
        found.append({"task": name, **shared, **_ranking(task, ranked)})
    if written or not metrics:
        found.append({"task": f"{name}_gen", **shared, **_generation(task, written)})
    if "log_likelihood" in metrics:
        found.append({"task": f"{name}_ll", **shared, **_likelihood()})
    return found


def _ranking(task: Mapping[str, Any], metrics: Sequence[str]) -> dict[str, Any]:
    named = [entry for metric in metrics for entry in RANKED[metric]]
    if task.get("preferred_score") == "multiple_choice_grade":
        low = chance(task["examples"])
        named.insert(1, {"normalized_aggregate_score": {"metric": "multiple_choice_grade", "low": low}})
    return {
        "target": BEST,
        "choices": "{{ multiple_choice_targets }}",
        "target_delimiter": "",
        "scoring": "loglikelihood",
        "scorers": ["multiple_choice_grade"],
        "metrics": named,
        **_gates(named, "multiple choice"),
    }


def _generation(task: Mapping[str, Any], metrics: Sequence[str]) -> dict[str, Any]:
    extraction = {key: task[key] for key in ("output_regex", "stop_string") if task.get(key) is not None}
    extracting = [metric for metric in EXTRACTING if metric in metrics]
    scorers = extracting or EXTRACTING[:1]
    named = [*extracting, *(entry for metric in metrics for entry in _over_texts(metric))]
    return {
        "target": "{{ targets }}",
        "generate": {"max_tokens": 128, "temperature": 0},
        "scorers": [{scorer: extraction} if extraction else scorer for scorer in scorers],
        "metrics": named,
        **_gates(named, "generation"),
    }


def _likelihood() -> dict[str, Any]:
    named = [
        "log_likelihood",
        {"normalized_aggregate_score": {"metric": "log_likelihood", "low": -10.0, "high": 0.0}},
    ]
    return {
        "target": "{{ targets }}",
        "choices": "{{ targets }}",
        "target_delimiter": "",
        "scoring": "loglikelihood",
        "metrics": named,
        **_gates(named, "likelihood"),
    }


def _over_texts(metric: str) -> list[str]:
    """BIG-bench takes ROUGE and BLEU of what ``output_regex`` leaves, as the scorer's answer has it."""
    if metric == "rouge":
        return ["on_extracted_answer:rouge1", "on_extracted_answer:rouge2", "on_extracted_answer:rougeLsum"]
    if metric == "bleu":
        return ["on_extracted_answer:bleu"]
    return [] if metric in EXTRACTING else [metric]


def _gates(metrics: Sequence[Any], tag: str) -> dict[str, Any]:
    gates: list[Any] = ["error_rate <= 0.01"]
    if metrics:
        gates.append({"regression": {"metric": metrics[0], "margin": 0.02}})
    return {"gates": gates, "tags": ["bigbench", tag]}


def chance(examples: Sequence[Mapping[str, Any]]) -> float:
    """What a random choice gets: the mean of each example's mean score, over its distinct examples."""
    distinct = list({json.dumps(example): example for example in examples}.values())
    shares = [list(example["target_scores"].values()) for example in distinct]
    return round(sum(sum(share) / len(share) for share in shares) / len(shares), 6)


def _tasks_below(root: Path) -> Iterator[evalkit.Task]:
    for file in sorted(root.rglob("task.json")):
        name = file.parent.relative_to(root).as_posix()
        dataset: dict[str, Any] = {"file": str(file), "format": "bigbench"}
        if os.environ.get("BIGBENCH_SHOTS"):
            dataset["shots"] = int(os.environ["BIGBENCH_SHOTS"])
        for keywords in _read(f"task_json/{file.parent.name if name == '.' else name}", file, dataset):
            yield evalkit.Task(**keywords)


def _read(name: str, file: Path, dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As ``tasks_of``. A file that cannot be read is a task whose rows cannot be read: that says why."""
    try:
        task = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(task, dict) and "examples" not in task and any(file.parent.glob("*/task.json")):
            return []
        return tasks_of(name, task, dataset)
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError):
        return [{"task": name, "dataset": dict(dataset), "input": "{{ inputs }}"}]


_ROOTS = dict.fromkeys((HERE, Path(os.environ.get("BIGBENCH_TASKS") or HERE).resolve()))
globals().update({task.task: task for root in _ROOTS for task in _tasks_below(root)})
