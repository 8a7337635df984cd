"""BIG-Bench Hard and GSM8K as they ship: recorded outputs give the published numbers."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.task import ScorerSpec
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.prompts.render import PromptRenderer
from evalkit.runner.prepared_task import PreparedTask, prepare
from evalkit.scorers.open import open_scorer
from evalkit.tasks.taskfile import load_task_file
from tests.data import recorded
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

ROOT = Path(__file__).resolve().parents[3]
SUITES = ROOT / "suites"

#: Percent of the ``*_eval_metrics.jsonl`` files of BIG-Bench Hard: direct, chain of thought.
BBH = {
    "boolean_expressions": (88.4, 92.8),
    "date_understanding": (63.6, 87.2),
    "navigate": (50.4, 96.4),
    "object_counting": (45.2, 93.2),
}
#: Verdicts of grade-school-math itself.
GSM8K = {
    "6b_finetuning": 0.2168,
    "6b_verification": 0.3904,
    "175b_finetuning": 0.3472,
    "175b_verification": 0.5625,
}


@cache
def prepared(file: str, name: str) -> PreparedTask:
    (task,) = (task for task in load_task_file(SUITES / file) if task.task == name)
    mirror = Mirror.open(ROOT / "tests/data")
    return prepare(task, lambda spec: load_rows(spec, base_dir=SUITES, mirror=mirror))


def outputs(name: str, kind: str) -> list[dict[str, Any]]:
    folder = shared_data("bbh", "code-davinci-002-outputs", f"code-davinci-002-{kind}")
    text = (folder / f"{name}_few_shot_template_0-255000.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["outputs"]
    return found


def accuracy(ready: PreparedTask, scorer: ScorerSpec, texts: list[str]) -> float:
    judge: Any = open_scorer(scorer)
    assert len(texts) == len(ready.samples)
    values = [judge.score(s, Response(t)).value for s, t in zip(ready.samples, texts, strict=True)]
    return float(sum(values) / len(values))


CASES = [(name, kind) for name in BBH for kind in ("direct", "cot")]


@pytest.mark.parametrize("name, kind", CASES, ids=[f"{name}-{kind}" for name, kind in CASES])
def test_code_davinci_002_gets_its_published_accuracy_on_big_bench_hard(name: str, kind: str) -> None:
    shared_data("bbh")
    ready = prepared(f"bbh/{name}.eval.yaml", f"bbh/{name}" + ("_cot" if kind == "cot" else ""))
    texts = [row["prediction"] for row in outputs(name, kind)]
    seen = accuracy(ready, ready.task.scorers[0], texts)
    assert round(100 * seen, 1) == BBH[name][kind == "cot"]


@pytest.mark.parametrize("name, kind", CASES, ids=[f"{name}-{kind}" for name, kind in CASES])
def test_prompts_of_big_bench_hard_are_those_that_were_recorded(name: str, kind: str) -> None:
    shared_data("bbh")
    ready = prepared(f"bbh/{name}.eval.yaml", f"bbh/{name}" + ("_cot" if kind == "cot" else ""))
    assert ready.task.prompt is not None
    renderer = PromptRenderer(ready.task.prompt)
    for sample, row in zip(ready.samples, outputs(name, kind), strict=True):
        (message,) = renderer.messages({**sample.row, "input": sample.input})
        # One option of the recorded examples is misspelt in the file of prompts.
        assert message.content.replace("(B) 01/03/1963", "(B) 01/03/1961") == row["input"].replace(
            "(B) 01/03/1963", "(B) 01/03/1961"
        )


def test_all_27_tasks_of_big_bench_hard_are_there_and_18_have_data() -> None:
    shared_data("bbh")
    names = {file.name.removesuffix(".eval.yaml") for file in (SUITES / "bbh").glob("*.eval.yaml")}
    held = {entry.name for entry in Mirror.open(ROOT / "tests/data").entries if entry.path == "lukaemon/bbh"}
    assert len(names) == 27
    assert len(held) == 18
    assert held <= names


@pytest.mark.parametrize("system", GSM8K)
def test_the_recorded_systems_get_their_published_accuracy_on_gsm8k(system: str) -> None:
    shared_data("gsm8k")
    ready = prepared("gsm8k/gsm8k.eval.yaml", "gsm8k/gsm8k")
    rows = recorded.gsm8k(shared_data())[1][system]
    seen = accuracy(ready, ScorerSpec("flexible_extract"), [row["output"] for row in rows])
    assert round(seen, 4) == GSM8K[system]


def test_strict_match_wants_the_mark_of_the_examples() -> None:
    shared_data("gsm8k")
    ready = prepared("gsm8k/gsm8k.eval.yaml", "gsm8k/gsm8k")
    strict: Any
    flexible: Any
    strict, flexible = map(open_scorer, ready.task.scorers)
    sample = ready.samples[0]
    assert sample.target.endswith("#### 18")
    texts = ["9 * 2 = 18.\n#### 18", "9 * 2 = $18", "#### 18.00", "so 18 eggs, not 9"]
    verdicts = [
        (strict.score(sample, Response(t)).value, flexible.score(sample, Response(t)).value) for t in texts
    ]
    assert verdicts == [(1, 1), (0, 1), (0, 0), (0, 0)]


@pytest.mark.parametrize("file", ["gsm8k", "gsm8k_cot_zeroshot"])
def test_every_question_of_gsm8k_has_a_number_for_a_target(file: str) -> None:
    shared_data("gsm8k")
    ready = prepared(f"gsm8k/{file}.eval.yaml", f"gsm8k/{file}")
    assert len(ready.samples) == 1319
    numbers = [sample.target.rpartition("#### ")[2].replace(",", "") for sample in ready.samples]
    assert all(math.isfinite(float(number)) for number in numbers)


def test_five_solved_questions_stand_before_the_question() -> None:
    shared_data("gsm8k")
    ready = prepared("gsm8k/gsm8k.eval.yaml", "gsm8k/gsm8k")
    examples = ready.examples.for_sample(ready.samples[0])
    assert len(examples) == 5
    assert all("#### " in str(example) for example in examples)
