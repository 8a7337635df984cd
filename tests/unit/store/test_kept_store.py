"""The file of a new store is kept for the next process, and taken only where it is whole and fits."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from evalkit.store import kept_store, migrations
from evalkit.store.kept_store import keep_store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file is kept."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(migrations, "__file__", str(tmp_path / "__init__.py"))
    return tmp_path / "__pycache__"


def test_what_is_kept_comes_back(folder: Path) -> None:
    keep_store(b"tables")
    assert kept_store.kept_store() == b"tables"


@pytest.mark.parametrize("damage", [b"", b"no store at all", None])
def test_a_damaged_file_is_none(folder: Path, damage: bytes | None) -> None:
    keep_store(b"tables")
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:-3] if damage is None else damage)
    assert kept_store.kept_store() is None


def test_a_file_with_other_content_is_none(folder: Path) -> None:
    keep_store(b"tables")
    (path,) = folder.iterdir()
    digest = path.read_bytes()[:32]
    keep_store(b"others")
    path.write_bytes(digest + path.read_bytes()[32:])
    assert kept_store.kept_store() is None


def test_another_duckdb_makes_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_store(b"tables")
    monkeypatch.setattr(duckdb, "__version__", "99.0")
    assert kept_store.kept_store() is None


def test_nothing_is_kept_where_python_keeps_no_modules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    keep_store(b"tables")
    assert not folder.exists()


def test_a_folder_that_takes_no_file_is_left_alone(folder: Path) -> None:
    folder.write_text("a file in the place of the folder")
    keep_store(b"tables")
    assert kept_store.kept_store() is None
