"""What people say of an evaluation: of the same texts too, and among the Subjects that it met."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.core.observations import Observations
from evalkit.core.reviewed import Reviewed
from evalkit.store.reviewed import read_reviewed
from evalkit.store.store import Store
from tests.unit.store.reviews import review, write_answers


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Three Subjects in run r1; a, and a changed b, again in r2."""
    path = tmp_path / "r.duckdb"
    write_answers(path, "r1", {"a": ["x", "y"], "b": ["p", "q"], "c": ["m", "n"]})
    write_answers(path, "r2", {"a": ["x", "Y"], "b": ["P", "q"]})
    return path


def reviewed(path: Path, evaluation_id: str) -> Reviewed | None:
    with Store.open(path) as store:
        return store.observations(evaluation_id).reviewed


def pairs(found: Reviewed | None) -> set[tuple[str, str, str, float]]:
    assert found is not None
    return {(each.sample_id, each.first, each.second, each.value) for each in found.preferences}


def test_a_store_without_reviews_says_nothing(store: Path) -> None:
    assert reviewed(store, "r1-0") is None


def test_a_label_goes_with_the_text(store: Path) -> None:
    with Store.open(store, mode="write") as opened:
        for sample in (0, 1):
            review(opened.connection, "r1-0", sample, 1.0)
    found = reviewed(store, "r2-0")
    assert found is not None
    assert [(each.sample_id, each.value, each.is_reused) for each in found.labels] == [("s0", 1.0, True)]


def test_answers_that_are_not_stored_yet_have_the_labels_of_their_texts(store: Path) -> None:
    with Store.open(store, mode="write") as opened:
        review(opened.connection, "r1-0", 0, 0.0)
        review(opened.connection, "r1-0", 1, 1.0, opponent="r1-1")
    with Store.open(store) as opened:
        evaluation, seen = opened.evaluation("r1-0"), opened.observations("r1-0")
        new = replace(evaluation, evaluation_id="r3-0", run_id="r3")
        given: Observations = replace(seen, reviewed=None)
        found = read_reviewed(opened.connection, new, given)
    assert found is not None
    assert [(each.sample_id, each.value, each.is_reused) for each in found.labels] == [("s0", 0.0, True)]
    assert pairs(found) == {("s1", "a", "b", 1.0)}


def test_what_was_skipped_or_taken_back_is_no_label(store: Path) -> None:
    with Store.open(store, mode="write") as opened:
        review(opened.connection, "r1-0", 0, None)
        review(opened.connection, "r1-0", 1, 1.0, is_undone=True)
    assert reviewed(store, "r1-0") is None


def test_pairs_are_seen_from_either_side_with_those_among_the_others(store: Path) -> None:
    with Store.open(store, mode="write") as opened:
        review(opened.connection, "r1-0", 0, 1.0, opponent="r1-1")
        review(opened.connection, "r1-1", 1, 0.5, opponent="r1-2")
    assert pairs(reviewed(store, "r1-0")) == {("s0", "a", "b", 1.0), ("s1", "b", "c", 0.5)}
    assert pairs(reviewed(store, "r1-1")) == {("s0", "b", "a", 0.0), ("s1", "b", "c", 0.5)}
    assert pairs(reviewed(store, "r1-2")) == {("s1", "c", "b", 0.5), ("s0", "a", "b", 1.0)}


def test_a_subject_that_met_itself_of_another_run_is_told_from_it(store: Path) -> None:
    with Store.open(store, mode="write") as opened:
        review(opened.connection, "r2-0", 1, 1.0, opponent="r1-0")
    found = reviewed(store, "r2-0")
    assert pairs(found) == {("s1", "r2::a", "r1::a", 1.0)}
    assert found is not None
    assert found.subject == "r2::a"


@pytest.mark.parametrize("evaluation", ["r1-0", "r1-1", "r1-2"])
def test_pairs_of_two_reviews_have_the_chance_of_either(store: Path, evaluation: str) -> None:
    with Store.open(store, mode="write") as opened:
        for sample, chance in ((0, 0.1), (1, 0.5)):
            review(
                opened.connection, "r1-0", sample, 1.0, opponent="r1-1", probability=chance,
                picked_for="control",
            )  # fmt: skip
        review(opened.connection, "r1-0", 0, 1.0, opponent="r1-2", probability=0.2, picked_for="control")
    found = reviewed(store, evaluation)
    assert found is not None
    chances = {
        (each.sample_id, "c" in (each.first, each.second)): each.inclusion_probability
        for each in found.preferences
    }
    assert chances == {
        ("s0", False): pytest.approx(0.55), ("s1", False): pytest.approx(0.55), ("s0", True): 0.2,
    }  # fmt: skip
