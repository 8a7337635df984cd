"""Whatever stands in a spool: no fold stops, every good row arrives, every bad one is set aside and told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.errors import StoreError
from evalkit.report.collect import collect
from evalkit.session.stored.source import StoredSource
from evalkit.store import spool_file
from evalkit.store.connection import Connection
from evalkit.store.creation import new_in_memory
from evalkit.store.fold import fold_spools
from evalkit.store.rows import evaluation_row, response_row, run_row, score_row, subject_row, verdict_row
from evalkit.store.spool_file import FoldReport
from evalkit.store.store import Store
from tests.plain import summary_lines
from tests.unit.store.records import COMPARISON, SUBJECT, make_evaluation, make_run

GOOD = b'["scores","e","s%d",0,"judge",1.0,null,null,null]'

#: Rows of every table as we write them; a test puts other values into them.
RESPONSE = ["responses", "run-a-1", "s0", 0, "x", None, "y", None, "stop", 1, 2, 0.5, 0.25, False, 1.0, None,
            [-1.0, None], ["c"], '[{"a":1}]', [1, 2], False, 0, None, None, None]  # fmt: skip
ROWS: list[list[Any]] = [
    ["runs", *run_row(make_run())],
    ["subjects", *subject_row(SUBJECT)],
    ["evaluations", *evaluation_row(make_evaluation(n_samples=1))],
    RESPONSE,
    ["scores", "run-a-1", "s0", 0, "exact_match", 1.0, "y", None, None],
    ["metrics", "run-a-1", "accuracy", 1.0, 0.5, 1.0, 1, "accuracy|v1", 0, True, None],
    ["verdicts", "run-a-1", "accuracy >= 0.5", "pass", "as it was", None, None, None, None],
    ["prompts", "default", None, "abc", "{{ input }}", 1.0, None],
    ["reviews", "run-a-1", "s0", 0, "anna", "pass", None, 1.0, "a-review", None, None, "pass_fail", 1.0],
    [
        "review_projects",
        "p",
        1.0,
        "sums",
        "pass_fail",
        "?",
        "abc",
        None,
        None,
        None,
        None,
        ["e"],
        [],
        0.2,
        "seed",
        "[]",
    ],
]

HOSTILE: list[Any] = [
    None, True, False, 0, -1, 2**31, 2**63, 2**64 - 1, 1e18, -1e18, 1e300, 0.5, "", "x", "\x00", "../../x",
    "/etc/x", "[1]", "{}", "[[1]]", "[" * 5000, "NaN", "null", '{"a":', [], ["x"], [None], [1e300], {},
    {"a": 1}, [[1]], "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "a" * 3000,
]  # fmt: skip

LINES = [
    b'["runs"]', b'["runs",1]', b'["spool_offsets","run-a","main",0]', b'["schema_version",99,"x",0]',
    b'["unread_rows","run-a","main",1,"x","y"]', b'["baselines","main","run-a",1.0]', b'["reviews"]',
    b'["spool",-1,"x"]', b'["spool","x","y"]', b'["spool",1e300,"x"]', b'["spool"]', b'["spool",true,"x"]',
    b"[]", b"[[]]", b"null", b"3", b'"runs"', b"{}", b"\x00" * 20, b"\xff\xfe", b"[" * 2000, b'["scores"',
    b'["e"],["f"]', b'["runs; DROP TABLE runs","x"]', b'[null,"x"]', b'[["runs"],"x"]',
]  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with new_in_memory() as opened:
        yield opened


def folded(connection: Connection, root: Path, content: bytes, *, run: str = "run-a") -> FoldReport:
    """What a fold makes of a dead process's file, in tables that hold nothing else."""
    for table in (*spool_file.SPOOLED, "spool_offsets", "unread_rows"):
        connection.execute(f"DELETE FROM {table}")
    for old in root.glob("*.unread"):
        old.unlink()
    (root / run).mkdir(parents=True, exist_ok=True)
    (root / run / "main.jsonl").write_bytes(content)
    return fold_spools(connection, root)


def rows_in(connection: Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


line = st.one_of(
    st.sampled_from(LINES),
    st.binary(max_size=40).map(lambda data: data.replace(b"\n", b" ")),
    st.tuples(
        st.sampled_from(ROWS), st.lists(st.tuples(st.integers(1, 24), st.sampled_from(HOSTILE)), max_size=3)
    ).map(lambda made: _changed(*made)),
)


def _changed(row: list[Any], changes: list[tuple[int, Any]]) -> bytes:
    row = list(row)
    for place, value in changes:
        row[min(place, len(row) - 1)] = value
    return orjson.dumps(row)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(line, max_size=8))
def test_no_line_stops_a_fold_or_costs_another_row_and_what_is_stored_can_be_read(
    connection: Connection, tmp_path: Path, lines: list[bytes]
) -> None:
    root = tmp_path / "spool"
    content = b"".join(each + b"\n" + GOOD % i + b"\n" for i, each in enumerate(lines))
    report = folded(connection, root, content)
    good = connection.execute("SELECT count(*) FROM scores WHERE evaluation_id = 'e'").fetchone()
    assert good == (len(lines),)
    n_aside = sum(path.read_bytes().count(b"\n") for path in root.glob("*.unread"))
    told = connection.execute("SELECT coalesce(sum(n_rows), 0) FROM unread_rows").fetchone()
    assert told == (n_aside,)
    assert bool(report.losses) == bool(n_aside)
    n_blank = sum(not each.strip() for each in lines)
    n_headers = sum(orjson.dumps(["spool", 1, "0"]) == each for each in lines)
    assert report.n_rows + n_aside + n_blank + n_headers == 2 * len(lines)
    for run_id in [row[0] for row in connection.execute("SELECT run_id FROM runs").fetchall()]:
        with_all_of(connection, run_id)


def with_all_of(connection: Connection, run_id: str) -> None:
    """Read a run as the commands do."""
    store = Store(Path("x"), connection, [])
    assert store.run(run_id).is_partial or not store.run(run_id).n_unread
    summary_lines(StoredSource(store), run_id)
    collect(StoredSource(store), run_id)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_rows_as_we_write_them_are_all_stored(connection: Connection, tmp_path: Path, row: list[Any]) -> None:
    assert folded(connection, tmp_path / "spool", orjson.dumps(row) + b"\n").problems == []
    assert rows_in(connection, row[0]) == 1


def test_the_comparison_of_a_verdict_is_stored(connection: Connection, tmp_path: Path) -> None:
    from evalkit.core.verdict import Verdict

    row = verdict_row("e", Verdict("regression(accuracy)", "pass", "as it was", comparison=COMPARISON), "b")
    assert folded(connection, tmp_path / "spool", orjson.dumps(["verdicts", *row]) + b"\n").problems == []


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00", b"\xff" * 100, b"[", b"\n\n\n"])
def test_a_file_of_nothing_is_swept_away(connection: Connection, tmp_path: Path, content: bytes) -> None:
    assert folded(connection, tmp_path / "spool", content).n_rows == 0
    assert not (tmp_path / "spool/run-a").exists()


def test_strange_entries_of_the_folder_stop_nothing_and_stay(connection: Connection, tmp_path: Path) -> None:
    root = tmp_path / "spool"
    (root / "run-a/folder.jsonl").mkdir(parents=True)
    (root / "run-a/folder.lock").mkdir()
    (root / "run-b").mkdir()
    (root / "run-b/two words.jsonl").write_bytes(GOOD % 0 + b"\n")
    (root / ".hidden run").mkdir()
    (root / "file").write_text("x")
    os.makedirs(os.fsencode(root) + b"/run-\xff")
    report = folded(connection, root, GOOD % 1 + b"\n")
    assert (report.n_rows, report.losses) == (1, [])
    assert [name in " ".join(report.notes) for name in ("two words", ".hidden run", "run-\\\\")] == [True] * 3
    assert (root / "run-b/two words.jsonl").exists()


def test_a_value_that_only_duckdb_refuses_costs_its_own_line(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.store.bulk.all_fit", lambda *arguments: True)
    lines = [
        GOOD % 0,
        b'["scores","e","s",18446744073709551615,"judge",1.0]',
        GOOD % 1,
        b'["runs","r",1e300]',
    ]
    report = folded(connection, tmp_path / "spool", b"\n".join(lines) + b"\n")
    assert rows_in(connection, "scores") == 2
    (loss,) = report.losses
    assert "main.jsonl:2: " in loss.text
    assert "and 1 more" in loss.text


@pytest.mark.parametrize(
    "error", [duckdb.IOException("No space left on device"), OSError(28, "No space left")]
)
def test_what_is_wrong_with_the_machine_sets_no_row_aside(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def insert(*arguments: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(spool_file, "insert", insert)
        with pytest.raises(StoreError, match="No space left"):
            folded(connection, tmp_path / "spool", GOOD % 0 + b"\n")
    assert fold_spools(connection, tmp_path / "spool").n_rows == 1


def test_a_response_row_of_a_list_target_is_stored_as_json(connection: Connection, tmp_path: Path) -> None:
    from evalkit.core.response import Response
    from evalkit.core.sample import Sample
    from evalkit.store.spool import _carried

    row = response_row("e", Sample("s", "x", ["a", 10**30, "\ud800"]), Response("y", "s"), 0)
    line = json.dumps(_carried(["responses", *row])).encode() + b"\n"
    assert folded(connection, tmp_path / "spool", line).problems == []


def test_a_score_row_is_stored(connection: Connection, tmp_path: Path) -> None:
    from evalkit.core.score import Score

    row = score_row("e", "s", 0, Score("judge", float("nan")))
    assert folded(connection, tmp_path / "spool", orjson.dumps(["scores", *row]) + b"\n").problems == []
