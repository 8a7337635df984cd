"""The runs that a baseline pools as one file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import StoreError
from evalkit.store.run_content import read_run_contents
from evalkit.store.store import Store
from tests.unit.store.records import write_run
from tests.unit.store.test_run_file import SUFFIXES, content


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "a/results.duckdb"
    write_run(path, "other", values=(0.0,), started_at=1.0)
    write_run(path, "run-1", values=(1.0, 0.0, 1.0, 1.0), started_at=2.0)
    return path


@SUFFIXES
def test_the_runs_of_a_pool_are_one_file(store: Path, tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    with Store.open(store) as original, Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        assert original.export_run("run-1", first, ["other"]) == 5
        assert [(run.run_id, is_new) for run, is_new in other.import_runs(first)] == [
            ("run-1", True), ("other", True),
        ]  # fmt: skip
        for run_id in ("run-1", "other"):
            assert content(other, run_id) == content(original, run_id)
        other.export_run("run-1", second, ["other"])
    assert read_run_contents(first) == [replace(each, path=first) for each in read_run_contents(second)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda runs: runs[0], "it holds 'run-1', where it says 'run-1', 'other'"),
        (lambda runs: [*runs[1], *runs[0]], "it holds 'other', 'run-1', where it says 'run-1', 'other'"),
        (lambda runs: [*runs[0], *runs[0]], "it holds 'run-1', 'run-1', where it says"),
        (lambda runs: [*runs[0], *runs[1][:-1]], "it holds 6 of 7 rows"),
        (lambda runs: [*runs[0], runs[1][0].replace("other", "else"), *runs[1][1:]], "where it says"),
    ],
    ids=["a run is cut off", "in another order", "twice", "a row is cut off", "other names"],
)
def test_a_pool_without_one_of_its_runs_is_damaged(
    store: Path, tmp_path: Path, change: Callable[..., Any], said: str
) -> None:
    file = tmp_path / "main.jsonl"
    with Store.open(store) as opened:
        opened.export_run("run-1", file, ["other"])
    lines = file.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if i and line.startswith('["spool"'))
    file.write_text("\n".join(change([lines[:start], lines[start:]])) + "\n")
    with pytest.raises(StoreError, match=re.escape(said)):
        Store.of_run_file(file)
