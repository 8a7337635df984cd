"""Spools become rows, exactly once, and nothing that can be read is lost."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import StoreError
from evalkit.store import fold
from evalkit.store.bulk import Table, tables_of
from evalkit.store.spool import Spool, spool_folder
from evalkit.store.spool_file import FoldReport
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def add_responses(spool: Spool, start: int, stop: int) -> None:
    for i in range(start, stop):
        spool.add_response("run-a-1", Sample(f"s{i}", "x"), Response("y", f"s{i}"), i)


def count(path: Path, table: str = "responses") -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def fold_now(path: Path) -> FoldReport:
    with Store.open(path, mode="write") as store:
        return store.fold()


def test_a_run_going_on_is_folded_piece_by_piece(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    for stop in (3, 5):
        add_responses(spool, stop - 3 if stop == 3 else 3, stop)
        spool.flush()
        fold_now(path)
        assert count(path) == stop
    spool.close()


def test_the_spool_of_an_ended_run_is_swept_away(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    add_responses(spool, 0, 4)
    spool.close()
    fold_now(path)
    assert not list(spool_folder(path).iterdir())


def test_folding_again_adds_nothing(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    add_responses(spool, 0, 4)
    spool.flush()
    assert fold_now(path).n_rows == 4
    assert fold_now(path).n_rows == 0
    assert count(path) == 4
    spool.close()


def test_small_chunks_carry_over_every_line(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.store.spool_file.CHUNK_BYTES", 50)
    spool = Spool.create(path, "run-a")
    add_responses(spool, 0, 20)
    spool.close()
    assert fold_now(path).n_rows == 20
    assert count(path) == 20


def test_workers_spool_beside_each_other(path: Path) -> None:
    spools = [Spool.create(path, "run-a", process) for process in ("main", "gw0", "gw1")]
    for i, spool in enumerate(spools):
        add_responses(spool, 10 * i, 10 * i + 3)
    for spool in spools:
        spool.close()
    fold_now(path)
    assert count(path) == 9


def test_the_folder_stays_while_one_process_of_the_run_lives(path: Path) -> None:
    main, worker = Spool.create(path, "run-a"), Spool.create(path, "run-a", "gw0")
    main.add_run(make_run(status="running"))
    worker.close()
    assert fold_now(path).crashed == []
    assert (spool_folder(path) / "run-a" / "gw0.jsonl").exists()
    main.close()


@pytest.mark.parametrize("place", ["_mark_crashed", "_sweep"])
def test_a_process_that_begins_while_its_folder_is_swept_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    ended = Spool.create(path, "run-a")
    ended.add_run(make_run())
    ended.close()
    begun: list[Spool] = []
    real = getattr(fold, place)

    def begin(*arguments: object) -> object:
        begun.append(Spool.create(path, "run-a", "late"))
        return real(*arguments)

    monkeypatch.setattr(fold, place, begin)
    fold_now(path)
    (late,) = begun
    late.add_scores("e", "s9", 0, Score("judge", 1.0))
    late.close()
    monkeypatch.undo()
    assert fold_now(path).n_rows == 1
    assert not (spool_folder(path) / "run-a").exists()


def test_a_run_that_never_said_how_it_ended_has_crashed(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run(status="running", finished_at=None))
    spool.add_evaluation(make_evaluation(status="running"))
    spool.add_response("run-a-1", Sample("s0", "x"), Response(None, "s0", error="boom"))
    spool.add_response("run-a-1", Sample("s1", "x"), Response("y", "s1"))
    spool.add_scores("run-a-1", "s1", 0, Score("judge", error="no verdict"))
    spool.close()
    assert fold_now(path).crashed == ["run-a"]
    with Store.open(path) as store:
        assert store.run("run-a").status == "crashed"
        evaluation = store.evaluations("run-a")[0]
    assert (evaluation.status, evaluation.n_errors) == ("interrupted", 2)


def spool_file(path: Path, *lines: bytes) -> Path:
    """The spool of a dead process that wrote these lines."""
    file = spool_folder(path) / "run-a" / "main.jsonl"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"".join(lines))
    return file


SCORE = b'["scores","e","s%d",0,"judge",1.0,null,null,null]\n'


def test_a_torn_last_line_is_dropped(path: Path) -> None:
    spool_file(path, SCORE % 0, SCORE % 1, b'["scores","e","s2",0,"ju')
    report = fold_now(path)
    assert (report.problems, count(path, "scores")) == ([], 2)


@pytest.mark.parametrize(
    "broken",
    [
        b"\x00\xff garbage\n",
        b'["scores","e","s9",0,"judge"\n',
        b'["nonsense",1]\n',
        b'{"a":1}\n',
        b'["scores","e","s9","zero","judge",1.0,null,null,null]\n',
        b'["scores","e","s9",0,"judge",1.0,null,null,null,null,null]\n',
    ],
    ids=["bytes", "unclosed", "unknown table", "object", "wrong type", "too long"],
)
def test_a_broken_line_is_named_and_kept_and_costs_no_other(path: Path, broken: bytes) -> None:
    file = spool_file(path, SCORE % 0, broken, SCORE % 1)
    (problem,) = fold_now(path).problems
    assert problem.startswith(f"{file}:2: ")
    assert count(path, "scores") == 2
    aside = spool_folder(path) / "run-a.main.unread"
    assert aside.read_bytes() == broken


def test_a_row_from_before_a_column_existed_is_filled_up(path: Path) -> None:
    spool_file(path, b'["scores","e","s0",0,"judge",1.0]\n')
    assert fold_now(path).problems == []
    assert count(path, "scores") == 1


def test_a_spool_of_a_newer_evalkit_stays_where_it_is(path: Path) -> None:
    file = spool_file(path, b'["spool",999,"9.0"]\n', SCORE % 0)
    assert "newer version of evalkit" in fold_now(path).problems[0]
    assert file.exists()
    assert count(path, "scores") == 0


def test_a_process_that_takes_up_a_torn_file_loses_nothing(path: Path) -> None:
    spool_file(path, SCORE % 0, b'["scores","e","s1"')
    spool = Spool.create(path, "run-a")
    spool.add_scores("e", "s2", 0, Score("judge", 1.0))
    spool.close()
    assert len(fold_now(path).problems) == 1
    assert count(path, "scores") == 2


@pytest.mark.skipif(
    not hasattr(duckdb.DuckDBPyConnection, "appender"), reason="this DuckDB has no appender to compare with"
)
def test_old_versions_of_duckdb_insert_the_same_rows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ["e", "s", 0, "a \x00 'text'", None, "y", None, "stop", 1, 2, 0.5, 0.25, True, 1.5, None,
           [-1.5, None], ["c", ""], '[{"a":1}]', [1, 2], False, 7]  # fmt: skip
    with Store.open(path, mode="write") as store:
        table = tables_of(store.connection, ["responses"])["responses"]
        assert table.insertable([row])
        monkeypatch.setattr("evalkit.store.bulk._has_appender", lambda connection: True)
        table.insert(store.connection, [list(row)])
        monkeypatch.setattr("evalkit.store.bulk._has_appender", lambda connection: False)
        table.insert(store.connection, [list(row)])
        first, second = store.connection.execute("SELECT * FROM responses").fetchall()
    assert first == second


@pytest.mark.parametrize(
    ("value", "kind", "fits"),
    [("x", "VARCHAR", True), (1, "VARCHAR", False), (True, "INTEGER", False), (2**40, "INTEGER", False),
     (1, "DOUBLE", True), ([1.5, None], "DOUBLE[]", True), (["x"], "DOUBLE[]", False),
     (1e300, "TIMESTAMP", False), (None, "BOOLEAN", True)],
)  # fmt: skip
def test_a_value_fits_its_column_or_does_not(value: object, kind: str, fits: bool) -> None:
    assert (Table("t", ("c",), (kind,)).misfit([value]) is None) is fits


def test_a_spool_needs_a_plain_name(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot name a file"):
        Spool.create(path, "../elsewhere")


def test_a_closed_spool_can_be_closed_again(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    spool.close()
    spool.close()
