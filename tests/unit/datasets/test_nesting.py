"""Rows inside rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.datasets.nesting import column_of, unnested
from evalkit.errors import DatasetError

PASSAGE = {
    "idx": 3,
    "passage": {
        "text": "Ada was born in London.",
        "questions": [
            {"question": "Who?", "answers": [{"text": "Ada", "label": 1}, {"text": "Bob", "label": 0}]},
            {"question": "Where?", "answers": [{"text": "London", "label": 1}]},
        ],
    },
}


def test_every_element_of_the_innermost_list_is_a_row_that_keeps_what_stands_around_it() -> None:
    rows = list(unnested(PASSAGE, "passage.questions.answers"))
    seen = [
        (row["idx"], row["passage"]["questions"]["question"], row["passage"]["questions"]["answers"]["text"])
        for row in rows
    ]
    assert seen == [(3, "Who?", "Ada"), (3, "Who?", "Bob"), (3, "Where?", "London")]


@pytest.mark.parametrize(
    "path, what",
    [
        ("pasage", r"no column 'pasage' \(did you mean passage\?\)"),
        ("passage.text", "'text' is str, not a list"),
        ("idx.more", "'idx' is int, not an object"),
    ],
)
def test_a_path_that_is_no_list_is_refused(path: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        list(unnested(PASSAGE, path))


def test_a_path_through_a_list_gives_the_values_of_its_elements() -> None:
    assert column_of(PASSAGE, "passage.questions.question") == ["Who?", "Where?"]


def test_a_column_is_made_of_several() -> None:
    row = {"a": 1, "b": 2, "c.d": 3}
    assert column_of(row, {"list": ["a", "b"], "dotted": "c.d"}) == {"list": [1, 2], "dotted": 3}


def test_a_path_that_leads_nowhere_says_what_is_there() -> None:
    with pytest.raises(ValueError, match=r"no column 'passage.txt' \(did you mean text\?\)"):
        column_of(PASSAGE, "passage.txt")


MIRROR = """
datasets:
  - path: multirc
    splits: {validation: a.jsonl}
    unnest: passage.questions.answers
    constants: {source: here}
    columns:
      paragraph: passage.text
      question: passage.questions.question
      answer: passage.questions.answers.text
      idx: {paragraph: idx}
      label: passage.questions.answers.label
      source: source
  - path: both
    splits: {test: [a.jsonl, {file: a.jsonl, columns: [idx], index: idx}]}
  - path: made
    splits: {test: a.jsonl}
    reshape: own.py:double
  - path: broken
    splits: {test: a.jsonl}
    reshape: own.py:none
"""


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    (tmp_path / "a.jsonl").write_text(json.dumps(PASSAGE) + "\n")
    (tmp_path / "mirror.yaml").write_text(MIRROR)
    (tmp_path / "own.py").write_text(
        "def double(rows):\n    return [{'n': row['idx'] * 2} for row in rows]\n\ndef none(rows):\n    pass\n"
    )
    return Mirror.open(tmp_path)


def rows(mirror: Mirror, path: str, split: str = "test") -> list[dict[str, Any]]:
    return load_rows(DatasetSpec(path=path, split=split), base_dir=Path(), mirror=mirror)


def test_a_mirror_unrolls_nested_rows_into_the_columns_of_the_hub(mirror: Mirror) -> None:
    first, *others = rows(mirror, "multirc", "validation")
    assert first == {
        "paragraph": "Ada was born in London.",
        "question": "Who?",
        "answer": "Ada",
        "idx": {"paragraph": 3},
        "label": 1,
        "source": "here",
    }
    assert len(others) == 2


def test_the_files_of_a_split_stand_one_after_the_other_each_with_its_options(mirror: Mirror) -> None:
    whole, numbered = rows(mirror, "both")
    assert (whole["idx"], numbered) == (3, {"idx": 0})


def test_a_function_beside_the_mirror_makes_the_rows(mirror: Mirror) -> None:
    assert rows(mirror, "made") == [{"n": 6}]


def test_a_function_that_gives_no_rows_is_an_error_at_the_entry(mirror: Mirror) -> None:
    with pytest.raises(DatasetError, match=r"reshape own\.py:none did not return a list of rows") as caught:
        rows(mirror, "broken")
    assert str(caught.value.where).endswith("mirror.yaml:20")


def test_a_function_that_fails_says_how(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "own.py").unlink()
    with pytest.raises(DatasetError, match=r"reshape own\.py:double: FileNotFoundError"):
        rows(mirror, "made")


def test_a_function_that_exits_says_how(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("raise SystemExit(0)\n")
    with pytest.raises(DatasetError, match=r"reshape own\.py:double: SystemExit: 0"):
        rows(mirror, "made")


def test_a_reshape_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mirror.yaml").write_text(MIRROR.replace("own.py:double", "double"))
    with pytest.raises(DatasetError, match="reshape 'double' names no function"):
        Mirror.open(tmp_path)
