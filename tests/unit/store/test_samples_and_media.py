"""Rows of datasets and media are kept once, whatever shows them, and go with the runs that do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from evalkit.core.message import Media
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.errors import StoreError
from evalkit.store.rows import sample_row
from evalkit.store.run_file import write_run_file
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

PICTURE = Media.of(b"\x00\xffcat", "image/png", "cat.png")
SAMPLE = Sample("s1", "asked", "x", {"topic": "cats", "image": b"\x00\xffcat"})


def write(path: Path, run_id: str, n_repeats: int = 2) -> None:
    spool = Spool.create(path, run_id)
    spool.add_run(make_run(run_id))
    spool.add_evaluation(make_evaluation(f"{run_id}-1", run_id, n_samples=1, n_repeats=n_repeats))
    for repeat in range(n_repeats):
        spool.add_media([PICTURE])
        response = replace(Response("x").placed("s1", repeat, "asked", 1.0), media=(PICTURE.sha256,))
        spool.add_response(f"{run_id}-1", SAMPLE, response, 0)
    spool.close()


def test_rows_and_media_stand_once_however_often_they_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    write(path, "run-a")
    with Store.open(path):
        pass
    write(path, "run-b")
    with Store.open(path) as store:
        found = store.connection.execute(
            "SELECT r.sample_id, s.fields->>'topic', count(*) FROM responses r "
            "JOIN samples s USING (row_hash) GROUP BY ALL"
        ).fetchall()
        kept = store.connection.execute("SELECT sha256, media_type, name, data FROM media").fetchall()
        n_samples = store.connection.execute("SELECT count(*) FROM samples").fetchall()
    assert (found, n_samples) == ([("s1", "cats", 4)], [(1,)])
    assert kept == [(PICTURE.sha256, "image/png", "cat.png", PICTURE.data)]


def test_bytes_in_a_row_are_told_by_hash_and_length() -> None:
    row = sample_row(SAMPLE)
    assert row is not None
    assert json.loads(row[2])["image"] == {"sha256": PICTURE.sha256, "n_bytes": 5}


def test_a_sample_without_a_row_has_none() -> None:
    assert sample_row(Sample("s1", "asked")) is None


def test_a_run_file_brings_its_rows_and_media_along(tmp_path: Path) -> None:
    path, file, other = tmp_path / "results.duckdb", tmp_path / "run.jsonl.gz", tmp_path / "other.duckdb"
    write(path, "run-a")
    with Store.open(path) as store:
        write_run_file(store.connection, ["run-a"], file)
        tables = [store.connection.execute(f"FROM {name}").fetchall() for name in ("samples", "media")]
    with Store.open(other, mode="write") as store:
        store.import_runs(file)
        assert [
            store.connection.execute(f"FROM {name}").fetchall() for name in ("samples", "media")
        ] == tables


def test_media_whose_hash_is_another_are_refused(tmp_path: Path) -> None:
    path, file = tmp_path / "results.duckdb", tmp_path / "run.jsonl"
    write(path, "run-a")
    with Store.open(path) as store:
        write_run_file(store.connection, ["run-a"], file)
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    changed = [[*line[:4], "AAAA"] if line[0] == "media" else line for line in lines]
    file.write_bytes(b"\n".join(map(orjson.dumps, changed)) + b"\n")
    with (
        Store.open(path, mode="write") as store,
        pytest.raises(StoreError, match=r"media\.sha256 .* is not that"),
    ):
        store.import_runs(file)


def test_a_spool_of_an_older_evalkit_has_its_finish_reasons_brought_into_our_words(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    write(path, "run-a")
    folder = path.with_name("results.duckdb.spool") / "run-b"
    folder.mkdir(parents=True)
    row = ["responses", "run-a-1", "s2", 0, "asked", None, "x", None, "MAX_TOKENS", 1, 2, None, None, False]
    (folder / "main.jsonl").write_bytes(b'["spool",13,"0.1.0"]\n' + orjson.dumps(row) + b"\n")
    with Store.open(path, mode="write") as store:
        store.fold()
        found = store.connection.execute(
            "SELECT finish_reason, vendor_finish_reason FROM responses WHERE sample_id = 's2'"
        ).fetchall()
    assert found == [("length", "MAX_TOKENS")]
