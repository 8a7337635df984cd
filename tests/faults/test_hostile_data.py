"""Hostile and odd data files: each is one error that says where, soon, and never another exception."""

from __future__ import annotations

import gzip
import json
import os
import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import DatasetError
from evalkit.files import reading

DIGITS = "9" * 5_000
DEEP = "[" * 100_000
NESTED = "[" * 300 + "]" * 300
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def zeros(n_mib: int) -> bytes:
    """As many MiB of zeros, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(n_mib)) + packer.flush()


TORN = gzip.compress(b'{"a": 1}\n' * 100)[:-20]
FLIPPED = bytes(byte ^ 255 if 12 < i < 30 else byte for i, byte in enumerate(gzip.compress(os.urandom(300))))
COCO = {"images": [{"id": 1}], "annotations": [{"image_id": 1, "caption": "x"}]}
TASK = {"examples": [{"input": "x", "target": "y"}, {"input": "z", "target": "y"}]}

Case = tuple[str, str | bytes | Callable[[], bytes], dict[str, Any], str]
CASES: list[Case] = [
    ("a.jsonl", f'{{"a": 1}}\n{{"a": {DEEP}', {}, "a.jsonl:2: .*nested too deeply"),
    ("a.jsonl", f'{{"a": 1}}\n{{"a": {NESTED}}}', {}, "a.jsonl:2: field 'a' is nested more than 64 levels"),
    ("a.jsonl", f'{{"a": {{"b": {NESTED}}}}}', {}, "a.jsonl:1: field 'a' is nested"),
    ("a.jsonl", f'{{"a": {DIGITS}}}', {}, "a.jsonl:1: .*more than 4,300 digits"),
    ("a.jsonl", '{"a": ' + "9" * 4_250 + "}", {}, "a.jsonl:1: .*more than 4,200 digits"),
    ("a.jsonl", b"\x00\x00", {}, "a.jsonl:1: the line is not JSON"),
    ("a.jsonl", b'{"a": "\xed\xa0\x80"}', {}, "a.jsonl:1: the file is not utf-8"),
    ("a.jsonl", "{}\n".encode("utf-16"), {}, "a.jsonl:1: the file is not utf-8"),
    ("a.jsonl", "é".encode("utf-16")[:-1], {"encoding": "utf-16"}, "a.jsonl"),
    ("a.jsonl", "x", {"encoding": "base64"}, "encoding 'base64' is unknown"),
    ("a.jsonl", "x", {"encoding": "rot13"}, "encoding 'rot13' is unknown"),
    ("a.jsonl", "x", {"encoding": "a\0b"}, "option encoding .* is unknown"),
    ("a.jsonl", "x", {"encoding": ""}, "option encoding '' is unknown"),
    ("a.jsonl", "x", {"encoding": "undefined"}, "a.jsonl: the file is not undefined"),
    ("a.jsonl", "{}", {"encoding": "utf-9", "texts": {"t": "a.jsonl"}}, "encoding 'utf-9' is unknown"),
    ("a.jsonl", "{}", {"texts": {"t": "none.txt"}}, "none.txt: a text file .* No such file"),
    ("a.jsonl", "{}", {"texts": {"t": "a\0b"}}, "a.*b.*NUL"),
    ("a.jsonl", "{}", {"texts": {"t": "."}}, "a text file of the dataset cannot be read: it is a folder"),
    ("a.jsonl", b"{}\n", {"texts": {"t": "a.jsonl"}, "encoding": "utf-16"}, "a.jsonl"),
    ("a.jsonl.gz", TORN, {}, "a.jsonl.gz.*cannot be read"),
    ("a.jsonl.gz", FLIPPED, {}, "a.jsonl.gz.*cannot be read"),
    ("a.jsonl.gz", b"", {}, "dataset a.jsonl.gz is empty"),
    ("a.jsonl.gz", b"\x1f\x8b", {}, "a.jsonl.gz: the file cannot be read"),
    ("a.jsonl.gz", lambda: zeros(80), {}, "a.jsonl.gz: the file cannot be read: .*larger than 64 MiB"),
    ("a.json", DEEP, {}, "a.json: .*nested too deeply"),
    ("a.json", f'[{{"a": {NESTED}}}]', {}, "row 0: field 'a' is nested"),
    ("a.json", f'[{{"a": {DIGITS}}}]', {}, "a.json: .*4,300 digits"),
    ("a.json", b"\xff\xfe", {}, "a.json:1: the file is not utf-8"),
    ("a.json", "", {}, "a.json:1: the file is not JSON"),
    ("a.json", "[1]", {}, "row 0: the row is int"),
    ("a.json", '{"a": []}', {"field": "a\0"}, "there is no field"),
    ("a.yaml", BOMB, {"field": "i"}, "a.yaml:6: aliases repeat too much"),
    ("a.yaml", "- &a {x: [*a]}\n", {}, "a.yaml:1: an anchor contains itself"),
    ("a.yaml", "- {x: " + "[" * 200 + "]" * 200 + "}\n", {}, "a.yaml:1: .*nested more than 100 levels"),
    ("a.yaml", "- {x: " + "[" * 90 + "]" * 90 + "}\n", {}, "a.yaml:1: field 'x' is nested more than 64"),
    ("a.yaml", "- " * 5_000 + "a\n", {}, "a.yaml.*malformed YAML"),
    ("a.yaml", "\n".join(" " * i + "a:" for i in range(900)), {}, "a.yaml.*nested"),
    ("a.yaml", f"- x: 1\n- x: {DIGITS}\n", {}, "a.yaml:2: .*5,000 digits is too long"),
    ("a.yaml", f"- x: 0x{DIGITS}\n", {}, "a.yaml:1: .*is too long"),
    ("a.yaml", "- x: !!python/object/apply:os.system [ls]\n", {}, "a.yaml:1: unknown YAML tag"),
    ("a.yaml", "- ! {x: 1}\n- !<> 5\n", {}, "a.yaml:[12]: "),
    ("a.yaml", "- x: !!int abc\n", {}, "a.yaml:1: invalid literal"),
    ("a.yaml", b"- x: \x00\n", {}, "a.yaml.*malformed YAML"),
    ("a.yaml", b"- x: \xff\n", {}, "a.yaml:1: the file is not utf-8"),
    ("a.yaml", "? [a]\n: b\n", {}, "a.yaml:1: a mapping's key is not a text"),
    ("a.yaml", "- {<<: 5}\n", {}, "a.yaml:1: '<<' does not name a mapping"),
    ("a.csv", "a;;b\n", {"delimiter": ";;"}, "delimiter ';;' is not one character"),
    ("a.csv", "a\n", {"delimiter": ""}, "delimiter '' is not one character"),
    ("a.csv", "a\n", {"delimiter": "\n"}, "is not one character"),
    ("a.csv", "a\n", {"delimiter": '"'}, "is not one character"),
    ("a.csv", "a\n", {"delimiter": "\0"}, "is not one character"),
    ("a.csv", 'a\n"x\n' * 3, {}, "a.csv:"),
    ("a.csv", 'a\n"x"y\n', {}, "a.csv:2: "),
    ("a.csv", f"a\n{DIGITS}\n", {"types": {"a": "int"}}, "a.csv:2: a '9+'… is not int"),
    ("a.csv", f"a\n{DEEP}\n", {"types": {"a": "json"}}, r"a.csv:2: a '\[+'… is not json"),
    ("a.csv", f"a\n{NESTED}\n", {"types": {"a": "json"}}, "a.csv:2: field 'a' is nested"),
    ("a.csv", "a\n1\n", {"types": {"a": ["int"]}}, "option types .* is unknown"),
    ("a.csv", "a\n1\n", {"types": {"a": None}}, "option types None is unknown"),
    ("a.csv", "a\n1\n", {"columns": {"b": 5}}, "option columns: b is neither"),
    ("a.csv", "a\n1\n", {"columns": {"b": [["a", None]]}}, "option columns: b is neither"),
    ("a.csv", "a\n1\n", {"labels": {"a": 5}}, "option labels of 'a' 5 is not a list of names"),
    ("a.csv", "a\n1\n", {"unnest": "a"}, "a.csv:2: 'a' is str, not a list"),
    ("a.csv", "a\n1\n", {"field": 5}, "option field 5 is not a text"),
    ("a.csv", "a\n1\n", {"shots": 10**30, "format": "bigbench"}, "a.csv:1: the file is not JSON"),
    ("a.csv", "a\n1\n", {"seed": -1}, "option seed -1 is not a whole number in 0"),
    ("a.json", '[{"a": Infinity}]', {"types": {"a": "int"}}, "row 0: a Infinity is not int"),
    ("a.json", '[{"a": {"b": 1}}]', {"types": {"a": "float"}}, "row 0: a .* is not float"),
    ("c.json", json.dumps({**COCO, "images": [{}]}), {"format": "coco_captions"}, "image 0: .*no 'id'"),
    ("c.json", json.dumps({**COCO, "images": 5}), {"format": "coco_captions"}, "'images' is not a list"),
    ("c.json", json.dumps({**COCO, "images": [{"id": []}]}), {"format": "coco_captions"}, "image 0: "),
    (
        "c.json",
        json.dumps({"annotations": [{"image_id": {}, "caption": "x"}]}),
        {"format": "coco_captions"},
        "annotation 0: image_id",
    ),
    ("c.json", DEEP, {"format": "coco_captions"}, "c.json: .*nested too deeply"),
    ("c.json", "{" * 9, {"format": "coco_captions"}, "c.json:1: the file is not JSON"),
    ("f.txt", b"a#0\tx\n\xff#1\ty\n", {"format": "flickr_captions"}, "f.txt:2: the file is not utf-8"),
    ("t.json", DEEP, {"format": "bigbench"}, "t.json: .*nested too deeply"),
    ("t.json", json.dumps({**TASK, "choice_prefix": 5}), {"format": "bigbench"}, "choice_prefix 5 is not"),
    ("t.json", json.dumps({"examples": 5}), {"format": "bigbench"}, "t.json|empty|shots"),
    ("t.json", json.dumps({"examples": [{"input": 5}]}), {"format": "bigbench"}, "example 0: .*no input"),
    ("t.json", json.dumps(TASK), {"format": "bigbench", "shots": 5}, "5 shots need more"),
    (
        "t.json",
        json.dumps({"examples": [{"input": "x", "target": []}, {"input": "y", "target": []}]}),
        {"format": "bigbench", "shots": 1},
        "t.json: the file cannot be read",
    ),
    ("q.txt", "q 0 d x\n", {"format": "qrels"}, "q.txt:1: the line is not"),
    ("q.txt", "q 0 d nan\n", {"format": "qrels"}, "q.txt:1: the line is not"),
    ("p.parquet", b"PAR1" + bytes(100) + b"PAR1", {}, "p.parquet: the file is not Parquet"),
    ("p.parquet", b"", {}, "p.parquet: the file is not Parquet"),
    ("d.xml", "x", {"format": "xml"}, "option format 'xml' is unknown"),
    ("d", "x", {}, "d: the suffix does not tell the format"),
]


@pytest.mark.parametrize(
    "name, content, options, says", CASES, ids=[f"{i}-{c[0]}" for i, c in enumerate(CASES)]
)
def test_a_hostile_file_is_one_error_that_says_where(
    tmp_path: Path, name: str, content: str | bytes | Callable[[], bytes], options: dict[str, Any], says: str
) -> None:
    data = content() if callable(content) else content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DatasetError, match=says) as caught:
        load_rows(DatasetSpec(file=name, options=options), base_dir=tmp_path, roots=[tmp_path])
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("name", ["a.csv.gz", "a.json.gz", "a.parquet.gz", "a.yaml.gz", "a.txt.gz", "c.gz"])
def test_every_packed_format_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(reading, "INFLATED_BYTES", 1 << 20)
    (tmp_path / name).write_bytes(zeros(2))
    form = {"a.txt.gz": "qrels", "c.gz": "coco_captions"}.get(name)
    with pytest.raises(DatasetError, match=f"{name}.*larger than 1 MiB"):
        load_rows(DatasetSpec(file=name, format=form), base_dir=tmp_path)


def test_a_parquet_that_grows_a_thousandfold_is_refused_before_it_is_all_there(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    words = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), pa.array(["x" * 100_000]))
    pq.write_table(pa.table({"a": words}), tmp_path / "a.parquet", compression="zstd")
    assert (tmp_path / "a.parquet").stat().st_size < 200_000
    with pytest.raises(DatasetError, match=r"a.parquet, row .*larger than 64 MiB"):
        load_rows(DatasetSpec(file="a.parquet"), base_dir=tmp_path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "device", "loop", "none", "NUL", "long", "gz"])
def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("a.jsonl.gz" if kind == "gz" else "a.jsonl")
    if kind in ("pipe", "gz"):
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path)
    file = {"NUL": "a\0.jsonl", "long": "x" * 5_000 + ".jsonl"}.get(kind, path.name)
    with socket.socket(socket.AF_UNIX) as server:
        if kind == "socket":
            server.bind(str(path))
        with pytest.raises(
            DatasetError, match=r"pipe|folder|socket|device|no such data file|symbolic links|NUL|too long"
        ):
            load_rows(DatasetSpec(file=file), base_dir=tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "root: 5\ndatasets: []\n",
        'root: "a\\0b"\ndatasets: []\n',
        "datasets: 5",
        "datasets: [5]",
        "datasets: [{path: x, splits: {a: {}}}]",
        "datasets: [{path: x, splits: {a: {file: [x]}}}]",
        "datasets: [{path: x, splits: {a: b}, types: {x: [int]}}]",
        "datasets: [{path: x, splits: {a: b}, types: {x: 0x" + "f" * 5_000 + "}}]",
        "datasets: [{path: x, splits: {a: b}, labels: {x: 5}}]",
        "datasets: [{path: x, splits: {a: b}, columns: {x: 5}}]",
        "datasets: [{path: x, splits: {a: b}, delimiter: ab}]",
        "datasets: [{path: x, splits: {a: b}, encoding: klingon}]",
        "datasets: [{path: x, splits: {a: b}, reshape: x}]",
        "datasets: " + "[" * 300 + "]" * 300,
        BOMB,
        "root: [\n",
        "? {a: b}\n: c\n",
    ],
)
def test_a_hostile_mirror_is_one_error_with_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mirror.yaml"
    path.write_text(text)
    with pytest.raises(DatasetError) as caught:
        Mirror.open(path)
    assert "mirror.yaml" in str(caught.value)


@pytest.mark.parametrize("body", ["raise SystemExit(3)", "return 5", "return rows[9]", "return deep()"])
def test_a_reshape_that_misbehaves_is_one_error_at_its_line(tmp_path: Path, body: str) -> None:
    deep = "def deep():\n    v = []\n    for _ in range(500):\n        v = [v]\n    return [{'a': v}]\n"
    (tmp_path / "r.py").write_text(f"def rows(rows):\n    {body}\n{deep}")
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n')
    (tmp_path / "mirror.yaml").write_text(
        "datasets:\n- path: x\n  splits:\n    test: {file: a.jsonl, reshape: r.py:rows}\n"
    )
    with pytest.raises(DatasetError, match=r"mirror.yaml:4: reshape r.py:rows"):
        load_rows(DatasetSpec(path="x"), base_dir=tmp_path, mirror=Mirror.open(tmp_path))
