"""Opening stores, and the one clear error when that cannot be."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from evalkit.errors import StoreError, StoreVersionError
from evalkit.store import migrate
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.store.version import SCHEMA_VERSION
from tests.unit.store.records import write_run

UNWRITABLE = Path("/proc/evalkit")

PUBLIC = {
    "runs": "run_id started_at finished_at status is_partial git_commit git_branch git_dirty evalkit_version "
    "argv host",
    "subjects": "subject_id model model_revision params prompt prompt_version prompt_hash",
    "evaluations": "evaluation_id run_id task task_hash dataset_hash subject_id n_samples n_errors status",
    "responses": "evaluation_id sample_id repeat input target output error finish_reason prompt_tokens "
    "completion_tokens cost_usd latency_s is_cached created_at",
    "scores": "evaluation_id sample_id repeat scorer value answer explanation error",
    "metrics": "evaluation_id metric value ci_low ci_high n signature",
    "verdicts": "evaluation_id gate verdict detail p_value baseline_run_id",
    "prompts": "prompt version prompt_hash template created_at message",
    "baselines": "name run_id created_at",
    "reviews": "evaluation_id sample_id repeat reviewer label comment created_at",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "results.duckdb"


@pytest.mark.parametrize("table", PUBLIC)
def test_a_table_begins_with_its_public_columns_in_order(path: Path, table: str) -> None:
    with Store.open(path, mode="write") as store:
        found = [row[0] for row in store.connection.execute(f"DESCRIBE {table}").fetchall()]
    expected = PUBLIC[table].split()
    assert found[: len(expected)] == expected


def test_the_last_migration_has_the_number_of_the_schema() -> None:
    numbers = [number for number, _, _ in migrate.migrations()]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == SCHEMA_VERSION


def test_a_migration_that_fails_leaves_the_version_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(path)
    broken = (SCHEMA_VERSION + 1, "9999_broken.sql", "CREATE TABLE half_done (x INTEGER); SELECT nonsense;")
    monkeypatch.setattr(migrate, "migrations", lambda: [broken])
    monkeypatch.setattr(migrate, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    with pytest.raises(StoreError, match=r"cannot be written: .*nonsense"):
        Store.open(path, mode="write")
    monkeypatch.undo()
    with Store.open(path) as store:
        names = [row[0] for row in store.connection.execute("SHOW TABLES").fetchall()]
    assert "half_done" not in names


def test_a_newer_store_says_what_to_do(path: Path) -> None:
    write_run(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (999, 'later', NULL)")
    for mode in ("read", "write"):
        with pytest.raises(StoreVersionError, match=r"newer version of evalkit.*pip install --upgrade"):
            Store.open(path, mode=mode)


@pytest.mark.parametrize(
    "content", [b"SQLite format 3\x00" * 9, b"{}", b"\n"], ids=["sqlite", "short", "blank"]
)
def test_a_file_that_is_no_database_is_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    for mode in ("read", "write"):
        with pytest.raises(StoreError, match="is not a DuckDB database"):
            Store.open(path, mode=mode)
    assert path.read_bytes() == content


def test_a_damaged_database_is_one_clear_error(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * 8 + b"DUCK" + b"y" * 20_000)
    with pytest.raises(StoreError, match="cannot be opened as a DuckDB database"):
        Store.open(path, mode="write")


def test_somebody_elses_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE mine (x INTEGER)")
    with pytest.raises(StoreError, match=r"no evalkit store \(it holds mine\)"):
        Store.open(path, mode="write")


def test_a_missing_store_says_how_to_get_one(path: Path) -> None:
    with pytest.raises(StoreError, match="run pytest with --llm-model first"):
        Store.open(path)
    assert not path.parent.exists()


@pytest.mark.skipif(not UNWRITABLE.parent.exists(), reason="no /proc: no folder that nobody can write")
def test_a_folder_that_cannot_be_written_is_one_clear_error() -> None:
    with pytest.raises(StoreError, match="the folder cannot be made"):
        Store.open(UNWRITABLE / "results.duckdb", mode="write")
    with pytest.raises(StoreError, match="cannot write results here"):
        Spool.create(UNWRITABLE / "results.duckdb", "run-a")


def test_a_folder_in_place_of_the_store_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened: Is a directory"):
        Store.open(tmp_path, mode="write")


def test_reading_makes_the_store_of_a_run_that_was_never_folded(path: Path) -> None:
    Spool.create(path, "run-a").close()
    with Store.open(path) as store:
        assert store.runs() == []


def test_a_store_that_is_opened_to_be_read_has_no_result_that_waits(path: Path) -> None:
    """DuckDB makes no table beside one."""
    write_run(path)
    with Store.open(path) as store:
        assert store.connection.sql("SELECT run_id FROM runs").to_arrow_table().num_rows == 1
