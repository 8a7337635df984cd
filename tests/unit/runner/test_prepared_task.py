"""From rows to Samples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from evalkit.core.quarantine import Quarantine
from evalkit.core.task import DatasetSpec, Task
from evalkit.errors import DatasetError, TaskError, TemplateError
from evalkit.runner.prepared_task import PreparedTask, prepare

ROWS = [{"id": "a", "input": "x", "target": "1"}, {"id": "b", "input": "y", "target": "0"}]


def prepared(rows: Sequence[dict[str, Any]] = ROWS, **task: Any) -> PreparedTask:
    options = {key: task.pop(key) for key in ("limit", "sample_ids") if key in task}
    return prepare(Task(task="t", samples=rows, **task), lambda spec: spec.rows or (), **options)


def test_fields_of_the_row_are_read_where_no_template_is_given() -> None:
    sample = prepared().samples[0]
    assert (sample.id, sample.input, sample.target) == ("a", "x", "1")


def test_rows_without_an_id_are_called_by_their_number() -> None:
    assert [s.id for s in prepared([{"input": "x"}, {"input": "y"}]).samples] == ["0", "1"]


def test_a_target_that_is_an_index_names_the_choice() -> None:
    rows = [{"input": "x", "label": 1}]
    assert prepared(rows, target="{{ label }}", choices=["bad", "good"]).samples[0].target == "good"


def test_a_target_outside_the_choices_names_the_row() -> None:
    with pytest.raises(TaskError, match=r"row 2.*'0' is not among"):
        prepared(choices=["1", "2"])


def test_duplicate_ids_name_both_rows() -> None:
    with pytest.raises(DatasetError, match="rows 1 and 3"):
        prepared([ROWS[0], ROWS[1], ROWS[0]])


def test_no_rows_is_an_error() -> None:
    with pytest.raises(DatasetError, match="no rows"):
        prepared([])


def test_a_missing_field_names_the_row_and_the_fields() -> None:
    with pytest.raises(TemplateError, match=r"row 1.*nope"):
        prepared(input="{{ nope }}")


def test_the_dataset_hash_does_not_depend_on_the_limit() -> None:
    limited = prepared(limit=1)
    assert limited.is_partial
    assert limited.dataset_hash == prepared().dataset_hash


@pytest.mark.parametrize("change", [{"id": "c"}, {"input": "z"}, {"target": "9"}])
def test_the_dataset_hash_moves_with_what_is_asked_and_expected(change: dict[str, str]) -> None:
    assert prepared([{**ROWS[0], **change}, ROWS[1]]).dataset_hash != prepared().dataset_hash


def test_the_dataset_hash_stays_when_a_field_changes_that_nothing_reads() -> None:
    assert prepared([{**ROWS[0], "more": 1}, ROWS[1]]).dataset_hash == prepared().dataset_hash


def test_chosen_samples_are_kept_in_order() -> None:
    assert [s.id for s in prepared(sample_ids=["b"]).samples] == ["b"]


def test_an_unknown_sample_id_is_an_error() -> None:
    with pytest.raises(DatasetError, match="none of the requested samples"):
        prepared(sample_ids=["zzz"])


def test_few_shot_examples_are_drawn_by_seed_and_change_the_task_hash() -> None:
    splits: dict[str, Sequence[dict[str, Any]]] = {
        "test": ROWS,
        "train": [{"id": i, "input": f"in{i}", "target": f"out{i}"} for i in range(10)],
    }

    def load(spec: DatasetSpec) -> Sequence[dict[str, Any]]:
        return splits[spec.split]

    def of(seed: int) -> PreparedTask:
        return prepare(Task(task="t", dataset={"path": "x/y"}, fewshot={"n": 3, "seed": seed}), load)

    assert of(1).examples.all == of(1).examples.all
    assert of(1).task_hash != of(2).task_hash
    assert [e.target.startswith("out") for e in of(1).examples.all] == [True] * 3


def test_no_sample_is_an_example_of_itself() -> None:
    rows = [{"id": str(i), "input": f"in{i}", "target": f"out{i}"} for i in range(6)]
    task = prepared(rows, fewshot={"n": 4})
    for sample in task.samples:
        examples = task.examples.for_sample(sample)
        assert len(examples) == 4
        assert sample.input not in {example["input"] for example in examples}


def test_examples_beside_the_sample_must_be_there() -> None:
    with pytest.raises(DatasetError, match="2 examples beside the sample, and there are 2 samples"):
        prepared(fewshot={"n": 2})


def test_a_sample_of_another_split_with_the_same_id_stays_an_example() -> None:
    splits = {split: [{"id": "0", "input": split, "target": "x"}] for split in ("test", "train")}
    task = Task(task="t", dataset={"path": "x/y"}, fewshot={"n": 1})
    made = prepare(task, lambda spec: splits[spec.split])
    assert [example["input"] for example in made.examples.for_sample(made.samples[0])] == ["train"]


def test_a_number_that_is_a_label_and_the_index_of_another_is_refused() -> None:
    rows = [{"input": "x", "target": 1}]
    with pytest.raises(TaskError, match=r"target 1 is a label .* and the index of another"):
        prepared(rows, choices=["1", "2", "3"])


def test_an_input_that_is_null_is_not_the_word_none() -> None:
    with pytest.raises(TemplateError, match=r"row 1.*'input' is null"):
        prepared([{"id": None, "input": None, "target": "1"}])


def test_a_number_beyond_64_bits_has_a_hash() -> None:
    numbers = [prepared([{**ROWS[0], "target": 2**n}]).dataset_hash for n in (70, 71)]
    assert numbers[0] != numbers[1]


def test_all_samples_carry_assertions_or_none() -> None:
    with pytest.raises(TaskError, match="'b' has no assertions"):
        prepared([{**ROWS[0], "assert": [{"contains": "x"}]}, ROWS[1]])


def test_a_group_is_rendered_over_the_row() -> None:
    assert [s.group for s in prepared(group="{{ id | upper }}").samples] == ["A", "B"]


def test_a_continuation_words_each_choice_over_the_row() -> None:
    made = prepared(choices=["0", "1"], continuation="{{ input }} makes {{ choice }}").samples[0]
    assert made.continuations == ("x makes 0", "x makes 1")
    assert (made.choices, made.target) == (("0", "1"), "1")


def test_group_and_continuation_are_part_of_the_dataset_hash() -> None:
    plain = prepared(choices=["0", "1"])
    assert prepared(choices=["0", "1"], group="{{ id }}").dataset_hash != plain.dataset_hash
    assert prepared(choices=["0", "1"], continuation="{{ choice }}!").dataset_hash != plain.dataset_hash


def test_the_content_hash_of_a_sample_stays_while_the_dataset_grows_and_moves_with_its_own_fields() -> None:
    first = prepared().samples[0]
    grown = prepared([{"id": "new", "input": "z"}, *ROWS])
    assert grown.dataset_hash != prepared().dataset_hash
    assert grown.samples[1].content_hash == first.content_hash
    edited = [{**ROWS[0], "assert": [{"contains": "1"}]}, {**ROWS[1], "assert": [{"contains": "0"}]}]
    assert prepared(edited).samples[0].content_hash != first.content_hash
    assert prepared(group="{{ input }}").samples[0].content_hash != first.content_hash


GOLDEN = [{"id": name, "input": "x", "assert": [{"contains": "x"}]} for name in ("ada", "bob")]
HELD = {"until": "2026-12-31", "reason": "slow index"}


def test_quarantine_comes_from_the_row_or_the_task_and_changes_no_hash() -> None:
    plain = prepared(GOLDEN)
    by_row = prepared([{**GOLDEN[0], "quarantine": HELD}, GOLDEN[1]])
    by_task = prepared(GOLDEN, quarantine=[{"sample": "ada", **HELD}])
    for each in (by_row, by_task):
        assert str(each.samples[0].quarantine) == str(Quarantine(date(2026, 12, 31), "slow index"))
        assert each.samples[1].quarantine is None
        assert (each.task_hash, each.dataset_hash) == (plain.task_hash, plain.dataset_hash)
        assert each.samples[0].content_hash == plain.samples[0].content_hash
        assert each.samples[0].row == plain.samples[0].row


def test_a_field_of_the_dataset_that_is_called_quarantine_is_a_field() -> None:
    sample = prepared([{"id": "a", "input": "x", "quarantine": "14 days"}]).samples[0]
    assert (sample.quarantine, sample.row["quarantine"]) == (None, "14 days")


@pytest.mark.parametrize(
    ("rows", "entries", "what"),
    [
        (GOLDEN, [{"sample": "adaa", **HELD}], r"quarantine: sample 'adaa' is not in the dataset .*ada"),
        (ROWS, [{"sample": "a", **HELD}], "sample 'a' has no assertions"),
        (
            [{**GOLDEN[0], "quarantine": HELD}],
            [{"sample": "ada", **HELD}],
            "is also quarantined by its own row",
        ),
        ([{**GOLDEN[0], "quarantine": {"reason": "x"}}], [], r"sample ada: row 1: the quarantine has no end"),
        ([{**ROWS[0], "quarantine": HELD}], [], "sample 'a' has no assertions"),
    ],
    ids=["unknown", "scored", "twice", "no date", "scored row"],
)
def test_a_quarantine_that_cannot_hold_is_one_error_with_the_place(
    rows: list[dict[str, Any]], entries: list[dict[str, Any]], what: str
) -> None:
    with pytest.raises(TaskError, match=what) as caught:
        prepared(rows, quarantine=entries)
    assert caught.value.key == "quarantine"
    assert str(caught.value).startswith("task t: ")
