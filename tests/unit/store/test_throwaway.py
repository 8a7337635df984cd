"""Stores for one use: nothing is left of them, whatever ended the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.store.lock import LockFile
from evalkit.store.throwaway import throwaway_store


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def fill(path: Path) -> None:
    path.touch()
    path.with_name(f"{path.name}.wal").touch()
    (path.with_name(f"{path.name}.spool") / "run").mkdir(parents=True)
    path.with_name(f".{path.name}.new-1").mkdir()


def test_nothing_is_left_of_a_store_for_one_use_even_where_its_use_failed(tmp_path: Path) -> None:
    def use() -> None:
        with throwaway_store(tmp_path / "results.duckdb", "trial") as path:
            fill(path)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        use()
    assert names(tmp_path) == []


def test_what_a_killed_process_left_goes_with_the_next_one_and_what_lives_stays(tmp_path: Path) -> None:
    for stem in ("trial-dead", "trial-alive"):
        fill(tmp_path / f"{stem}.duckdb")
    (tmp_path / "trial-dead.lock").touch()
    lock = LockFile(tmp_path / "trial-alive.lock")
    lock.acquire()
    with throwaway_store(tmp_path / "results.duckdb", "trial"):
        pass
    lock.release()
    left = names(tmp_path)
    assert left == sorted(left, key=lambda name: "alive" not in name)
    assert not [name for name in left if "dead" in name]
    assert len(left) == 5


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"), throwaway_store(tmp_path / "no/r.duckdb", "t"):
        pass
