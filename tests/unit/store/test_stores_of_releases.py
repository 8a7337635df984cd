"""A store that an earlier release wrote is migrated, and commands say of it what that release said.

``tests/data/stores/version_13.zip`` holds the tables of such a store, one Parquet file each, as release 0.1
wrote them in sessions with ranked choices, groups, repeats, code in a sandbox and imports of other tools;
beside it are the numbers and sentences that its commands printed, as they are laid out today.
"""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from evalkit.cli import main
from evalkit.store.migrate import migrations
from evalkit.store.run_file import write_run_file
from evalkit.store.store import Store

DATA = Path(__file__).parents[2] / "data/stores"


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    """The store as the release left it: its tables made by the migrations of its time."""
    path = tmp_path / "results.duckdb"
    with duckdb.connect(str(path)) as connection, zipfile.ZipFile(DATA / "version_13.zip") as tables:
        connection.execute(
            "CREATE TABLE schema_version (version INTEGER, name VARCHAR, applied_at TIMESTAMP)"
        )
        for number, name, sql in migrations()[:13]:
            connection.execute(sql)
            connection.execute("INSERT INTO schema_version VALUES (?, ?, now()::TIMESTAMP)", [number, name])
        for name in tables.namelist():
            tables.extract(name, tmp_path)
            connection.execute(f"INSERT INTO {Path(name).stem} FROM read_parquet(?)", [str(tmp_path / name)])
    return path


def told(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the commands of the record print of this store."""
    said = []
    for line in re.findall(r"^\$ evalkit .*$", (DATA / "version_13.txt").read_text("utf-8"), re.MULTILINE):
        main([*line.split()[2:], "--store", str(path)])
        printed = capsys.readouterr()
        said.append(f"{line}\n{printed.out}{printed.err}")
    return "".join(said)


@pytest.fixture
def in_utc() -> Iterator[None]:
    """Local times are those of UTC, as where the record was made."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_utc")
def test_compare_and_drift_say_what_they_said_before_the_migration(
    old_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(old_store, mode="write"):
        pass
    assert told(old_store, capsys) == (DATA / "version_13.txt").read_text("utf-8")


def test_finish_reasons_are_in_our_words_and_the_vendors_stand_beside_them(old_store: Path) -> None:
    with Store.open(old_store, mode="write") as store:
        found = store.connection.execute(
            "SELECT DISTINCT vendor_finish_reason, finish_reason FROM responses "
            "WHERE finish_reason IS NOT NULL"
        ).fetchall()
    words = dict(found)
    assert (words["end_turn"], words["MAX_TOKENS"], words["stop"]) == ("stop", "length", "stop")


def test_a_run_of_a_migrated_store_goes_into_a_file_and_back(old_store: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "run.jsonl", tmp_path / "other.duckdb"
    with Store.open(old_store, mode="write") as store:
        run = store.runs(None)[0]
        write_run_file(store.connection, [run.run_id], file)
        before = [store.observations(e.evaluation_id) for e in store.evaluations(run.run_id)]
    with Store.open(other, mode="write") as store:
        store.import_runs(file)
        after = [store.observations(e.evaluation_id) for e in store.evaluations(run.run_id)]
    assert after == before
