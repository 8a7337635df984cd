"""Ranked-choice and short-answer benchmarks: rows of the Hub's form become the samples that are scored."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.task import DatasetSpec, Task
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import DatasetError
from evalkit.runner.prepared_task import PreparedTask, prepare
from evalkit.runner.prompt_context import renderer_of
from evalkit.scorers.open import open_scorer
from evalkit.tasks.taskfile import load_task_file
from tests.shared_data import shared_data

ROOT = Path(__file__).resolve().parents[3]
SHELF = ("superglue", "mmlu", "hellaswag", "arc", "truthfulqa", "nq_open")
TASKS = {
    task.task: task
    for suite in SHELF
    for file in sorted((ROOT / "suites" / suite).glob("*.eval.yaml"))
    for task in load_task_file(file)
}

#: Samples through the mirror, and how often each target of a fixed set of labels is right.
AT_HAND: dict[str, tuple[int, dict[str, int] | None]] = {
    "superglue/boolq": (3270, {"yes": 2033, "no": 1237}),
    "superglue/cb": (56, {"True": 23, "False": 28, "Neither": 5}),
    "superglue/copa": (100, None),
    "superglue/multirc": (4848, {"yes": 2075, "no": 2773}),
    "superglue/record": (32, None),
    "superglue/rte": (277, {"True": 146, "False": 131}),
    "superglue/wsc": (104, {"yes": 38, "no": 66}),
    "mmlu/all": (1793, None),
    "hellaswag": (1000, None),
    "arc/arc_challenge": (294, None),
    "truthfulqa/truthfulqa_mc1": (817, None),
    "truthfulqa/truthfulqa_mc2": (817, None),
    "nq_open": (3510, None),
}
NOT_AT_HAND = {"superglue/wic", "superglue/axb", "superglue/axg", "arc/arc_easy"}


def from_rows(task: str, *rows: Mapping[str, Any]) -> tuple[list[Sample], list[str]]:
    """Samples and prompts of hand-made rows."""
    prepared = prepare(TASKS[task], lambda spec: rows)
    return list(prepared.samples), prompts(prepared)


def prompts(prepared: PreparedTask) -> list[str]:
    assert prepared.task.prompt is not None
    renderer = renderer_of(prepared.task, prepared.task.prompt)
    return [
        renderer.messages(
            {**sample.row, "input": sample.input, "choices": sample.choices},
            prepared.examples.for_sample(sample),
        )[-1].content
        for sample in prepared.samples
    ]


def at_hand(task: Task) -> PreparedTask:
    shared_data()
    mirror = Mirror.open(ROOT / "tests/data")
    return prepare(task, lambda spec: load_rows(spec, base_dir=ROOT, mirror=mirror, is_offline=True))


def test_every_task_of_the_shelf_is_at_hand_or_known_not_to_be():
    assert set(TASKS) == set(AT_HAND) | NOT_AT_HAND


@pytest.mark.shared_data
@pytest.mark.parametrize("name", AT_HAND)
def test_every_row_at_hand_becomes_a_sample_with_a_right_answer_and_a_prompt(name):
    prepared = at_hand(TASKS[name])
    n, targets = AT_HAND[name]
    assert len(prepared.samples) == n
    if targets is not None:
        assert Counter(sample.target for sample in prepared.samples) == targets
    assert all(sample.target not in (None, "", []) for sample in prepared.samples)
    assert all(prompts(prepared))


@pytest.mark.shared_data
@pytest.mark.parametrize("name", sorted(NOT_AT_HAND))
def test_what_is_not_at_hand_is_not_in_the_mirror(name):
    with pytest.raises(DatasetError, match="is not in the mirror"):
        at_hand(TASKS[name])


@pytest.mark.shared_data
def test_multirc_has_953_questions_and_their_number_of_groups():
    prepared = at_hand(TASKS["superglue/multirc"])
    assert len({sample.group for sample in prepared.samples}) == 953


WIC = {
    "word": "place",
    "sentence1": "Do you want to come over to my place later?",
    "sentence2": "A political system with no place for the less prominent groups.",
    "start1": 31,
    "end1": 36,
    "idx": 0,
    "label": 0,
}


def test_wic_asks_for_the_word_as_the_first_sentence_has_it():
    (sample,), (prompt,) = from_rows("superglue/wic", WIC)
    assert prompt == (
        f"Sentence 1: {WIC['sentence1']}\nSentence 2: {WIC['sentence2']}\n"
        "Question: Is the word 'place' used in the same way in the two sentences above?\nAnswer:"
    )
    assert (sample.choices, sample.target) == (("no", "yes"), "no")


def test_axb_asks_as_rte_does_and_counts_matthews_correlation():
    row = {"sentence1": "The cat sat.", "sentence2": "The cat did not sit.", "idx": 5, "label": 1}
    (sample,), (prompt,) = from_rows("superglue/axb", row)
    assert prompt == "The cat sat.\nQuestion: The cat did not sit. True or False?\nAnswer:"
    assert sample.target == "False"
    assert [metric.label for metric in TASKS["superglue/axb"].metrics] == ["mcc", "accuracy"]


def test_axg_pairs_neighbours_that_differ_in_the_gender_of_a_pronoun():
    rows = [
        {"premise": f"The nurse lost {word} bag.", "hypothesis": "A bag was lost.", "idx": idx, "label": 0}
        for idx, word in enumerate(("his", "her", "his", "her"))
    ]
    samples, _ = from_rows("superglue/axg", *rows)
    assert [sample.group for sample in samples] == ["0", "0", "1", "1"]
    assert {sample.target for sample in samples} == {"True"}
    assert "group_parity" in [metric.label for metric in TASKS["superglue/axg"].metrics]


def test_arc_takes_choices_that_are_labelled_with_numbers():
    row = {
        "id": "M_1",
        "question": "Which is a metal?",
        "choices": {"text": ["wood", "iron", "wool"], "label": ["1", "2", "3"]},
        "answerKey": "2",
    }
    (sample,), (prompt,) = from_rows("arc/arc_easy", row)
    assert (sample.id, sample.target) == ("M_1", "iron")
    assert prompt == "Question: Which is a metal?\nAnswer:"


def test_record_puts_each_entity_once_into_the_gap_and_scores_the_likeliest():
    row = {
        "passage": "Ada met Bob.\n@highlight\nThey met in Rome\n@highlight\nIn May",
        "query": "@placeholder liked Rome.",
        "entities": ["Bob", "Ada", "Bob"],
        "answers": ["Ada Lovelace", "Ada"],
        "idx": {"passage": 1, "query": 2},
    }
    row["entities"].append("Ada Lovelace")
    (sample,), (prompt,) = from_rows("superglue/record", row)
    assert prompt == "Ada met Bob.\n\n  - They met in Rome.\n  - In May.\n"
    assert sample.choices == ("Ada", "Ada Lovelace", "Bob")
    assert [text.strip() for text in sample.choice_texts][2] == "- Bob liked Rome."
    scorers = [open_scorer(spec) for spec in TASKS["superglue/record"].scorers]
    assert [scorer.score(sample, Response("Ada")).value for scorer in scorers] == [1, 1]
    assert [scorer.score(sample, Response("Bob")).value for scorer in scorers] == [0, 0]


def test_multirc_asks_of_each_answer_whether_it_is_right():
    row = {
        "paragraph": "Ada sings.",
        "question": "Who sings?",
        "answer": "Bob",
        "idx": {"paragraph": 1, "question": 2, "answer": 3},
        "label": 0,
    }
    (sample,), (prompt,) = from_rows("superglue/multirc", row)
    assert prompt == "Ada sings.\nQuestion: Who sings?\nAnswer:"
    assert sample.choice_texts == (
        "Bob\nIs the answer correct? no",
        "Bob\nIs the answer correct? yes",
    )
    assert (sample.id, sample.group, sample.target) == ("1-2-3", "1-2", "no")


def test_hellaswag_takes_the_markup_of_wikihow_out_of_context_and_endings():
    row = {
        "ind": 9,
        "activity_label": "Food [x]",
        "ctx_a": "How to cook [title] Boil water.",
        "ctx_b": "then [step] you",
        "endings": [" [substeps] Wait.", "Go  home [title] Rest", "c", "d"],
        "label": "1",
    }
    (sample,), (prompt,) = from_rows("hellaswag", row)
    assert prompt == "Food : How to cook. Boil water. Then you "
    assert sample.choices == (" Wait.", "Go home. Rest", "c", "d")
    assert sample.target == "Go home. Rest"


def test_the_right_answers_of_mc2_are_those_that_are_marked_wherever_they_stand():
    row = {"question": "Why?", "mc2_targets": {"choices": ["a", "b", "c"], "labels": [0, 1, 1]}}
    (sample,), _ = from_rows("truthfulqa/truthfulqa_mc2", row)
    assert sample.target == ["b", "c"]


def test_nq_open_reads_several_references_and_passes_over_case_articles_and_punctuation():
    task = TASKS["nq_open"]
    sample = Sample("s", "who", ["The Impalas", "Impalas (band)"])
    scorer = open_scorer(task.scorers[0])
    outputs = ["impalas", " The Impalas", "an Impalas band", "The impalas!", "Impala"]
    values = [scorer.score(sample, Response(output)).value for output in outputs]
    assert values == [1, 1, 1, 1, 0]


def mmlu_tasks() -> dict[str, Task]:
    spec = importlib.util.spec_from_file_location("test_mmlu", ROOT / "suites/mmlu/test_mmlu.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if isinstance(value, Task)}


def test_mmlu_has_a_task_for_each_of_its_57_subjects():
    tasks = mmlu_tasks()
    assert len(tasks) == 57
    assert {task.task for task in tasks.values()} == {f"mmlu/{name}" for name in tasks}
    assert all(isinstance(t.dataset, DatasetSpec) and t.dataset.name == name for name, t in tasks.items())


@pytest.mark.shared_data
def test_one_subject_of_mmlu_asks_the_same_as_the_whole():
    subject = at_hand(mmlu_tasks()["us_foreign_policy"])
    whole = at_hand(TASKS["mmlu/all"])
    texts = dict(zip((s.input for s in whole.samples), prompts(whole), strict=True))
    for sample, prompt in zip(subject.samples, prompts(subject), strict=True):
        assert prompt == texts[sample.input]
    assert prompt.startswith(
        "The following are multiple choice questions (with answers) about us foreign policy.\n\n"
    )
    assert prompt.count("Answer:") == 6


@pytest.mark.shared_data
def test_the_samples_of_a_subject_share_everything_before_the_question():
    made = prompts(at_hand(mmlu_tasks()["anatomy"]))
    start = made[0].rindex("\n\n")
    assert len({text[:start] for text in made}) == 1


def card_rows(suite: str) -> Sequence[list[str]]:
    lines = (ROOT / "suites" / suite / "README.md").read_text(encoding="utf-8").splitlines()
    header = "| task | samples | metric | few-shot | hub path | licence | reference number reproduced |"
    start = lines.index(header) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


@pytest.mark.parametrize("suite", [*SHELF, "glue"])
def test_the_card_has_one_row_for_each_task(suite):
    rows = card_rows(suite)
    assert {len(row) for row in rows} == {7}
    assert all(cell for row in rows for cell in row)
    named = {row[0].strip("`") for row in rows}
    tasks = {t.task for f in (ROOT / "suites" / suite).glob("*.eval.yaml") for t in load_task_file(f)}
    assert tasks <= named
    if suite == "mmlu":
        assert {f"mmlu/{name}" for name in mmlu_tasks()} <= named


@pytest.mark.parametrize("suite", SHELF)
def test_the_card_names_the_metrics_and_the_hub_path_of_its_tasks(suite):
    rows = {row[0].strip("`"): row for row in card_rows(suite)}
    for task in (task for name, task in TASKS.items() if task.source.parent.name == suite):
        row = rows[task.task]
        assert isinstance(task.dataset, DatasetSpec)
        assert task.dataset.path in row[4]
        assert task.dataset.split in row[4]
        for metric in task.metrics:
            assert metric.name in row[2]
