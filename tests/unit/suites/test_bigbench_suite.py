"""suites/bigbench: shipped tasks are what their task.json says, and any other runs where it is dropped."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import evalkit
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.runner.prepared_task import prepare
from evalkit.tasks.taskfile import load_task_file
from tests.shared_data import shared_data
from tests.story import Story

ROOT = Path(__file__).resolve().parents[3]
SUITE = ROOT / "suites/bigbench"
SHIPPED = {task.task: task for file in sorted(SUITE.glob("*.eval.yaml")) for task in load_task_file(file)}


def factory() -> ModuleType:
    spec = importlib.util.spec_from_file_location("task_json", SUITE / "test_task_json.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.shared_data
def test_the_shipped_tasks_are_what_their_task_json_says() -> None:
    root = shared_data("bigbench")
    made = {}
    for file in root.rglob("task.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        if "examples" in content:
            name = f"bigbench/{file.parent.relative_to(root).as_posix()}"
            for keywords in factory().tasks_of(name, content, {"file": "task.json"}):
                made[keywords["task"]] = evalkit.Task(**keywords)
    assert made.keys() == SHIPPED.keys()
    for name, task in made.items():
        assert task.task_hash == SHIPPED[name].task_hash
        assert [metric.label for metric in task.metrics] == [m.label for m in SHIPPED[name].metrics]
        assert task.gates == SHIPPED[name].gates


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_task_gets_its_samples_through_the_mirror(name: str) -> None:
    shared_data("bigbench")
    mirror = Mirror.open(ROOT / "tests/data")
    ready = prepare(SHIPPED[name], lambda spec: load_rows(spec, base_dir=SUITE, mirror=mirror))
    for sample in ready.samples:
        assert sample.input.endswith(sample.row["inputs"])
        assert sample.target in sample.choices if sample.choices else sample.target


def drop(story: Story, content: Any, folder: str = "mine") -> None:
    (story.path / "suites/shout.eval.yaml").unlink()
    shutil.copy(SUITE / "test_task_json.py", story.path / "suites/test_task_json.py")
    text = content if isinstance(content, str) else json.dumps(content)
    story.write(f"suites/{folder}/task.json", text)


SUMS = [{"input": f"{n} + {n}", "target": [f"Q: {n} + {n}\nA:", str(2 * n)]} for n in range(6)]


def test_a_dropped_task_runs_with_its_own_metrics(story: Story) -> None:
    drop(
        story,
        {"name": "sums", "metrics": ["exact_str_match"], "examples": SUMS, "output_regex": "Q(?s:.)+A:"},
    )
    result = story.run()
    rows = story.sql("SELECT task, metric, value FROM metrics JOIN evaluations USING (evaluation_id)")
    values = {row["metric"]: row["value"] for row in rows if row["task"] == "task_json/mine_gen"}
    assert result.ret == 0, result.stdout.str()
    assert values["exact_str_match"] == 1


def test_sub_tasks_are_tasks_and_their_parent_is_none(story: Story) -> None:
    drop(story, {"name": "parent"})
    for name in ("one", "two"):
        content = {"name": name, "metrics": ["exact_str_match"], "examples": SUMS}
        story.write(f"suites/mine/{name}/task.json", json.dumps(content))
    result = story.run("--collect-only", "-q")
    text = result.stdout.str()
    assert "task_json/mine/one_gen" in text
    assert "task_json/mine/two_gen" in text
    assert "task_json/mine_gen" not in text


@pytest.mark.parametrize(
    "content, what",
    [
        ('{"name": "t",\n "examples": [,]}', "task.json:2: the file is not JSON"),
        ({"metrics": ["exact_str_match"], "examples": [{"input": "x"}]}, "neither target nor target_scores"),
        (
            {"metrics": ["multiple_choice_grade"], "examples": [{"input": "x"}]},
            "neither target nor target_scores",
        ),
        ({"metrics": ["exact_str_match"]}, "the task has no examples"),
        ({"metrics": ["exact_string_match"], "examples": SUMS}, "unknown metric 'exact_string_match'"),
        ([], "holds a list, not a task of BIG-bench"),
    ],
    ids=["no JSON", "no target", "no target_scores", "no examples", "metric", "list"],
)
def test_a_broken_task_json_is_one_clear_line(story: Story, content: Any, what: str) -> None:
    drop(story, content)
    result = story.run()
    text = result.stdout.str() + result.stderr.str()
    assert result.ret != 0
    assert what in text
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text


def test_a_task_that_the_mirror_does_not_hold_is_one_clear_line(story: Story) -> None:
    (story.path / "suites/shout.eval.yaml").unlink()
    shutil.copy(SUITE / "emoji_movie.eval.yaml", story.path / "suites")
    story.write(
        "mirror.yaml", "datasets:\n  - path: hails/bigbench\n    name: other\n    splits: {default: x.json}\n"
    )
    result = story.run("--llm-data=mirror.yaml", "-k", "emoji_movie_gen")
    assert "dataset hails/bigbench/emoji_movie_zero_shot/default is not in the mirror" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_a_mirror_whose_file_is_missing_is_one_clear_line(story: Story) -> None:
    (story.path / "suites/shout.eval.yaml").unlink()
    shutil.copy(ROOT / "suites/bbh/navigate.eval.yaml", story.path / "suites")
    story.write("bbh/navigate.json", json.dumps({"examples": [{"input": "x", "target": "y"}]}))
    entry = "{path: lukaemon/bbh, name: navigate, splits: {test: bbh/navigate.json}, field: examples"
    story.write("mirror.yaml", f"datasets:\n  - {entry}, texts: {{cot_prompt: cot/navigate.txt}}}}\n")
    result = story.run("--llm-data=mirror.yaml")
    assert "cot/navigate.txt: a text file of the dataset cannot be read" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(
    "scores, low", [([{"a": 1, "b": 0}], 0.5), ([{"a": 1, "b": 0}, {"a": 1, "b": 0, "c": 0, "d": 0}], 0.375)]
)
def test_chance_is_the_mean_of_each_example(scores: list[dict[str, int]], low: float) -> None:
    assert factory().chance([{"input": str(i), "target_scores": s} for i, s in enumerate(scores)]) == low


def test_rouge_and_bleu_are_taken_of_the_extracted_answer() -> None:
    task = {"metrics": ["rouge", "bleu", "bleurt"], "examples": SUMS, "stop_string": "."}
    (made,) = factory().tasks_of("t", task, {"file": "task.json"})
    assert made["scorers"] == [{"exact_str_match": {"stop_string": "."}}]
    assert made["metrics"] == [
        "on_extracted_answer:rouge1",
        "on_extracted_answer:rouge2",
        "on_extracted_answer:rougeLsum",
        "on_extracted_answer:bleu",
    ]


def test_log_likelihood_ranks_the_targets() -> None:
    made = factory().tasks_of("t", {"metrics": ["log_likelihood"], "examples": SUMS}, {"file": "task.json"})
    assert [(task["task"], task["choices"]) for task in made] == [("t_ll", "{{ targets }}")]
