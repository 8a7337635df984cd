"""A run as a file: nothing is lost on the way, and the same run is the same file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.store.store import Store
from tests.unit.store.records import write_run

VALUES = (1.0, 0.0, 1.0, 1.0)
SUFFIXES = pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".parquet"])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "a/results.duckdb"
    write_run(path, "other", values=(0.0,), started_at=1.0)
    write_run(path, "run-1", values=VALUES, started_at=2.0)
    return path


def export(store: Path, path: Path, run: str = "run-1") -> int:
    with Store.open(store) as opened:
        return opened.export_run(run, path)


def content(store: Store, run_id: str) -> list[object]:
    return [
        [store.run(run_id), each, store.observations(each.evaluation_id), store.estimates(each.evaluation_id),
         store.verdicts(each.evaluation_id)]
        for each in store.evaluations(run_id)
    ]  # fmt: skip


@SUFFIXES
def test_an_imported_run_is_the_exported_one(store, tmp_path, suffix):
    file = tmp_path / f"main{suffix}"
    assert export(store, file) == 4
    with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        run, is_new = other.import_run(file)
        assert (run.run_id, is_new) == ("run-1", True)
        assert [each.run_id for each in other.runs()] == ["run-1"]
        with Store.open(store) as original:
            assert content(other, "run-1") == content(original, "run-1")


@SUFFIXES
def test_a_file_can_be_read_without_a_store(store, tmp_path, suffix):
    file = tmp_path / f"main{suffix}"
    export(store, file)
    with Store.of_run_file(file) as alone, Store.open(store) as original:
        assert content(alone, alone.only_run().run_id) == content(original, "run-1")


def test_the_same_run_is_the_same_text_from_any_store(store, tmp_path):
    first, second = tmp_path / "first.jsonl.gz", tmp_path / "second.jsonl.gz"
    export(store, first)
    with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        other.import_run(first)
        other.export_run("run-1", second)
    assert first.read_bytes() == second.read_bytes()


def test_an_import_again_changes_nothing(store, tmp_path):
    file = tmp_path / "main.jsonl"
    export(store, file)
    with Store.open(store, mode="write") as opened:
        before = content(opened, "run-1")
        assert opened.import_run(file)[1] is False
        assert content(opened, "run-1") == before


def test_an_import_leaves_the_spools_of_runs_that_go_on_alone(store, tmp_path):
    from evalkit.store.spool import Spool
    from tests.unit.store.records import make_run

    file = tmp_path / "main.jsonl"
    export(store, file)
    going_on = Spool.create(tmp_path / "b/results.duckdb", "live")
    going_on.add_run(make_run("live", status="running", finished_at=None))
    going_on.flush()
    with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        other.fold()
        other.import_run(file)
        other.fold()
        assert sorted(each.run_id for each in other.runs()) == ["live", "run-1"]
    going_on.close()


def test_a_changed_answer_is_a_changed_line(store, tmp_path):
    file = tmp_path / "main.jsonl"
    export(store, file)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row[0] for row in rows].count("responses") == 4
    assert rows[0][0] == "spool"


def test_what_cannot_be_a_baseline_is_not_exported(tmp_path):
    path = tmp_path / "results.duckdb"
    write_run(path, "part", is_partial=True)
    write_run(path, "bad", outcome="fail")
    for run, reason in (("part", "it is partial"), ("bad", "is fail")):
        with pytest.raises(StoreError, match=reason):
            export(path, tmp_path / "x.jsonl", run)
    assert not (tmp_path / "x.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("x.jsonl", "", "is not a run that evalkit exported"),
        ("x.jsonl", '{"sample_id": "a"}\n', "is not a run that evalkit exported"),
        ("x.jsonl", "no json\n", "cannot be read"),
        ("x.jsonl", '["spool",1,"0"]\n', "holds no run"),
        ("x.jsonl", '["spool",999,"9"]\n', "written by a newer evalkit"),
        ("x.jsonl.gz", "no gzip", "cannot be read"),
        ("x.parquet", "no parquet", "cannot be read"),
        ("x.csv", "", "says no known format"),
    ],
)
def test_another_file_is_refused_with_its_path(tmp_path, name, text, reason):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(StoreError, match=reason) as caught:
        Store.of_run_file(file)
    assert name in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_error(store, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        export(store, tmp_path / "file/main.jsonl")


@SUFFIXES
def test_groups_of_samples_stand_in_the_file_so_that_a_comparison_is_by_group(tmp_path, suffix):
    from evalkit.core.gate import MetricSpec
    from evalkit.gates.compare import compare
    from evalkit.metrics.open import open_metric

    path, groups = tmp_path / "results.duckdb", ("p", "p", "q", "q")
    write_run(path, "run-1", values=(1.0, 1.0, 1.0, 0.0), groups=groups)
    write_run(path, "run-2", values=(0.0, 0.0, 1.0, 1.0), groups=groups)
    export(path, tmp_path / f"main{suffix}")
    with Store.of_run_file(tmp_path / f"main{suffix}") as file, Store.open(path) as store:
        before, after = file.observations("run-1-1"), store.observations("run-2-1")
    seen = compare(open_metric(MetricSpec("accuracy")), "accuracy", before, after)
    assert (seen.n, seen.n_groups, seen.p_value) == (4, 2, 1.0)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_file_without_all_of_its_samples_is_refused_and_imports_nothing(store, tmp_path, kept):
    file = tmp_path / "main.jsonl"
    export(store, file)
    lines = file.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith('["responses"'))
    file.write_text("\n".join(lines[: first + kept]) + "\n")
    said = f"it holds {kept} of the 4 samples of"
    with pytest.raises(StoreError, match=said):
        Store.of_run_file(file)
    with (
        Store.open(tmp_path / "b/results.duckdb", mode="write") as other,
        pytest.raises(StoreError, match=said),
    ):
        other.import_run(file)
    with Store.open(tmp_path / "b/results.duckdb") as other:
        assert other.runs() == []


def test_a_broken_line_is_named_as_it_stands_in_the_file(store, tmp_path):
    file = tmp_path / "main.jsonl"
    export(store, file)
    file.write_text(file.read_text() + "<<<<<<< HEAD\n")
    n = len(file.read_text().splitlines())
    with pytest.raises(StoreError) as raised:
        Store.of_run_file(file)
    assert f"main.jsonl: is damaged: line {n} cannot be read as a row (" in str(raised.value)
