"""A lock is free when its holder gives it back, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalkit.store.lock import LockFile


def test_only_one_holds_it(tmp_path: Path) -> None:
    first, second = LockFile(tmp_path / "lock"), LockFile(tmp_path / "lock")
    assert first.try_acquire()
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()


@pytest.mark.skipif(os.name != "posix", reason="descriptors are inherited so on POSIX alone")
def test_what_was_given_back_is_free_though_a_child_was_started_meanwhile(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "lock")
    lock.acquire()
    assert lock._fd is not None
    inherited = os.dup(lock._fd)  # As a child has it that has not begun its own program yet.
    lock.release()
    assert LockFile(tmp_path / "lock").try_acquire()
    os.close(inherited)


def test_a_lock_on_a_file_that_was_deleted_is_none(tmp_path: Path) -> None:
    first, second = LockFile(tmp_path / "lock"), LockFile(tmp_path / "lock")
    first.acquire()
    first.path.unlink()
    assert second.try_acquire()
