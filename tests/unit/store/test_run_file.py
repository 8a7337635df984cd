"""A run as a file: nothing is lost on the way, and the same run is the same file."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from evalkit.errors import StoreError
from evalkit.store import run_file
from evalkit.store.run_content import read_run_contents
from evalkit.store.store import Store
from tests.unit.store.records import write_run

VALUES = (1.0, 0.0, 1.0, 1.0)
SUFFIXES = pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".parquet"])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "results.duckdb"
    write_run(path, "other", values=(0.0,), started_at=1.0)
    write_run(path, "run-1", values=VALUES, started_at=2.0)
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "a/results.duckdb"
    path.parent.mkdir()
    shutil.copy(template, path)
    return path


#: Suffix to the file of the run.
Files = dict[str, bytes]


def export(store: Path, path: Path, run: str = "run-1") -> int:
    with Store.open(store) as opened:
        return opened.export_run(run, path)


@pytest.fixture(scope="module")
def exported(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Suffix to the file of the run, for tests of what is read."""
    folder = tmp_path_factory.mktemp("exported")
    for suffix in (".jsonl", ".jsonl.gz", ".parquet"):
        export(template, folder / f"main{suffix}")
    return {path.name.removeprefix("main"): path.read_bytes() for path in folder.iterdir()}


def content(store: Store, run_id: str) -> list[object]:
    return [
        [store.run(run_id), each, store.observations(each.evaluation_id), store.estimates(each.evaluation_id),
         store.verdicts(each.evaluation_id)]
        for each in store.evaluations(run_id)
    ]  # fmt: skip


@SUFFIXES
def test_an_imported_run_is_the_exported_one(store: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"main{suffix}"
    assert export(store, file) == 4
    with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        run, is_new = other.import_runs(file)[0]
        assert (run.run_id, is_new) == ("run-1", True)
        assert [each.run_id for each in other.runs()] == ["run-1"]
        with Store.open(store) as original:
            assert content(other, "run-1") == content(original, "run-1")


@SUFFIXES
def test_a_file_can_be_read_without_a_store(store: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"main{suffix}"
    export(store, file)
    with Store.of_run_file(file) as alone, Store.open(store) as original:
        assert content(alone, alone.exported_runs()[0].run_id) == content(original, "run-1")


def test_the_same_run_is_the_same_text_from_any_store(store: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl.gz", tmp_path / "second.jsonl.gz"
    export(store, first)
    with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        other.import_runs(first)
        other.export_run("run-1", second)
    assert first.read_bytes() == second.read_bytes()


def test_an_import_again_changes_nothing(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "main.jsonl"
    export(store, file)
    with Store.open(store, mode="write") as opened:
        before = content(opened, "run-1")
        assert opened.import_runs(file)[0][1] is False
        assert content(opened, "run-1") == before


def test_an_import_leaves_the_spools_of_runs_that_go_on_alone(exported: Files, tmp_path: Path) -> None:
    from evalkit.store.spool import Spool
    from tests.unit.store.records import make_run

    file = tmp_path / "main.jsonl"
    file.write_bytes(exported[".jsonl"])
    going_on = Spool.create(tmp_path / "b/results.duckdb", "live")
    going_on.add_run(make_run("live", status="running", finished_at=None))
    going_on.flush()
    with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        other.fold()
        other.import_runs(file)
        other.fold()
        assert sorted(each.run_id for each in other.runs()) == ["live", "run-1"]
    going_on.close()


def test_a_changed_answer_is_a_changed_line(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "main.jsonl"
    export(store, file)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row[0] for row in rows].count("responses") == 4
    assert rows[0][0] == "spool"


def test_what_cannot_be_a_baseline_is_not_exported(tmp_path: Path) -> None:
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
        ("x.jsonl", '["spool",999,"9"]\n', "written by a newer version of evalkit"),
        ("x.jsonl.gz", "no gzip", "cannot be read"),
        ("x.parquet", "no parquet", "cannot be read"),
        ("x.csv", "", "has no known suffix"),
    ],
)
def test_another_file_is_refused_with_its_path(tmp_path: Path, name: str, text: str, reason: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(StoreError, match=reason) as caught:
        Store.of_run_file(file)
    assert name in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_error(store: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        export(store, tmp_path / "file/main.jsonl")


@SUFFIXES
def test_groups_of_samples_stand_in_the_file_so_that_a_comparison_is_by_group(
    tmp_path: Path, suffix: str
) -> None:
    from evalkit.comparisons.compare import compare
    from evalkit.core.gate import MetricSpec
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
def test_a_file_without_all_of_its_samples_is_refused_and_imports_nothing(
    exported: Files, tmp_path: Path, kept: int
) -> None:
    file = tmp_path / "main.jsonl"
    file.write_bytes(exported[".jsonl"])
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
        other.import_runs(file)
    with Store.open(tmp_path / "b/results.duckdb") as other:
        assert other.runs() == []


def test_a_broken_line_is_named_as_it_stands_in_the_file(exported: Files, tmp_path: Path) -> None:
    file = tmp_path / "main.jsonl"
    file.write_bytes(exported[".jsonl"])
    file.write_text(file.read_text() + "<<<<<<< HEAD\n")
    n = len(file.read_text().splitlines())
    with pytest.raises(StoreError) as raised:
        Store.of_run_file(file)
    assert f"main.jsonl:{n}: is damaged: the line is not JSON" in str(raised.value)


def changed(exported: Files, tmp_path: Path, change: Any, name: str = "main.jsonl") -> Path:
    """The exported run with its rows changed."""
    rows = change([json.loads(line) for line in exported[".jsonl"].splitlines()])
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    file = tmp_path / name
    if name.endswith(".gz"):
        text = gzip.compress(text)
    file.write_bytes(text)
    return file


def refused(file: Path) -> str:
    """What is said of a file, before anything of it is stored."""
    with pytest.raises(StoreError) as caught:
        read_run_contents(file)
    return str(caught.value)


@pytest.mark.parametrize(
    "table", ["runs", "subjects", "evaluations", "responses", "scores", "metrics", "verdicts"]
)
def test_a_row_that_stands_twice_is_refused_with_both_lines(
    exported: Files, tmp_path: Path, table: str
) -> None:
    file = changed(exported, tmp_path, lambda rows: [*rows, next(row for row in rows if row[0] == table)])
    n = len(file.read_text().splitlines())
    said = refused(file)
    assert f"main.jsonl:{n}: " in said
    assert re.search(rf"the {table} row .* appears twice: lines \d+ and {n}", said)


def test_two_runs_in_a_file_are_refused_with_the_line_of_the_second(exported: Files, tmp_path: Path) -> None:
    file = changed(exported, tmp_path, lambda rows: [*rows, [*rows[1][:1], "run-2", *rows[1][2:]]])
    assert "holds two runs: 'run-2' is the second" in refused(file)


@pytest.mark.parametrize(
    "run_id", ["../../x", "/tmp/x", "a/b", "..", ".hidden", "", "x" * 300, None, 3, ["x"]]
)
def test_an_id_that_could_be_a_path_is_refused_and_writes_nothing(
    exported: Files, tmp_path: Path, run_id: int | list[str] | str | None
) -> None:
    def with_id(rows: list[list[object]]) -> list[list[object]]:
        return [[each[0], *(run_id if value == "run-1" else value for value in each[1:])] for each in rows]

    file = changed(exported, tmp_path, with_id)
    assert "main.jsonl:2: is damaged: runs.run_id" in refused(file)
    before = set(tmp_path.parent.rglob("*"))
    if run_id in ("../../x", "/tmp/x"):
        with pytest.raises(StoreError, match=r"runs\.run_id"):
            Store.of_run_file(file)
        with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
            with pytest.raises(StoreError, match=r"runs\.run_id"):
                other.import_runs(file)
            assert other.runs() == []
    new = set(tmp_path.parent.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path) for path in new)


def test_the_evaluation_of_another_run_is_not_written_over(
    store: Path, exported: Files, tmp_path: Path
) -> None:
    def taking(rows: list[list[object]]) -> list[list[object]]:
        found: list[list[object]] = json.loads(json.dumps(rows).replace('"run-1"', '"run-9"'))
        return found

    file = changed(exported, tmp_path, taking)
    with Store.open(store, mode="write") as opened:
        before = content(opened, "run-1")
        with pytest.raises(StoreError, match="its evaluation run-1-1 is one of run run-1"):
            opened.import_runs(file)
        assert content(opened, "run-1") == before


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('["scores","run-1-1","nobody",0,"exact_match",1.0]', "belongs to none of the responses"),
        ('["responses","other","s0",0,"x",null,"y",null,null,1,1,0.1,0.1,false]', "none of the evaluations"),
        (
            '["responses","run-1-1","s9",0,"x",null,"y",null,null,18446744073709551615]',
            "prompt_tokens cannot",
        ),
        ('["verdicts","run-1-1","g","green","x"]', "verdicts.verdict is none of"),
        ('["baselines","main","run-1",1.0]', "is not a row of a run"),
        ('["schema_version",99,"x",1.0]', "is not a row of a run"),
        ('["spool",1,"x"]', "is not a row of a run"),
        ('["runs"]', "runs.run_id is missing"),
        ("{}", "is not a row of a run"),
        ("nonsense", "is not JSON"),
        ("\x00", "is not JSON"),
        ("[" * 3000, "is not JSON"),
    ],
)
def test_an_odd_row_is_refused_with_its_line(exported: Files, tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "main.jsonl"
    file.write_bytes(exported[".jsonl"])
    n = len(file.read_text().splitlines()) + 1
    file.write_text(file.read_text() + line + "\n")
    said = refused(file)
    assert f"main.jsonl:{n}: " in said
    assert reason in said


@pytest.mark.parametrize(
    "header",
    [["spool", "1", "x"], ["spool", -1, "x"], ["spool", True, "x"], ["spool", 1e300, "x"], ["spool"], [], 3],
)
def test_an_odd_header_is_refused(
    exported: Files, tmp_path: Path, header: int | list[bool | float | str]
) -> None:
    file = changed(exported, tmp_path, lambda rows: [header, *rows[1:]])
    assert "is not a run that evalkit exported" in refused(file)


@SUFFIXES
def test_a_file_that_was_cut_off_anywhere_is_one_error(exported: Files, tmp_path: Path, suffix: str) -> None:
    data = exported[suffix]
    file = tmp_path / f"main{suffix}"
    ends = [int(share * len(data)) for share in (0.1, 0.5, 0.9)]
    ends += [len(data) - 2, data.rstrip(b"\n").rfind(b"\n") + 1]  # in the last line, and before it
    for end in ends:
        file.write_bytes(data[:end])
        with pytest.raises(StoreError, match="main"):
            Store.of_run_file(file)
    if suffix != ".parquet":  # which has no checksum: a flipped bit may be another valid text
        file.write_bytes(data[: len(data) // 2] + b"\xff" * 40 + data[len(data) // 2 + 40 :])
        with pytest.raises(StoreError, match="main"):
            Store.of_run_file(file)


def test_a_packed_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.files.reading.INFLATED_BYTES", 1 << 20)
    bomb = tmp_path / "main.jsonl.gz"
    bomb.write_bytes(gzip.compress(b"[" * (8 << 20)))
    with pytest.raises(StoreError, match="unpacked it is larger than"):
        Store.of_run_file(bomb)
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE lines AS SELECT repeat('[', 8_000_000) AS line FROM range(2)")
        connection.execute(f"COPY lines TO '{tmp_path / 'main.parquet'}' (FORMAT parquet, COMPRESSION zstd)")
    with pytest.raises(StoreError, match="unpacked it is larger than"):
        Store.of_run_file(tmp_path / "main.parquet")


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "main.jsonl")
    (tmp_path / "folder.jsonl").mkdir()
    for name in ("main.jsonl", "folder.jsonl"):
        with pytest.raises(StoreError, match="not a regular file"):
            Store.of_run_file(tmp_path / name)


def test_a_parquet_file_of_other_columns_is_one_error(tmp_path: Path) -> None:
    for name, select in (
        ("a", "1 AS x"),
        ("b", "NULL::VARCHAR AS line"),
        ("c", "[1] AS line"),
        ("[d]", "1 AS line"),
    ):
        file = tmp_path / f"{name}.parquet"
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"COPY (SELECT {select}) TO '{file}' (FORMAT parquet)")
        with pytest.raises(StoreError, match="parquet: "):
            Store.of_run_file(file)


def test_a_run_of_which_rows_are_lost_on_the_way_is_not_imported(
    exported: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "main.jsonl"
    file.write_bytes(exported[".jsonl"])
    real = run_file.as_spool

    def spoiling(lines: list[bytes], run_id: str, root: Path) -> None:
        real([*lines, b'["nonsense"]'] if root.name.endswith(".spool") else lines, run_id, root)

    monkeypatch.setattr(run_file, "as_spool", spoiling)
    with Store.open(tmp_path / "b/results.duckdb", mode="write") as other:
        with pytest.raises(StoreError, match="could not be imported completely, and is not imported"):
            other.import_runs(file)
        assert other.runs() == []
        assert other.connection.execute("SELECT count(*) FROM responses").fetchone() == (0,)
