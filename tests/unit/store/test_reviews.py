"""Labels of an evaluation: given to its answers, or to the same text elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.label import Label
from evalkit.core.response import Response
from evalkit.core.review import Review, ReviewItem, ReviewProject, ReviewQuestion
from evalkit.core.sample import Sample
from evalkit.store.journal import Journal
from evalkit.store.reviews import labels_of, project_of, project_row, review_row, reviews_of
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

ANSWERS = {"run-a": ["good", "bad", "same"], "run-b": ["good", "worse", "same"]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two runs of one task; the answers to s0 and s2 are the same texts."""
    path = tmp_path / "results.duckdb"
    for run_id, answers in ANSWERS.items():
        add_run(path, run_id, answers)
    return path


def add_run(path: Path, run_id: str, answers: Sequence[str], *, task: str = "sums", salt: str = "") -> None:
    spool = Spool.create(path, run_id)
    spool.add_run(make_run(run_id))
    spool.add_evaluation(make_evaluation(f"{run_id}-1", run_id, task=task))
    for i, text in enumerate(answers):
        sample = Sample(f"s{i}", f"question {i}", content_hash=f"content-{i}{salt}")
        spool.add_response(f"{run_id}-1", sample, Response(text, f"s{i}"), i)
    spool.close()
    with Store.open(path, mode="write") as store:
        store.fold()


def review(
    review_id: str, sample: str = "s0", label: str = "pass", value: float | None = 1.0, **changes: Any
) -> Review:
    values = {"reviewer": "anna", "item": ReviewItem.of(("run-a-1", sample, 0)), "kind": "pass_fail"}
    at = 1_700_000_000.0 + len(review_id)
    return Review(review_id=review_id, label=label, value=value, created_at=at, **{**values, **changes})


def pair(review_id: str, label: str, value: float) -> Review:
    item = ReviewItem.of(("run-a-1", "s1", 0), ("run-b-1", 0), "control", 0.25)
    return review(review_id, label=label, value=value, item=item, kind="pairwise", shown_left="opponent")


def keep(path: Path, *reviews: Review) -> None:
    journal = Journal.open(path, "review-x")
    assert journal is not None
    journal.append([("reviews", review_row(each)) for each in reviews])
    journal.close()


def labels(path: Path, evaluation_id: str) -> list[Label]:
    with Store.open(path) as store:
        return labels_of(store.connection, evaluation_id)


def test_a_review_comes_back_as_it_was_given(path: Path) -> None:
    item = ReviewItem.of(("run-a-1", "s1", 0), ("run-b-1", 0), "control", 0.25)
    given = Review(
        "an-id", "anna", item, "pairwise", "better", 1.0, 1_700_000_000.25, {"tone": 2.0}, "why not",
        "opponent", 2.5, True, "project", "hash",
    )  # fmt: skip
    keep(path, given)
    with Store.open(path) as store:
        assert reviews_of(store.connection, ["run-a-1"]) == [given]


def test_a_project_comes_back_as_it_was_begun(path: Path) -> None:
    question = ReviewQuestion("rubric", "How good?", "by tone", {"tone": "is it kind?"}, (1, 7))
    items = (ReviewItem.of(("run-a-1", "s1", 0), None, "control", 0.25),)
    project = ReviewProject("p1", 1_700_000_000.5, "sums", question, ("run-a-1",), (), 0.2, "seed", items)
    journal = Journal.open(path, "review-x")
    assert journal is not None
    journal.append([("review_projects", project_row(project))])
    journal.close()
    with Store.open(path) as store:
        assert project_of(store.connection, "p1") == project


def test_a_label_belongs_to_the_answer_that_it_was_given_to(path: Path) -> None:
    keep(path, review("first", "s1", "fail", 0.0))
    assert labels(path, "run-a-1") == [Label("s1", 0, "anna", "pass_fail", 0.0, label="fail")]
    assert labels(path, "run-b-1") == []


def test_the_same_text_in_another_run_has_the_label_too_and_says_so(path: Path) -> None:
    keep(path, review("first"))
    (label,) = labels(path, "run-b-1")
    assert label == Label("s0", 0, "anna", "pass_fail", 1.0, is_reused=True, label="pass")


@pytest.mark.parametrize("changed", [{"task": "other"}, {"salt": "edited"}])
def test_the_same_text_to_another_task_or_an_edited_sample_has_no_label(
    path: Path, changed: dict[str, str]
) -> None:
    add_run(path, "run-c", ANSWERS["run-a"], **changed)
    keep(path, review("first"))
    assert labels(path, "run-c-1") == []


def test_a_label_of_the_very_answer_goes_before_one_of_the_same_text(path: Path) -> None:
    own = ReviewItem.of(("run-b-1", "s0", 0))
    keep(path, review("own", label="fail", value=0.0, item=own), review("of the other run"))
    (label,) = labels(path, "run-b-1")
    assert (label.value, label.is_reused) == (0.0, False)


def test_what_was_skipped_or_undone_is_no_label(path: Path) -> None:
    keep(path, review("skipped", "s0", "skip", None), review("undone", "s1", is_undone=True))
    assert labels(path, "run-a-1") == []


def test_every_reviewer_keeps_a_label_of_their_own(path: Path) -> None:
    keep(path, review("first"), review("second", reviewer="ben", label="fail", value=0.0))
    assert [(each.reviewer, each.value) for each in labels(path, "run-a-1")] == [("anna", 1.0), ("ben", 0.0)]


def test_a_pair_is_seen_from_the_side_that_is_asked_about(path: Path) -> None:
    keep(path, pair("first", "better", 1.0))
    (ours,), (theirs,) = labels(path, "run-a-1"), labels(path, "run-b-1")
    assert (ours.label, ours.value, ours.opponent_evaluation_id) == ("better", 1.0, "run-b-1")
    assert (theirs.label, theirs.value, theirs.opponent_evaluation_id) == ("worse", 0.0, "run-a-1")
    assert ours.inclusion_probability == theirs.inclusion_probability == 0.25
    assert ours.picked_for == "control"


def test_answers_to_different_questions_are_different_labels(path: Path) -> None:
    keep(path, review("first", question_hash="one"), review("second", question_hash="two", value=1.0))
    assert [each.question_hash for each in labels(path, "run-a-1")] == ["one", "two"]
