"""A task.json of BIG-bench becomes rows as BIG-bench's own code formats them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.load import load_file
from evalkit.errors import DatasetError
from tests.shared_data import shared_data

CHOICE = {"input": "Is it?", "target_scores": {"yes": 1, "no": 0}}
SUM = {"input": "1 + 1", "target": "2"}


def rows(folder: Path, examples: Any, *, shots: int = 0, seed: int = 42, **keys: Any) -> list[dict[str, Any]]:
    path = folder / "task.json"
    path.write_text(json.dumps({"name": "t", "examples": examples, **keys}), encoding="utf-8")
    return load_file(path, FileFormat(format="bigbench", shots=shots, seed=seed))


def test_a_choice_has_its_labels_and_scores_in_order_and_its_best_as_target(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, [CHOICE])
    assert row == {
        "idx": 0,
        "inputs": "\nQ: Is it?\n  choice: yes\n  choice: no\nA: ",
        "targets": ["yes"],
        "multiple_choice_targets": ["yes", "no"],
        "multiple_choice_scores": [1, 0],
    }


def test_prefixes_are_those_of_the_task(tmp_path: Path) -> None:
    (row,) = rows(
        tmp_path,
        [CHOICE],
        task_prefix="Answer.\n",
        example_input_prefix="<",
        example_output_prefix=">",
        choice_prefix="|",
    )
    assert row["inputs"] == "Answer.\n<Is it?|yes|no>"


def test_choices_are_left_out_of_the_input_where_the_task_says_so(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, [CHOICE], append_choices_to_input=False)
    assert row["inputs"] == "\nQ: Is it?\nA: "


def test_targets_are_a_list_of_texts(tmp_path: Path) -> None:
    found = rows(tmp_path, [SUM, {"input": "1 + 2", "target": ["3", "three"]}])
    assert [row["targets"] for row in found] == [["2"], ["3", "three"]]
    assert [row["multiple_choice_targets"] for row in found] == [[], []]


def test_examples_that_stand_twice_stand_once(tmp_path: Path) -> None:
    assert [row["idx"] for row in rows(tmp_path, [SUM, SUM, CHOICE])] == [0, 1]


REFERENCE = [
    "2 + 0=02\n5 + 0=5\n0 + 0=",
    "4 + 0=4\n0 + 0=0\n1 + 0=",
    "5 + 0=05\n1 + 0=01\n2 + 0=",
]
NUMBERS = [{"input": f"{i} + 0", "target": [str(i), f"0{i}"]} for i in range(6)]


def test_shots_stand_before_each_input_solved_and_never_the_input_itself(tmp_path: Path) -> None:
    found = rows(
        tmp_path, NUMBERS, shots=2, task_prefix="Add.", example_input_prefix="", example_output_prefix=" = ",
        few_shot_example_separator="; ",
    )  # fmt: skip
    for i, row in enumerate(found):
        *shots, asked = row["inputs"].removeprefix("Add.").split("; ")
        assert asked == f"{i} + 0 = "
        assert len(set(shots)) == 2
        assert all(shot.split(" = ")[1].lstrip("0") in (shot[0], "") for shot in shots)
        assert not any(shot.startswith(f"{i} +") for shot in shots)


def test_shots_are_those_that_the_reference_draws(tmp_path: Path) -> None:
    """Written down from ``make_nshot_dataset`` of BIG-bench 1.0.0 with seed 42."""
    found = rows(tmp_path, NUMBERS, shots=2, example_input_prefix="", example_output_prefix="=")
    assert [row["inputs"] for row in found[:3]] == REFERENCE


def test_another_seed_draws_others(tmp_path: Path) -> None:
    texts = [[row["inputs"] for row in rows(tmp_path, NUMBERS, shots=2, seed=seed)] for seed in (42, 42, 7)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    "examples, shots, what",
    [
        ([{"input": "x"}], 0, "task.json, example 0: the example has neither target nor target_scores"),
        ([{"target": "x"}], 0, "example 0: the example has no input"),
        ([{"input": "x", "target_scores": {"a": 1, "b": 1}}], 0, "no choice has a higher score"),
        ([{"input": "x", "target_scores": {"a": "1"}}], 0, "not a mapping of choices to numbers"),
        ([SUM], 1, "1 shots need more than 1 distinct examples, there are 1"),
        (["x"], 0, "example 0: the example has no input"),
    ],
    ids=["no target", "no input", "no best", "no number", "too many shots", "no object"],
)
def test_a_wrong_example_is_one_line_that_names_it(
    tmp_path: Path, examples: Any, shots: int, what: str
) -> None:
    with pytest.raises(DatasetError) as caught:
        rows(tmp_path, examples, shots=shots)
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_json_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text('{"examples": [\n  {"input": }\n]}', encoding="utf-8")
    with pytest.raises(DatasetError, match=r"task\.json:2: the file is not JSON"):
        load_file(path, FileFormat(format="bigbench"))


def test_a_task_of_sub_tasks_says_which_there_are(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "task.json").write_text("{}", encoding="utf-8")
    (tmp_path / "task.json").write_text('{"name": "t"}', encoding="utf-8")
    with pytest.raises(DatasetError, match=r"no examples .*one of its sub-tasks: one, two"):
        load_file(tmp_path / "task.json", FileFormat(format="bigbench"))


def test_a_file_that_holds_a_list_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DatasetError, match="holds a list, not a task of BIG-bench"):
        load_file(tmp_path / "task.json", FileFormat(format="bigbench"))


@pytest.mark.parametrize("options", [{"shots": -1}, {"shots": "3"}], ids=str)
def test_wrong_shots_are_an_error(options: dict[str, Any]) -> None:
    with pytest.raises(DatasetError, match="option shots"):
        FileFormat.from_options({"format": "bigbench", **options}, "m.yaml")


@pytest.mark.shared_data
def test_every_task_json_at_hand_can_be_read() -> None:
    files = [f for f in shared_data("bigbench").rglob("task.json") if "examples" in json.loads(f.read_text())]
    assert len(files) == 25
    for file in files:
        assert load_file(file, FileFormat(format="bigbench", shots=3))
