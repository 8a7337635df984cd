"""Hostile logs of other tools and exported runs: each is one error that names the file and the part."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.errors import EvalkitError, StoreError, UsageError
from evalkit.files import reading
from evalkit.imports.formats import FORMATS, read_runs
from evalkit.store.run_content import read_run_contents

DEEP = "[" * 100_000
DIGITS = "9" * 5_000
HEADER = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}, "plan": {}}


def archive(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return made.getvalue()


def encrypted() -> bytes:
    """A log whose every member says that it needs a password."""
    data = bytearray(archive({"header.json": json.dumps(HEADER)}, zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def unknown_method() -> bytes:
    data = bytearray(archive({"header.json": json.dumps(HEADER)}, zipfile.ZIP_STORED))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 77
    return bytes(data)


def damaged() -> bytes:
    data = bytearray(archive({"header.json": json.dumps({**HEADER, "x": os.urandom(500).hex()})}))
    for i in range(60, 90):
        data[i] ^= 255
    return bytes(data)


def zstandard_of(content: bytes) -> bytes:
    """A log whose header is packed by Zstandard, as newer ones are."""
    zstandard = pytest.importorskip("zstandard")
    data = bytearray(archive({"header.json": zstandard.compress(content)}, zipfile.ZIP_STORED))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 93
    return bytes(data)


LOGS: list[tuple[str, str | bytes | Callable[[], bytes], str]] = [
    ("log.eval", encrypted, "header.json is encrypted"),
    ("log.eval", unknown_method, "header.json cannot be unpacked"),
    ("log.eval", damaged, "header.json cannot be unpacked"),
    ("log.eval", lambda: archive({"header.json": " " * (3 << 20)}), "header.json .*larger than 1 MiB"),
    ("log.eval", lambda: zstandard_of(b" " * (3 << 20)), "header.json .*larger than 1 MiB"),
    ("log.eval", lambda: zstandard_of(b"")[:-40], "not a zip file|cannot be unpacked|damaged"),
    (
        "log.eval",
        lambda: archive(
            {"header.json": json.dumps(HEADER), **{f"samples/{i}.json": b" " * (400 << 10) for i in range(4)}}
        ),
        "samples/0.json is not JSON|larger than",
    ),
    (
        "log.eval",
        lambda: archive(
            {
                "header.json": json.dumps(HEADER),
                **{f"samples/{i}.json": json.dumps({"id": i, "x": "y" * (400 << 10)}) for i in range(4)},
            }
        ),
        "samples/2.json .*larger than",
    ),
    ("log.eval", lambda: archive({"header.json": DEEP}), "header.json is not JSON"),
    ("log.eval", lambda: archive({"header.json": "5"}), "header.json is not an object"),
    ("log.eval", lambda: archive({"x": "5"}), "has no header.json"),
    ("log.eval", b"PK\x03\x04" + bytes(50), "not a zip file"),
    ("log.eval", archive({"header.json": "{}"})[:-30], "not a zip file"),
    ("log.eval", b"", "not a zip file"),
    ("log.json", DEEP, "is not JSON|no format"),
    (
        "log.json",
        f'{{"eval": {{}}, "plan": {{}}, "version": {DIGITS}}}',
        "version is not|not of the form|not JSON",
    ),
    ("log.json", b"\xff\xfe\x00", "no format|not JSON"),
    ("log.json", b"\x00" * 100, "no format|not JSON"),
    ("log.json", json.dumps({**HEADER, "samples": [5]}), "has a sample without 'id'"),
    ("out.jsonl", '{"spec": {"eval_name": 5}}\n', "spec.eval_name is not a text"),
    ("out.jsonl", '{"spec": {"eval_name": "x"}}\n[1]\n', "line 2 is not an object"),
    ("out.jsonl", f'{{"spec": {{"eval_name": "x"}}}}\n{DEEP}\n', "line 2: is not JSON"),
    (
        "p.json",
        json.dumps({"evalId": 1, "results": {"version": 3, "results": [5]}}),
        "result 0 is not an object",
    ),
    ("p.json", json.dumps({"evalId": 1, "results": 5}), "results is not an object"),
]


@pytest.mark.parametrize(
    "name, content, says", LOGS, ids=[f"{i}-{each[2][:40]}" for i, each in enumerate(LOGS)]
)
def test_a_hostile_log_is_one_error_that_names_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | bytes | Callable[[], bytes],
    says: str,
) -> None:
    monkeypatch.setattr(reading, "INFLATED_BYTES", 1 << 20)
    monkeypatch.setattr(reading, "INFLATED_TIMES", 1)
    data = content() if callable(content) else content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=says) as caught:
        read_runs("inspect" if name.startswith("log") else "auto", tmp_path / name)
    assert name in str(caught.value)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("format_name", ["auto", *FORMATS])
@pytest.mark.parametrize("kind", ["pipe", "NUL", "none", "empty folder"])
def test_an_import_of_what_is_no_file_is_refused_without_waiting(
    tmp_path: Path, format_name: str, kind: str
) -> None:
    path = tmp_path / ("a\0.json" if kind == "NUL" else "stats.json")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "empty folder":
        path.mkdir()
    with pytest.raises(EvalkitError):
        read_runs(format_name, path)


RUNS: list[tuple[str, bytes]] = [
    ("run.jsonl", b""),
    ("run.jsonl", b"\xff\n"),
    ("run.jsonl", DEEP.encode()),
    ("run.jsonl", b'["runs"]\n'),
    ("run.jsonl", b'["spool"]\n'),
    ("run.jsonl", b'["spool", "5", "x"]\n'),
    ("run.jsonl", b'["spool", [], "x"]\n'),
    ("run.jsonl", b'["spool", null, "x"]\n'),
    ("run.jsonl", b'["spool", 1e999, "x"]\n'),
    ("run.jsonl", b'["spool", ' + DIGITS.encode() + b', "x"]\n'),
    ("run.jsonl.gz", b""),
    ("run.jsonl.gz", b"no gzip"),
    ("run.jsonl.gz", gzip.compress(b'["spool", 1, "x"]\n' * 100)[:-20]),
    ("run.jsonl.gz", gzip.compress(bytes(3 << 20))),
    ("run.parquet", b""),
    ("run.parquet", b"PAR1" + bytes(40) + b"PAR1"),
    ("run.txt", b"x"),
]


@pytest.mark.parametrize("name, data", RUNS, ids=[f"{i}-{each[0]}" for i, each in enumerate(RUNS)])
def test_a_hostile_run_file_is_one_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes
) -> None:
    monkeypatch.setattr(reading, "INFLATED_BYTES", 1 << 20)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StoreError, match=name):
        read_run_contents(tmp_path / name)


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz", "run.parquet"])
def test_a_run_file_that_is_a_pipe_is_refused_without_waiting(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(StoreError, match="it is a pipe, not a regular file"):
        read_run_contents(tmp_path / name)
