"""Every suite that ships: its files load, its templates fit its rows, its card is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.prompts.file import load_prompt
from evalkit.prompts.render import PromptRenderer
from evalkit.prompts.template import compile_text, compile_value
from evalkit.tasks.assertions import parse_assertions
from evalkit.tasks.taskfile import load_task_file
from tests.shared_data import shared_data

ROOT = Path(__file__).resolve().parents[3]
SUITES = ROOT / "suites"
FOLDERS = sorted(path for path in SUITES.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
TASKS = [task for file in sorted(SUITES.rglob("*.eval.yaml")) for task in load_task_file(file)]
INLINE = [task for task in TASKS if task.dataset.rows is not None]
GLUE = ("cola", "mnli_matched", "mnli_mismatched", "mrpc", "qnli", "qqp", "rte", "sst2", "stsb", "wnli")
ABSENT = ("mnli", "wnli")

every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.task)
inline_tasks = pytest.mark.parametrize("task", INLINE, ids=lambda task: task.task)


def renderer(task: Task) -> Callable[[Mapping[str, Any]], tuple[str, Any, str]]:
    """A row -> input, target and last message, the templates compiled once."""
    read_input = compile_text(task.input or "{{ input }}", "input")
    read_target = compile_value(task.target, "target") if task.target is not None else lambda row: None
    prompt = PromptRenderer(task.prompt) if task.prompt else None

    def rendered(row: Mapping[str, Any]) -> tuple[str, Any, str]:
        text = read_input(row)
        context = {**row, "input": text, "choices": task.choices}
        return text, read_target(row), prompt.messages(context)[-1].content if prompt else text

    return rendered


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_suite_has_a_card_that_names_its_tasks_and_a_licence(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "licence" in card.lower()
    for file in folder.glob("*.eval.yaml"):
        assert file.name.removesuffix(".eval.yaml").removesuffix("_gen") in card


def test_task_names_are_unique_over_all_suites():
    names = [task.task for task in TASKS]
    assert len(set(names)) == len(names)


@every_task
def test_every_task_names_metrics_or_assertions_and_bounds_its_errors(task):
    assert "error_rate <= 0.01" in [gate.text for gate in task.gates]
    assert task.metrics or any("assert" in row for row in task.dataset.rows or ())


@inline_tasks
def test_inline_samples_have_ids_of_their_own_and_fit_their_templates(task):
    ids = [row["id"] for row in task.dataset.rows]
    assert len(set(ids)) == len(ids)
    rendered = renderer(task)
    for row in load_rows(task.dataset, base_dir=SUITES):
        text, target, message = rendered(row)
        assert text in message
        assert target is not None or parse_assertions(row["assert"], row["id"])
        assert not isinstance(task.choices, tuple) or target in task.choices


def test_the_quickstart_is_a_golden_set_of_at_least_40_samples():
    rows = [row for task in INLINE if task.task.startswith("quickstart/") for row in task.dataset.rows]
    assert len(rows) >= 40
    assert any(task.scoring == "loglikelihood" for task in INLINE)
    assert any("assert" in row for row in rows)


@pytest.mark.parametrize("name", GLUE)
def test_every_task_of_glue_comes_in_both_variants_on_the_same_rows(name):
    tasks = {task.task: task for task in TASKS}
    ranked, generated = tasks[f"glue/{name}"], tasks[f"glue/{name}_gen"]
    assert (ranked.scoring, generated.scoring) == ("loglikelihood", "generate")
    assert ranked.dataset == generated.dataset
    assert [m.label for m in ranked.metrics] == [m.label for m in generated.metrics]


OFFICIAL = {
    "cola": ["mcc"],
    "mrpc": ["accuracy", "f1(positive=yes)"],
    "qqp": ["accuracy", "f1(positive=yes)"],
    "stsb": ["pearson", "spearman"],
}


@pytest.mark.parametrize("name", GLUE)
def test_every_task_of_glue_has_the_metrics_of_its_leaderboard(name):
    (task,) = (task for task in TASKS if task.task == f"glue/{name}")
    assert set(OFFICIAL.get(name, ["accuracy"])) <= {metric.label for metric in task.metrics}


@pytest.mark.shared_data
@pytest.mark.filterwarnings("ignore::evalkit.datasets.load.DatasetWarning")
@pytest.mark.parametrize(
    "task",
    [t for t in TASKS if t.task.startswith("glue/") and t.dataset.name not in ABSENT],
    ids=lambda t: t.task,
)
def test_every_row_of_glue_fits_the_templates_and_its_target_is_a_choice(task):
    shared_data("glue")
    assert isinstance(task.dataset, DatasetSpec)
    rows = load_rows(task.dataset, base_dir=SUITES, mirror=Mirror.open(ROOT / "tests/data"))
    is_similarity, rendered = task.dataset.name == "stsb", renderer(task)
    for row in rows:
        text, target, message = rendered(row)
        assert text in message
        assert 0 <= target <= 5 if is_similarity else target in task.choices


@pytest.mark.parametrize(
    "name, row, prompt",
    [
        (
            "sst2",
            {"sentence": "a fine film . ", "label": 1, "idx": 0},
            "a fine film . \nQuestion: Is this sentence positive or negative?\nAnswer:",
        ),
        (
            "mnli_matched",
            {"premise": "He sleeps.", "hypothesis": " He is awake ", "label": 2, "idx": 0},
            "He sleeps.\nQuestion: He is awake. True, False or Neither?\nAnswer:",
        ),
        (
            "rte",
            {"sentence1": "It rains.", "sentence2": "It is wet.", "label": 0, "idx": 0},
            "It rains.\nQuestion: It is wet. True or False?\nAnswer:",
        ),
        (
            "qqp",
            {"question1": "Who?", "question2": "What?", "label": 0, "idx": 0},
            "Question 1: Who?\nQuestion 2: What?\nQuestion: Do both questions ask the same thing?\nAnswer:",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
def test_prompts_have_the_form_of_lm_evaluation_harness_to_the_character(name, row, prompt):
    (task,) = (task for task in TASKS if task.task == f"glue/{name}")
    assert renderer(task)(row)[2] == prompt


@pytest.mark.parametrize("file", sorted(SUITES.rglob("*.jinja")), ids=lambda file: file.stem)
def test_every_prompt_file_is_a_prompt(file):
    assert load_prompt(file.stem, file).turns
