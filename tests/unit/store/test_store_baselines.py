"""Which run a baseline points at, and which runs may be one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import StoreError
from evalkit.store.store import Store
from tests.unit.store.records import write_run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def resolve(path: Path, what: str) -> str | None:
    with Store.open(path) as store:
        run = store.resolve_baseline(what)
    return run.run_id if run else None


def bless(path: Path, name: str, which: str) -> None:
    with Store.open(path, mode="write") as store:
        store.set_baseline(name, which)


def test_a_name_leads_to_the_run_that_it_was_pointed_at_last(path: Path) -> None:
    write_run(path, "run-a")
    write_run(path, "run-b")
    bless(path, "main", "run-a")
    bless(path, "main", "run-b")
    assert resolve(path, "main") == "run-b"


def test_a_name_that_nobody_set_leads_nowhere(path: Path) -> None:
    write_run(path)
    assert resolve(path, "main") is None


def test_a_run_can_be_named_by_the_start_of_its_id(path: Path) -> None:
    write_run(path, "20260101-abc")
    write_run(path, "20260202-abc")
    assert resolve(path, "run:202602") == "20260202-abc"


def test_an_ambiguous_or_unknown_id_says_what_is_near(path: Path) -> None:
    write_run(path, "20260101-abc")
    write_run(path, "20260202-abc")
    with pytest.raises(StoreError, match=r"start of 2 runs.*20260101-abc, 20260202-abc"):
        resolve(path, "run:2026")
    with pytest.raises(StoreError, match=r"no run '20260103'.*did you mean 20260101"):
        resolve(path, "run:20260103")


def latest(path: Path, branch: str | None = None) -> list[str]:
    with Store.open(path) as store:
        return [each.run_id for each in store.latest_evaluations(branch)]


def test_latest_is_the_last_finished_whole_run(path: Path) -> None:
    write_run(path, "good", started_at=1.0)
    write_run(path, "failed", started_at=2.0, outcome="fail")
    write_run(path, "partial", started_at=3.0, is_partial=True)
    write_run(path, "interrupted", started_at=4.0, status="interrupted")
    assert latest(path) == ["failed"]


def test_latest_is_found_for_each_task_by_itself(path: Path) -> None:
    write_run(path, "one", started_at=1.0, task="a")
    write_run(path, "two", started_at=2.0, task="b")
    assert latest(path) == ["two", "one"]


def test_a_branch_leads_to_its_last_run_without_failing_gates(path: Path) -> None:
    write_run(path, "old", started_at=1.0, git_branch="dev")
    write_run(path, "good", started_at=2.0, git_branch="dev", outcome="undecided")
    write_run(path, "failed", started_at=3.0, git_branch="dev", outcome="fail")
    write_run(path, "elsewhere", started_at=4.0, git_branch="main")
    assert latest(path, "dev") == ["good"]
    assert latest(path, "none") == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_partial": True}, "it is partial"),
        ({"status": "interrupted"}, "it was interrupted"),
        ({"status": "running"}, "it crashed"),
        ({"outcome": "fail"}, "accuracy >= 0.5 is fail"),
        ({"outcome": "error"}, "accuracy >= 0.5 is error"),
    ],
)
def test_a_run_that_proves_nothing_cannot_be_a_baseline(
    path: Path, changes: dict[str, Any], reason: str
) -> None:
    write_run(path, "run-a", **changes)
    with pytest.raises(StoreError, match=reason):
        bless(path, "main", "run-a")
    assert resolve(path, "main") is None


@pytest.mark.parametrize("name", ["latest", "run:x", "", "-x"])
def test_a_baseline_needs_a_name_that_says_nothing_else(path: Path, name: str) -> None:
    write_run(path)
    with pytest.raises(StoreError, match="cannot name a baseline"):
        bless(path, name, "run-a")


def test_a_baseline_whose_run_was_deleted_says_so(path: Path) -> None:
    write_run(path, "run-a")
    bless(path, "main", "run-a")
    with Store.open(path, mode="write") as store:
        store.connection.execute("DELETE FROM runs")
    with pytest.raises(
        StoreError, match=r"main points at run run-a, which is no longer.*baseline set main RUN"
    ):
        resolve(path, "main")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE evaluations SET status = 'interrupted'", "it was cut off: 2 of 2 samples"),
        ("UPDATE evaluations SET status = 'running'", "it is still going on"),
        ("DELETE FROM responses WHERE sample_id = 's1'", "1 of 2 samples are there"),
        ("UPDATE evaluations SET n_repeats = 2", "2 of 4 responses are there"),
        ("INSERT INTO responses FROM responses WHERE sample_id = 's1'", "1 response appears twice"),
        ("UPDATE evaluations SET n_available = 3", "2 of 3 samples were asked"),
        (
            """UPDATE evaluations SET gates = '{"gates": [{"metric": ["f1", {}], "op": ">=", "threshold": 1}],
               "max_error_rate": 0, "min_common": 0}'""",
            "f1 >= 1 has no verdict",
        ),
    ],
)
def test_a_run_whose_row_alone_says_that_it_is_whole_is_no_baseline(
    path: Path, change: str, reason: str
) -> None:
    write_run(path, "run-a")
    with Store.open(path, mode="write") as store:
        store.connection.execute(change)
        with pytest.raises(StoreError, match=f"it is not whole: sums: {reason}"):
            store.set_baseline("main", "run-a")


def test_no_way_leads_to_a_run_that_is_not_whole(path: Path, tmp_path: Path) -> None:
    write_run(path, "run-a", started_at=1.0)
    write_run(path, "run-b", started_at=2.0)
    with Store.open(path, mode="write") as store:
        store.set_baseline("main", "run-b")
        store.connection.execute("DELETE FROM responses WHERE evaluation_id = 'run-b-1' AND sample_id = 's1'")
        assert [each.run_id for each in store.latest_evaluations()] == ["run-a"]
        assert [each.run_id for each in store.latest_evaluations("main")] == ["run-a"]
        for way in ("main", "run:run-b"):
            with pytest.raises(StoreError, match="cannot be compared with: it is not whole"):
                store.resolve_baseline(way)
        with pytest.raises(StoreError, match="it is not whole: sums: 1 of 2 samples are there"):
            store.export_run("run-b", tmp_path / "run.jsonl")


def test_a_run_whose_gates_failed_can_still_be_named_by_its_id(path: Path) -> None:
    write_run(path, "run-a", outcome="fail")
    assert resolve(path, "run:run-a") == "run-a"


@pytest.mark.parametrize("table", ["responses", "scores"])
def test_a_file_with_two_rows_for_one_answer_is_refused_with_both_lines(
    path: Path, tmp_path: Path, table: str
) -> None:
    write_run(path, "run-a")
    file = tmp_path / "run.jsonl"
    with Store.open(path) as store:
        store.export_run("run-a", file)
    lines = file.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f'["{table}"'))
    file.write_text("\n".join([*lines, lines[at]]))
    with pytest.raises(StoreError, match=rf"appears twice: lines {at + 1} and {len(lines) + 1}"):
        Store.of_run_file(file)
