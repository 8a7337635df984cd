"""Which samples are said to flip by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.quarantine import Quarantine
from evalkit.errors import StoreError
from evalkit.store.flaky import FlakySample
from evalkit.store.store import Store
from tests.unit.store.records import SUBJECT
from tests.unit.store.test_own_history import DAY_S, Earlier


@pytest.fixture
def earlier(tmp_path: Path) -> Earlier:
    return Earlier(tmp_path)


def flaky(earlier: Earlier, **filters: str) -> list[FlakySample]:
    with Store.open(earlier.path) as store:
        return store.flaky(**filters)  # type: ignore[arg-type]


def names(earlier: Earlier) -> list[tuple[str, int, int]]:
    return [(each.sample_id, each.n_failed, each.n) for each in flaky(earlier)]


def test_a_sample_that_got_both_judgements_is_told_with_its_counts(earlier: Earlier) -> None:
    earlier.add({"a": [1.0, 0.0], "b": [1.0, 1.0]})
    earlier.add({"a": [1.0], "b": [1.0]})
    (found,) = flaky(earlier)
    assert (found.sample_id, found.scorer, found.n, found.n_failed, found.n_runs) == (
        "a",
        "exact_match",
        3,
        1,
        2,
    )
    assert (found.last_at, found.last_failed_at) == (1_700_000_000.0 + DAY_S, 1_700_000_000.0)


def test_asserted_samples_come_first_then_those_that_differ_most(earlier: Earlier) -> None:
    for a, b in ((0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (1.0, 0.0)):
        earlier.add({"a": [a], "b": [b]})
    asserts: dict[str, Any] = {
        "scorer": "asserts",
        "scorer_signatures": {"asserts": "asserts"},
        "task": "golden",
    }
    earlier.add({"a": [0.0]}, **asserts)
    earlier.add({"a": [1.0]}, **asserts)
    assert [(each.task, each.sample_id) for each in flaky(earlier)] == [
        ("golden", "a"), ("sums", "b"), ("sums", "a"),
    ]  # fmt: skip


def test_a_scorer_that_gives_more_than_0_and_1_is_not_looked_at(earlier: Earlier) -> None:
    earlier.add({"a": [1.0, 0.0], "b": [0.5]})
    assert flaky(earlier) == []


def test_only_the_subject_as_it_was_last_is_looked_at(earlier: Earlier) -> None:
    earlier.add({"a": [0.0]})
    earlier.add({"a": [1.0, 1.0]}, subject=replace(SUBJECT, subject_id="other", model_revision="rev2"))
    assert flaky(earlier) == []


def test_an_answer_before_the_sample_was_edited_does_not_count(earlier: Earlier) -> None:
    earlier.add({"a": [0.0], "b": [0.0]}, hashes={"a": "before", "b": "hash-b"}, dataset_hash="before")
    earlier.add({"a": [1.0], "b": [1.0]})
    assert names(earlier) == [("b", 1, 2)]


def test_rows_of_older_evalkits_count_while_the_dataset_stays(earlier: Earlier) -> None:
    earlier.add({"a": [0.0]}, hashes={}, dataset_hash="data-hash")
    earlier.add({"b": [0.0]}, hashes={}, dataset_hash="other")
    earlier.add({"a": [1.0], "b": [1.0]})
    assert names(earlier) == [("a", 1, 2)]


def test_copies_from_the_cache_do_not_count(earlier: Earlier) -> None:
    earlier.add({"a": [1.0]})
    earlier.add({"a": [0.0]})
    earlier.add({"a": [0.0]}, is_cached=True)
    assert names(earlier) == [("a", 1, 2)]


def test_the_quarantine_is_the_one_of_the_last_evaluation_that_asked_the_sample(
    earlier: Earlier,
) -> None:
    until = Quarantine(date(2026, 12, 31), "slow index")
    earlier.add({"a": [1.0]}, quarantine={"a": Quarantine(date(2026, 1, 1))})
    earlier.add({"a": [0.0]}, quarantine={"a": until})
    earlier.add({"b": [1.0]}, is_partial=True)
    assert [each.quarantine for each in flaky(earlier)] == [until]


def test_a_task_that_no_run_has_is_an_error_and_not_an_empty_list(earlier: Earlier) -> None:
    earlier.add({"a": [1.0]})
    with pytest.raises(StoreError, match="no run has evaluated that"):
        flaky(earlier, task="other")
