from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.load import DatasetWarning, load_file, load_rows
from evalkit.errors import DatasetError

ROWS = [{"q": 'a "quoted", text', "n": "1"}, {"q": "é\nnext line", "n": "2"}]


def spec(file: str, **options: object) -> DatasetSpec:
    return DatasetSpec(file=file, format=options.pop("format", None), options=options)  # type: ignore[arg-type]


def load(folder: Path, file: str, content: str | bytes, **options: object) -> list[dict[str, Any]]:
    (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
    return load_rows(spec(file, **options), base_dir=folder)


CSV = 'q,n\n"a ""quoted"", text",1\n"é\nnext line",2\n'
WRITTEN = {
    "rows.jsonl": "\n".join(map(json.dumps, ROWS)) + "\n\n",
    "rows.json": json.dumps(ROWS),
    "rows.csv": CSV,
    "rows.yaml": json.dumps(ROWS, ensure_ascii=False),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gz"])
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str, is_packed: bool) -> None:
    content = WRITTEN[name].encode()
    if is_packed:
        name, content = f"{name}.gz", gzip.compress(content)
    assert load(tmp_path, name, content) == ROWS


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gz"])
def test_parquet_gives_its_rows(tmp_path: Path, is_packed: bool) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "plain.parquet")
    content = (tmp_path / "plain.parquet").read_bytes()
    name = "rows.parquet.gz" if is_packed else "rows.parquet"
    assert load(tmp_path, name, gzip.compress(content) if is_packed else content) == ROWS


def test_quotes_are_text_in_tsv_unless_it_says_otherwise(tmp_path: Path) -> None:
    content = 'q\tn\n"open quote\t1\n"both"\t2\n'
    assert [row["q"] for row in load(tmp_path, "a.tsv", content)] == ['"open quote', '"both"']
    assert load(tmp_path, "b.tsv", 'q\n"both"\n', quoting="standard") == [{"q": "both"}]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert load(tmp_path, "a.csv", "\ufeffq,n\nx,1\n") == [{"q": "x", "n": "1"}]


def test_another_encoding_and_delimiter_can_be_named(tmp_path: Path) -> None:
    content = "q;n\né;1\n".encode("latin-1")
    assert load(tmp_path, "a.csv", content, encoding="latin-1", delimiter=";") == [{"q": "é", "n": "1"}]


def test_a_file_without_header_takes_its_column_names_from_the_options(tmp_path: Path) -> None:
    assert load(tmp_path, "a.csv", "x,1\n", column_names=["q", "n"]) == [{"q": "x", "n": "1"}]


def test_rows_under_a_field_of_one_object_are_found(tmp_path: Path) -> None:
    assert load(tmp_path, "a.json", '{"version": 1, "examples": [{"q": 1}]}', field="examples") == [{"q": 1}]
    assert load(tmp_path, "a.yaml", "data:\n- {q: yes}\n", field="data") == [{"q": "yes"}]


def test_columns_are_renamed_typed_labelled_and_numbered(tmp_path: Path) -> None:
    rows = load(
        tmp_path,
        "a.tsv",
        "text_a\tgold\tscore\n a \tyes\t1.5\nb\tno\t2\n",
        columns={"sentence": "text_a", "label": "gold", "score": "score", "idx": "idx"},
        labels={"label": ["no", "yes"]},
        types={"score": "float"},
        index="idx",
    )
    assert rows == [
        {"sentence": " a ", "label": 1, "score": 1.5, "idx": 0},
        {"sentence": "b", "label": 0, "score": 2.0, "idx": 1},
    ]


def test_inline_rows_are_copied() -> None:
    row = {"input": "a"}
    rows = load_rows(DatasetSpec(rows=(row,)), base_dir=Path())
    rows[0]["input"] = "changed"
    assert row == {"input": "a"}


BROKEN = [
    ("a.jsonl", '{"a": 1}\n\n{"a": \n', {}, "a.jsonl:3", "the line is not JSON"),
    ("a.jsonl", '{"a": 1}\n[1]\n', {}, "a.jsonl:2", "the row is list"),
    ("a.json", '[\n{"a": 1},\n', {}, "a.json:3", "the file is not JSON"),
    ("a.json", '{"rows": [{}]}', {}, "a.json", "holds a dict"),
    ("a.json", '{"rows": [{}]}', {"field": "data"}, "a.json", "no field 'data'"),
    ("a.csv", "a,b\n1,2\n1\n", {}, "a.csv:3", "the row has 1 columns, not 2"),
    ("a.csv", 'a,b\n1,"x\n', {}, "a.csv:2", "unexpected end of data"),
    ("a.csv", "a,a\n1,2\n", {}, "a.csv:1", "appears twice"),
    ("a.csv", "a\nx\n", {"types": {"a": "int"}}, "a.csv:2", "a 'x' is not int"),
    ("a.csv", "a\nx\n", {"labels": {"a": ["y", "n"]}}, "a.csv:2", "a 'x' is none of y, n"),
    ("a.csv", "sentence\nx\n", {"columns": {"text": "sentense"}}, "a.csv:2", "did you mean sentence"),
    ("a.yaml", "- {a: 1}\n- 5\n", {}, "a.yaml:2", "the row is int"),
    ("a.yaml", "- {a: 1\n", {}, "a.yaml:1", "malformed YAML"),
    ("a.parquet", "no parquet", {}, "a.parquet", "not Parquet"),
    ("a.jsonl.gz", "no gzip", {}, "a.jsonl.gz", "cannot be read"),
    ("a.jsonl", b"{}\n\xff", {}, "a.jsonl:2", "the file is not utf-8"),
    ("a.csv", "a\n1\n", {"encoding": "utf-9"}, "a.csv", r"option encoding '\S+' is unknown"),
    ("a.dat", "x", {}, "a.dat", "the suffix does not tell the format"),
    ("a.csv", "a\n1\n", {"delimitr": ";"}, "dataset a.csv", "a data file has unknown key 'delimitr'"),
    ("a.csv", "a\n1\n", {"has_header": "no"}, "dataset a.csv", "has_header 'no' is not true or false"),
    ("a.csv", "a\n1\n", {"has_header": False}, "dataset a.csv", "nothing names the columns"),
    ("a.csv", "a\n1\n", {"format": "cvs"}, "dataset a.csv", "format 'cvs' is unknown"),
    ("a.csv", "a\n1\n", {"types": {"a": "integer"}}, "dataset a.csv", "types 'integer' is unknown"),
]


@pytest.mark.parametrize("file, content, options, where, what", BROKEN, ids=[case[4] for case in BROKEN])
def test_what_cannot_be_read_is_one_error_with_its_place(
    tmp_path: Path, file: str, content: bytes | str, options: dict[str, Any], where: str, what: str
) -> None:
    with pytest.raises(DatasetError, match=what) as caught:
        load(tmp_path, file, content, **options)
    assert str(caught.value.where).endswith(where)


def test_a_missing_file_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such data file"):
        load_rows(spec("none.csv"), base_dir=tmp_path)


@pytest.mark.parametrize(
    "file, content", [("a.csv", "a,b\n"), ("a.jsonl", ""), ("a.json", "[]"), ("a.yaml", "")]
)
def test_an_empty_dataset_is_an_error(tmp_path: Path, file: str, content: str) -> None:
    with pytest.raises(DatasetError, match=f"dataset {file} is empty"):
        load(tmp_path, file, content)


def test_broken_rows_are_left_out_only_when_asked_and_then_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n1\n3,x\n3,4\n")
    form = FileFormat.from_options({"skip_broken": True, "types": {"b": "int"}, "index": "row"}, "here")
    with pytest.warns(DatasetWarning, match=r"2 of 4 rows left out as broken, first .*a.csv:3"):
        rows = load_file(tmp_path / "a.csv", form)
    assert rows == [{"a": "1", "b": 2, "row": 0}, {"a": "3", "b": 4, "row": 3}]
