"""What is read of a task's history, and what does not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.errors import StoreError
from evalkit.store.items import last_differences, read_items
from tests.unit.items.history import DAY_S, START, History

INPUTS = {"a": "1 + 1", "b": "2 + 2"}
TARGETS = {"a": "2", "b": "4"}


def test_answers_of_one_subject_meet_over_runs_and_those_of_two_do_not(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    history.add("m/one", {"a": ["2", "3"], "b": ["5"]})
    history.add("m/one", {"a": ["2"], "b": ["5"]})
    history.add("m/two", {"a": ["2"], "b": ["4"]}, prompt="terse")
    with history.folded() as store:
        rows = read_items(store.connection, "sums")
    assert [label for _, _, label in rows.subjects] == ["m/one", "m/two#terse"]
    assert [(item.sample_id, item.input, item.target) for item in rows.items] == [
        ("a", "1 + 1", "2"), ("b", "2 + 2", "4"),
    ]  # fmt: skip
    found = {(score.subject, score.item): score for score in rows.scores}
    assert found[0, 0].mean == pytest.approx(2 / 3)
    assert (found[0, 0].n, found[0, 0].wrong_answer, found[0, 0].is_varied) == (3, "3", True)
    assert (found[0, 1].n, found[0, 1].wrong_answer, found[0, 1].is_varied) == (2, "5", False)
    assert (found[1, 1].mean, found[1, 1].wrong_answer) == (1.0, None)
    assert (rows.n_runs, rows.started) == (3, [START, START + DAY_S, START + 2 * DAY_S])


def test_copies_from_the_cache_were_not_paid_again_and_do_not_vary(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    history.add("m/one", {"a": ["2"], "b": ["4"]}, cost=0.5)
    history.add("m/one", {"a": ["3"], "b": ["4"]}, cost=0.5, is_cached=True)
    with history.folded() as store:
        rows = read_items(store.connection, "sums")
    assert [(item.paid_usd, item.n_paid) for item in rows.items] == [(0.5, 1), (0.5, 1)]
    assert not any(score.is_varied for score in rows.scores)


def test_one_answer_of_unknown_cost_leaves_the_cost_of_its_sample_unknown(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    history.add("m/one", {"a": ["2"], "b": ["4"]}, cost=0.5)
    history.add("m/one", {"a": ["2"]}, cost=None)
    with history.folded() as store:
        rows = read_items(store.connection, "sums")
    assert [item.paid_usd for item in rows.items] == [None, 0.5]


def test_answers_to_an_earlier_target_do_not_count(tmp_path: Path) -> None:
    targets = dict(TARGETS)
    history = History(tmp_path, INPUTS, targets)
    history.add("m/one", {"a": ["3"], "b": ["4"]})
    targets["a"] = "3"
    history.add("m/one", {"a": ["3"], "b": ["4"]})
    with history.folded() as store:
        rows = read_items(store.connection, "sums")
    assert {rows.items[score.item].sample_id: (score.mean, score.n) for score in rows.scores} == {
        "a": (1.0, 1), "b": (1.0, 2),
    }  # fmt: skip


def test_differences_are_of_the_last_two_evaluations_where_no_gate_compared(tmp_path: Path) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    history.add("m/one", {"a": ["3"], "b": ["4"]})
    with history.folded() as store:
        rows = read_items(store.connection, "sums")
        assert last_differences(store.connection, rows.newest, "exact_match") == {}
    history.add("m/two", {"a": ["2"], "b": ["4"]})
    with history.folded() as store:
        rows = read_items(store.connection, "sums")
        assert last_differences(store.connection, rows.newest, "exact_match") == {"a": 1.0, "b": 0.0}


@pytest.mark.parametrize(
    ("task", "scorer", "hint"), [("sum", None, "sums"), ("sums", "exact", "exact_match")]
)
def test_a_task_or_scorer_that_nobody_ran_is_an_error_with_what_is_near(
    tmp_path: Path, task: str, scorer: str | None, hint: str
) -> None:
    history = History(tmp_path, INPUTS, TARGETS)
    history.add("m/one", {"a": ["3"], "b": ["4"]})
    with history.folded() as store, pytest.raises(StoreError, match=f"did you mean {hint}"):
        read_items(store.connection, task, scorer)
