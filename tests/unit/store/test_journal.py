"""A journal has what was acknowledged on the disk, and any later command folds it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evalkit.core.review import Review, ReviewItem
from evalkit.errors import StoreError
from evalkit.store.journal import Journal
from evalkit.store.reviews import review_row, reviews_of
from evalkit.store.rows import Row
from evalkit.store.store import Store
from tests.unit.store.records import write_run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_run(tmp_path / "results.duckdb")
    return tmp_path / "results.duckdb"


def opened(path: Path) -> Journal:
    journal = Journal.open(path, "review-x")
    assert journal is not None
    return journal


def row(review_id: str, label: str = "pass", reviewer: str = "anna") -> tuple[str, Row]:
    item = ReviewItem.of(("run-a-1", "s0", 0))
    return "reviews", review_row(Review(review_id, reviewer, item, "pass_fail", label, 1.0, 1_700_000_000.0))


def stored(path: Path) -> dict[str, str]:
    with Store.open(path) as store:
        return {each.review_id: each.label for each in reviews_of(store.connection, ["run-a-1"])}


def test_what_was_appended_is_in_the_file_at_once(path: Path) -> None:
    journal = opened(path)
    journal.append([row("first")])
    assert b'"first"' in journal.path.read_bytes()
    journal.close()


def test_others_read_the_store_with_what_a_living_journal_holds(path: Path) -> None:
    journal = opened(path)
    journal.append([row("first")])
    assert stored(path) == {"first": "pass"}
    journal.append([row("second")])
    assert stored(path) == {"first": "pass", "second": "pass"}
    journal.close()


def test_a_later_row_of_the_same_review_takes_the_place_of_the_earlier(path: Path) -> None:
    journal = opened(path)
    journal.append([row("first"), row("first", "fail")])
    journal.close()
    assert stored(path) == {"first": "fail"}


def test_nobody_replaces_what_another_reviewer_said(path: Path) -> None:
    journal = opened(path)
    journal.append([row("first"), row("first", "fail", "mallory")])
    journal.close()
    with Store.open(path) as store:
        found = [(each.reviewer, each.label) for each in reviews_of(store.connection, ["run-a-1"])]
    assert found == [("anna", "pass"), ("mallory", "fail")]


def test_one_process_at_a_time_has_a_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.store.journal._FOLDING_S", 0.0)
    journal = opened(path)
    assert Journal.open(path, "review-x") is None
    journal.close()


def test_a_line_that_was_torn_by_a_kill_harms_none_that_comes_after(path: Path) -> None:
    journal = opened(path)
    journal.append([row("first")])
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'["reviews","run-a-1","s0",0,"an')
    again = opened(path)
    again.append([row("second")])
    again.close()
    assert stored(path) == {"first": "pass", "second": "pass"}


def test_what_the_disk_does_not_take_is_an_error_and_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(path)

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left"):
            journal.append([row("lost")])
    journal.append([row("kept")])
    journal.close()
    assert stored(path) == {"kept": "pass"}


def test_nothing_is_acknowledged_for_a_file_that_is_gone(path: Path) -> None:
    journal = opened(path)
    journal.path.unlink()
    with pytest.raises(StoreError, match="deleted or replaced"):
        journal.append([row("lost")])
    journal.close()
