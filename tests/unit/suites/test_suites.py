"""Every suite that ships: its files load, its templates fit its rows, its card is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import Task
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.prompts.file import load_prompt
from evalkit.prompts.render import PromptRenderer
from evalkit.runner.prepared_task import prepare
from evalkit.tasks.taskfile import load_task_file
from tests.shared_data import shared_data

ROOT = Path(__file__).resolve().parents[3]
SUITES = ROOT / "suites"
FOLDERS = sorted(path for path in SUITES.iterdir() if path.is_dir() and not path.name.startswith((".", "_")))
TASKS: list[Any] = [task for file in sorted(SUITES.rglob("*.eval.yaml")) for task in load_task_file(file)]
INLINE = [task for task in TASKS if task.dataset.rows is not None]
GLUE = ("cola", "mnli_matched", "mnli_mismatched", "mrpc", "qnli", "qqp", "rte", "sst2", "stsb", "wnli")
ABSENT = ("mnli", "wnli")

every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.task)
inline_tasks = pytest.mark.parametrize("task", INLINE, ids=lambda task: task.task)


def messages(task: Task, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The last message of each row, as the runner makes it."""
    prompt = PromptRenderer(task.prompt)
    samples = prepare(task, lambda spec: rows).samples
    return [prompt.messages({**s.row, "input": s.input, "choices": s.choices})[-1].content for s in samples]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_suite_has_a_card_that_names_its_tasks_and_a_licence(folder: Path) -> None:
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "licence" in card.lower()
    for file in folder.glob("*.eval.yaml"):
        assert file.name.removesuffix(".eval.yaml").removesuffix("_gen") in card


def test_task_names_are_unique_over_all_suites() -> None:
    names = [task.task for task in TASKS]
    assert len(set(names)) == len(names)


@every_task
def test_every_task_names_metrics_or_assertions_and_bounds_its_errors(task: Any) -> None:
    assert "error_rate <= 0.01" in [gate.text for gate in task.gates]
    assert task.metrics or any("assert" in row for row in task.dataset.rows or ())


@inline_tasks
def test_inline_samples_fit_their_templates_and_say_what_is_right(task: Any) -> None:
    samples = prepare(task, lambda spec: load_rows(spec, base_dir=SUITES)).samples
    assert all(sample.assertions or sample.target is not None for sample in samples)
    assert all(
        sample.input in text for sample, text in zip(samples, messages(task, task.dataset.rows), strict=True)
    )


def test_the_quickstart_is_a_golden_set_of_at_least_40_samples() -> None:
    rows = [row for task in INLINE if task.task.startswith("quickstart/") for row in task.dataset.rows]
    assert len(rows) >= 40
    assert any(task.scoring == "loglikelihood" for task in INLINE)
    assert any("assert" in row for row in rows)


@pytest.mark.parametrize("name", GLUE)
def test_every_task_of_glue_comes_in_both_variants_on_the_same_rows(name: str) -> None:
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
def test_every_task_of_glue_has_the_metrics_of_its_leaderboard(name: str) -> None:
    (task,) = (task for task in TASKS if task.task == f"glue/{name}")
    assert set(OFFICIAL.get(name, ["accuracy"])) <= {metric.label for metric in task.metrics}


@pytest.mark.shared_data
@pytest.mark.filterwarnings("ignore::evalkit.datasets.load.DatasetWarning")
@pytest.mark.parametrize(
    "task",
    [task for task in TASKS if task.task.startswith("glue/") and task.dataset.name not in ABSENT],
    ids=lambda task: task.task,
)
def test_every_row_of_glue_becomes_a_sample_with_a_target_and_a_prompt(task: Any) -> None:
    shared_data("glue")
    mirror = Mirror.open(ROOT / "tests/data")
    prepared = prepare(task, lambda spec: load_rows(spec, base_dir=SUITES, mirror=mirror))
    prompt = PromptRenderer(task.prompt)
    for sample in prepared.samples:
        if task.dataset.name == "stsb":
            assert 0 <= sample.target <= 5
        else:
            assert sample.target in task.choices
        context = {**sample.row, "input": sample.input, "choices": task.choices}
        assert sample.input in prompt.messages(context)[-1].content


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
def test_prompts_have_the_form_of_lm_evaluation_harness_to_the_character(
    name: str, row: dict[str, Any], prompt: str
) -> None:
    (task,) = (task for task in TASKS if task.task == f"glue/{name}")
    assert messages(task, [row]) == [prompt]


@pytest.mark.parametrize("file", sorted(SUITES.rglob("*.jinja")), ids=lambda file: file.stem)
def test_every_prompt_file_is_a_prompt(file: Path) -> None:
    assert load_prompt(file.stem, file).turns
