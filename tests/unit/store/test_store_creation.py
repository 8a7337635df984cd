"""A store is made whole or not at all, older readers open it, and a full disk is one clear error."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from evalkit.errors import StoreError
from evalkit.store import creation, store
from evalkit.store.connection import Connection
from evalkit.store.migrate import migrate, version_of
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.store.version import SCHEMA_VERSION
from tests.invocation import environment
from tests.unit.store.records import make_run, write_run

#: Opens a store for the first time, and dies at the place that its second argument names.
DYING = """
import os, signal, sys
from evalkit.store import creation, store
creation.kept_store = lambda: None
die = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "opened":
    creation.migrate = die
elif sys.argv[2] == "half":
    from evalkit.store import migrate
    all_of_them = migrate.migrations()
    migrate.migrations = lambda: all_of_them[:3]
    real = creation.migrate
    creation.migrate = lambda *args: (real(*args), die())
elif sys.argv[2] == "made":
    creation._move = die
else:
    real = creation._move
    creation._move = lambda *args: (real(*args), die())
store.Store.open(sys.argv[1], mode="write")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


@pytest.mark.parametrize("place", ["opened", "half", "made", "moved"])
def test_a_process_that_is_killed_while_it_makes_the_store_leaves_none_or_a_whole_one(
    path: Path, place: str
) -> None:
    died = subprocess.run([sys.executable, "-c", DYING, str(path), place], env=environment(), check=False)
    assert died.returncode == -signal.SIGKILL
    assert path.exists() == (place == "moved")
    write_run(path, is_anew=True)
    with Store.open(path) as opened:
        assert [run.run_id for run in opened.runs()] == ["run-a"]


def whole(path: Path) -> bytes:
    with Store.open(path, mode="write"):
        pass
    return path.read_bytes()


@pytest.mark.parametrize("n", [0, 12, 100, 4096, 8192, 12_287])
@pytest.mark.parametrize("is_zero", [False, True])
def test_a_store_that_was_torn_while_it_was_made_is_made_anew(
    tmp_path_factory: pytest.TempPathFactory, path: Path, n: int, is_zero: bool
) -> None:
    content = b"\0" * n if is_zero else b"\x17" * 8 + b"DUCK" + b"\x05" * 12_288
    path.write_bytes(content[:n])
    with pytest.raises(StoreError, match="there is no store"):
        Store.open(path)
    Spool.create(path, "run-a").close()
    with Store.open(path) as opened:
        assert opened.runs() == []


def test_a_store_that_lost_its_end_is_refused_and_left_alone(path: Path) -> None:
    content = whole(path)[:20_000]
    path.write_bytes(content)
    for mode in ("read", "write"):
        with pytest.raises(StoreError):
            Store.open(path, mode=mode)
    assert path.read_bytes() == content


def test_of_two_that_make_a_store_at_once_the_first_one_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = creation._move

    def be_late(draft: Path, place: Path) -> None:
        monkeypatch.setattr(creation, "_move", real)
        write_run(path, is_anew=True)
        real(draft, place)

    monkeypatch.setattr(creation, "_move", be_late)
    with Store.open(path, mode="write") as opened:
        assert [run.run_id for run in opened.runs()] == ["run-a"]


def test_a_file_system_without_links_takes_a_store_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert whole(path)
    assert [each.name for each in path.parent.iterdir()] == ["results.duckdb"]


def test_the_draft_of_a_process_that_died_long_ago_is_swept_away(path: Path) -> None:
    old, new = (path.with_name(f".results.duckdb.new-{name}") for name in ("old", "new"))
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    whole(path)
    assert (old.exists(), new.exists()) == (False, True)


def test_the_file_has_the_form_that_older_readers_of_duckdb_open(path: Path) -> None:
    write_run(path, is_anew=True)
    (version,) = struct.unpack_from("<Q", path.read_bytes(), 12)
    assert version == 64  # https://duckdb.org/docs/internals/storage: v0.9.0 to v1.1.3


@pytest.mark.parametrize(("folder", "is_ours"), [(".evalkit", True), ("results", False)])
def test_the_folder_of_the_default_store_is_kept_out_of_git(
    tmp_path: Path, folder: str, is_ours: bool
) -> None:
    ignored = tmp_path / folder / ".gitignore"
    whole(tmp_path / folder / "results.duckdb")
    assert ignored.exists() == is_ours
    if is_ours:
        assert ignored.read_text() == "*\n"
        ignored.unlink()
        whole(tmp_path / folder / "other.duckdb")
        assert not ignored.exists()  # somebody wants it so


FULL = [
    duckdb.IOException('IO Error: Could not write file "x": No space left on device'),
    OSError(28, "No space left on device"),
]


@pytest.mark.parametrize("error", FULL, ids=["duckdb", "os"])
@pytest.mark.parametrize("step", ["create", "copy", "migrate", "baseline", "folder"])
def test_a_full_disk_is_one_clear_error_wherever_the_store_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, step: str
) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        raise error

    if step == "create":
        forget_new_store(monkeypatch)
        monkeypatch.setattr(creation, "migrate", refuse)
    elif step == "copy":  # the second store that a process makes
        monkeypatch.setattr(creation, "_NEW_STORE", [b"whole"])
        monkeypatch.setattr("evalkit.store.creation.os.fsync", refuse)
    elif step == "folder":
        monkeypatch.setattr("evalkit.store.creation.tempfile.TemporaryDirectory", refuse)
    else:
        write_run(path, is_anew=True)
        monkeypatch.setattr(store, "migrate", refuse) if step == "migrate" else None
        monkeypatch.setattr("evalkit.store.store.baselines.set_baseline", refuse)
    said = r"cannot be written: No space left on device \(free some space"
    with pytest.raises(StoreError, match=said), Store.open(path, mode="write") as opened:
        opened.set_baseline("main", "latest")
    if step in ("create", "copy", "folder"):
        assert not path.exists()


def test_a_spool_that_cannot_be_written_keeps_its_rows_until_it_can(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    with monkeypatch.context() as patched:
        patched.setattr("evalkit.store.spool.os.write", refuse)
        with pytest.raises(StoreError, match="No space left"):
            spool.flush()
    spool.close()
    with Store.open(path) as opened:
        assert opened.run("run-a").status == "finished"


def forget_new_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if none had ever been made here."""
    monkeypatch.setattr(creation, "_NEW_STORE", [])
    monkeypatch.setattr(creation, "kept_store", lambda: None)


def test_a_store_that_was_made_ahead_is_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_new_store(monkeypatch)
    creation.make_ahead()
    (ahead,) = creation._NEW_STORE
    assert whole(path) == ahead
    with Store.open(path) as opened:
        assert opened.runs() == []


def test_what_fails_ahead_is_told_where_the_store_is_made(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    forget_new_store(monkeypatch)
    monkeypatch.setattr(creation, "connect", refuse)
    creation.make_ahead()
    with pytest.raises(StoreError, match="No space left"):
        Store.open(path, mode="write")


def columns_of(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        """SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()
           WHERE NOT internal AND database_name = 'memory' ORDER BY table_name, column_index"""
    ).fetchall()


@pytest.mark.parametrize("is_copied", [True, False])
def test_tables_in_memory_are_those_that_the_migrations_make(
    monkeypatch: pytest.MonkeyPatch, is_copied: bool
) -> None:
    if not is_copied:
        monkeypatch.setattr(creation, "_NEW_STORE", [b"no database"])
    with creation.new_in_memory() as made, duckdb.connect(":memory:") as migrated:
        migrate(migrated, Path(":memory:"))
        assert columns_of(made) == columns_of(migrated)
        assert version_of(made, Path(":memory:")) == SCHEMA_VERSION
