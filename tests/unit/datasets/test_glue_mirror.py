"""The mirror of the shared data against the counts and columns of the Hub's ``nyu-mll/glue``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import DatasetWarning, load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import DatasetError
from tests.shared_data import shared_data

pytestmark = pytest.mark.shared_data

MIRROR = Path(__file__).parents[2] / "data" / "mirror.yaml"
PAIR = ["sentence1", "sentence2", "label", "idx"]
#: task, split, columns as on the Hub, rows for each label
GLUE = [
    ("cola", "validation", ["sentence", "label", "idx"], {1: 721, 0: 322}),
    ("sst2", "validation", ["sentence", "label", "idx"], {1: 444, 0: 428}),
    ("mrpc", "test", PAIR, {1: 1147, 0: 578}),
    ("qnli", "validation", ["question", "sentence", "label", "idx"], {0: 2702, 1: 2761}),
    ("rte", "validation", PAIR, {0: 146, 1: 131}),
]


def load(name: str, split: str) -> list[dict[str, Any]]:
    shared_data("glue")
    spec = DatasetSpec(path="nyu-mll/glue", name=name, split=split)
    return load_rows(spec, base_dir=Path(), mirror=Mirror.open(MIRROR), is_offline=True)


@pytest.mark.parametrize("name, split, columns, labels", GLUE, ids=[case[0] for case in GLUE])
def test_rows_columns_and_labels_are_the_hubs(
    name: str, split: str, columns: list[str], labels: dict[int, int]
) -> None:
    rows = load(name, split)
    assert [list(row) for row in rows] == [columns] * sum(labels.values())
    assert Counter(row["label"] for row in rows) == labels
    assert [row["idx"] for row in rows] == list(range(len(rows)))


def test_the_torn_row_of_qqp_is_left_out_and_stated() -> None:
    with pytest.warns(DatasetWarning, match=r"1 of 5000 rows left out .*dev_first5000.tsv:1: .*5 columns"):
        rows = load("qqp", "validation")
    assert len(rows) == 4999
    assert list(rows[0]) == ["question1", "question2", "label", "idx"]
    assert Counter(row["label"] for row in rows) == {0: 3145, 1: 1854}


def test_the_similarities_of_stsb_are_numbers_from_0_to_5() -> None:
    rows = load("stsb", "validation")
    assert len(rows) == 1500
    assert list(rows[0]) == PAIR
    assert {type(row["label"]) for row in rows} == {float}
    assert (min(row["label"] for row in rows), max(row["label"] for row in rows)) == (0.0, 5.0)


def test_quotes_of_the_text_survive() -> None:
    rows = load("mrpc", "test")
    assert rows[20]["sentence1"].startswith('"There\'s no reason for you to keep your skills up," the judge')


@pytest.mark.parametrize("name, split", [("mnli", "validation_matched"), ("wnli", "validation")])
def test_a_task_that_the_mirror_does_not_have_is_a_clear_error(name: str, split: str) -> None:
    with pytest.raises(DatasetError, match=f"{name}/{split} is not in the mirror") as caught:
        load(name, split)
    assert "sst2/validation" in str(caught.value.hint)
