"""Recorded outputs of real models: scored by the tasks that ship, they give the published numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.task import Task
from evalkit.datasets.load import load_rows
from evalkit.prompts.template import compile_value
from evalkit.registry import SCORERS
from evalkit.tasks.taskfile import load_task_file
from tests.data import recorded
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

#: Rounded as published: LLMDrift's README and its repository's data, grade-school-math's own verdicts,
#: the ``*_eval_metrics.jsonl`` files of BIG-Bench Hard.
PUBLISHED = [
    ("primes", "drift/primes", {"gpt-4-0314": 0.840, "gpt-4-0613": 0.511}),
    ("primes", "drift/primes", {"gpt-3.5-turbo-0301": 0.500, "gpt-3.5-turbo-0613": 0.761}),
    ("gsm8k", "gsm8k/recorded", {"6b_finetuning": 0.2168, "6b_verification": 0.3904}),
    ("gsm8k", "gsm8k/recorded", {"175b_finetuning": 0.3472, "175b_verification": 0.5625}),
    ("bbh", "bbh/boolean_expressions", {"direct": 0.884, "cot": 0.928}),
    ("bbh", "bbh/date_understanding", {"direct": 0.636, "cot": 0.872}),
    ("bbh", "bbh/navigate", {"direct": 0.504, "cot": 0.964}),
    ("bbh", "bbh/object_counting", {"direct": 0.452, "cot": 0.932}),
]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recorded")


def accuracy(folder: Path, task: Task, system: str) -> float:
    values = list(scores(folder, task, system))
    return round(sum(values) / len(values), 4)


def scores(folder: Path, task: Any, system: str) -> Iterator[float]:
    target = compile_value(task.target, "target")
    rows = {row["id"]: row for row in load_rows(task.dataset, base_dir=folder)}
    scorer = SCORERS.get(task.scorers[0].name)(**task.scorers[0].params)
    for line in (folder / f"{system}.jsonl").read_text(encoding="utf-8").strip().split("\n"):
        record = json.loads(line)
        if record.get("task", task.task) == task.task:
            row = rows.pop(record["sample_id"])
            sample = Sample(row["id"], "", target(row), choices=task.choices)
            yield scorer.score(sample, Response(record["output"])).value
    assert not rows, "a sample has no recorded output"


@pytest.mark.parametrize(
    "name, task, published", PUBLISHED, ids=[f"{c[1]}-{next(iter(c[2]))}" for c in PUBLISHED]
)
def test_replayed_outputs_give_the_published_accuracy(
    out: Path, name: str, task: str, published: dict[str, float]
) -> None:
    shared_data({"primes": "llmdrift"}.get(name, name))
    folder = recorded.write(name, shared_data(), out)
    (found,) = (t for t in load_task_file(folder / f"{name}.eval.yaml") if t.task == task)
    assert {system: accuracy(folder, found, system) for system in published} == published
