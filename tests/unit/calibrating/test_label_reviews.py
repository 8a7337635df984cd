"""Labels out of the store: what people said in ``evalkit review``."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.calibrating.label_reviews import read_reviews
from evalkit.calibrating.labelled import Labels
from evalkit.calibrating.scale import Scale
from evalkit.calibrating.standard import Standard
from evalkit.errors import UsageError
from evalkit.store.store import Store
from tests.unit.calibrating.judged import BINARY
from tests.unit.store.test_reviews import add_run, keep, pair, review


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two runs of the task ``sums``."""
    path = tmp_path / "results.duckdb"
    add_run(path, "run-a", ["good", "bad", "same"])
    add_run(path, "run-b", ["good", "worse", "same"])
    return path


def read(path: Path, standard: Standard = BINARY) -> Labels:
    with Store.open(path) as store:
        return read_reviews(store, "sums", standard)


def test_what_people_said_of_one_answer_stands_together_under_the_model_that_gave_it(path: Path) -> None:
    keep(path, review("r1"), review("r2", label="fail", value=0.0, reviewer="ben"), review("r3", "s1"))
    labels = read(path)
    assert labels.source == "reviews"
    assert [(each.sample_id, each.output, dict(each.labels)) for each in labels.responses] == [
        ("s0", "good", {"anna": 1.0, "ben": 0.0}),
        ("s1", "bad", {"anna": 1.0}),
    ]
    assert labels.responses[0].model is not None


def test_pairs_bring_their_opponent_and_the_chance_that_they_were_picked(path: Path) -> None:
    keep(path, pair("p1", "better", 1.0))
    (only,) = read(path, Standard(Scale.pairwise(), {}, "other")).responses
    assert (only.output, only.opponent, only.labels, only.weight) == ("bad", "worse", {"anna": 1.0}, 4.0)


def test_answers_to_another_question_are_no_labels(path: Path) -> None:
    keep(path, pair("p1", "better", 1.0))
    with pytest.raises(UsageError, match=r"nobody reviewed responses of sums by pass_fail.*pairwise"):
        read(path)


def test_a_grade_off_the_scale_of_the_judge_says_whose_it_is(path: Path) -> None:
    keep(path, review("g1", kind="rubric", label="7", value=7.0))
    with pytest.raises(UsageError, match=r"review of sample 's0' by anna: label 7.0 is none of 1, 2, 3"):
        read(path, Standard(Scale.grades([1, 2, 3]), {}))
