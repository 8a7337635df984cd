"""TREC runs and judgements as recorded outputs and as datasets."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.load import load_file
from evalkit.errors import DatasetError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.models.recordings.trec_run import read_run
from tests.asking import ask
from tests.shared_data import shared_data

LINES = "q1 Q0 d1 1 0.5 bm25 trailing words\nq1\tQ0\td2\t2\t1.5\tbm25\n\nq2 Q0 d1 1 3 bm25\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "run.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_query_becomes_a_response_ranked_by_score(tmp_path: Path) -> None:
    found = read_run(write(tmp_path, LINES))
    assert {key[1]: json.loads(str(response.output)) for key, response in found.items()} == {
        "q1": [["d2", 1.5], ["d1", 0.5]],
        "q2": [["d1", 3.0]],
    }


def test_a_run_is_replayed_by_its_query_ids(tmp_path: Path) -> None:
    write(tmp_path, LINES)
    model = open_model(ModelSpec.parse("replay:run.txt?format=trec"), ModelSettings(base_dir=tmp_path))
    response = asyncio.run(model.respond(ask(sample_id="q2")))
    assert json.loads(str(response.output)) == [["d1", 3.0]]


@pytest.mark.parametrize(
    "text, message",
    [
        ("q1 Q0 d1 1 0.5\n", r"run\.txt:1: the line is not 'query Q0 document rank score run'"),
        ("q1 Q0 d1 1 nan r\n", "the line is not"),
        ("q1 Q0 d1 1 1,5 r\n", "the line is not"),
        ('{"sample_id": "1", "output": "a"}\n', "leave out .format=trec"),
        ("q1 Q0 d1 1 2 r\nq1 Q0 d1 2 1 r\n", r"run\.txt:2: document 'd1' of query 'q1' appears twice"),
        ("q1 Q0 d1 1 2 r\nq1 Q0 d1 2 1 s\n", r"the file holds runs r, s \(choose one with \?model=NAME"),
        ("", "the file holds no such run"),
    ],
)
def test_a_broken_run_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ModelSpecError, match=message):
        read_run(write(tmp_path, text))


def test_one_run_of_several_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path, "q1 Q0 d1 1 2 r\nq1 Q0 d1 2 1 s\n")
    (response,) = read_run(path, "s").values()
    assert json.loads(str(response.output)) == [["d1", 1.0]]


def test_a_missing_run_and_an_unknown_format_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelSpecError, match="the run cannot be read: No such file"):
        read_run(tmp_path / "none")
    with pytest.raises(ModelSpecError, match="replay format 'csv' is unknown"):
        open_model(ModelSpec.parse("replay:run.txt?format=csv"), ModelSettings(base_dir=tmp_path))


def test_judgements_become_a_row_for_each_query(tmp_path: Path) -> None:
    (tmp_path / "a.qrels").write_text("q1 0 d1 2\nq1 0 d2 0\n\nq2 d9 1\n", encoding="utf-8")
    assert load_file(tmp_path / "a.qrels", FileFormat()) == [
        {"id": "q1", "relevant": {"d1": 2.0, "d2": 0.0}},
        {"id": "q2", "relevant": {"d9": 1.0}},
    ]


@pytest.mark.parametrize(
    "text, message",
    [
        ("q1 0 d1\n", r"a\.qrels:1: the line is not 'query iteration document grade'"),
        ("q1 0 d1 1 1\n", r"the line is not"),
        ("q1 0 d1 1\nq1 0 d1 2\n", r"a\.qrels:2: document d1 of query q1 is judged twice"),
    ],
)
def test_broken_judgements_say_where(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.qrels").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=message):
        load_file(tmp_path / "a.qrels", FileFormat())


@pytest.mark.shared_data
def test_cranfields_judgements_of_three_columns_are_read_to_the_last() -> None:
    path = shared_data("cranfield", "cranqrel")
    rows = load_file(path, FileFormat.from_options({"format": "qrels"}, "test"))
    assert len(rows) == 225
    assert sum(len(row["relevant"]) for row in rows) == 1837
