"""Which labels count for the answers of an evaluation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evalkit.comparisons.people import NO_LABELS, side_labels
from evalkit.core.labelled_answer import LabelledAnswer
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from tests.unit.gates.judged_doubles import judged, labels

RUN = judged([1.0] * 20)
#: The same, but for three answers.
LATER = judged([1.0] * 20, [f"answer to s{i:03}" if i > 2 else "another answer" for i in range(20)])


def _given(answers: list[LabelledAnswer], observations: Observations = RUN) -> dict[str, float]:
    return dict(side_labels(observations, ["run"], answers).values)


def test_nobody_labelled() -> None:
    assert side_labels(RUN, ["run"], []) == NO_LABELS


def test_several_reviewers_count_as_their_mean() -> None:
    both = labels("run", RUN, {0: 1.0}), labels("run", RUN, {0: 0.0}, reviewer="bob")
    assert _given([*both[0], *both[1]]) == {"s000": 0.5}


def test_a_label_counts_for_the_same_text_in_another_run() -> None:
    assert _given(labels("earlier", RUN, {5: 1.0, 6: 0.0})) == {"s005": 1.0, "s006": 0.0}


def test_a_label_of_the_answer_itself_goes_before_one_of_the_same_text() -> None:
    here, there = labels("run", RUN, {0: 1.0}), labels("earlier", RUN, {0: 0.0})
    assert _given([*here, *there]) == _given([*there, *here]) == {"s000": 1.0}


def test_a_label_of_another_text_does_not_count() -> None:
    assert _given(labels("earlier", LATER, {0: 1.0})) == {}


def test_a_label_of_an_edited_sample_does_not_count() -> None:
    (label,) = labels("earlier", RUN, {0: 1.0})
    assert _given([replace(label, sample_hash="another")]) == {}


def test_labels_that_are_left_where_answers_changed_are_no_random_part() -> None:
    with pytest.raises(MetricError, match="2 samples have a label of another answer alone"):
        side_labels(LATER, ["later"], labels("run", RUN, {0: 1.0, 1: 1.0, 7: 1.0}))


def test_with_the_changed_answers_labelled_too_all_labels_count() -> None:
    again = labels("later", LATER, {0: 0.0, 1: 0.0}, picked_for="flip", chance=1.0)
    found = side_labels(LATER, ["later"], [*labels("run", RUN, {0: 1.0, 1: 1.0, 7: 1.0}), *again])
    assert found.values == {"s000": 0.0, "s001": 0.0, "s007": 1.0}
    assert found.picked == frozenset()


def test_where_some_changed_the_labels_of_the_run_itself_count_alone() -> None:
    own = labels("later", LATER, {4: 0.0})
    found = side_labels(LATER, ["later"], [*labels("run", RUN, {0: 1.0, 7: 1.0}), *own])
    assert found.values == {"s004": 0.0}


def test_what_was_picked_is_told_from_what_was_drawn() -> None:
    drawn, picked = (
        labels("run", RUN, {0: 1.0}),
        labels("run", RUN, {1: 0.0}, picked_for="unsure", chance=1.0),
    )
    found = side_labels(RUN, ["run"], [*drawn, *picked])
    assert (found.picked, found.n_drawn) == ({"s001"}, 1)


def test_labels_count_by_the_inverse_of_their_chance() -> None:
    often = labels("run", RUN, {0: 1.0}, picked_for="all", chance=0.5)
    rarely = labels("run", RUN, {1: 1.0}, picked_for="all", chance=0.1)
    assert side_labels(RUN, ["run"], [*often, *rarely]).weights == {"s000": 2.0, "s001": 10.0}


def test_answers_to_two_questions_are_refused() -> None:
    two = [*labels("run", RUN, {0: 1.0}), *labels("run", RUN, {1: 1.0}, question="another")]
    with pytest.raises(MetricError, match="2 different questions"):
        side_labels(RUN, ["run"], two)


def test_a_criterion_that_nobody_was_asked_about_is_refused() -> None:
    with pytest.raises(MetricError, match="say nothing of 'tone'"):
        side_labels(RUN, ["run"], labels("run", RUN, {0: 1.0}), "tone")


def test_controls_of_a_small_and_a_large_review_count_alike() -> None:
    small, large = labels("run", RUN, {0: 1.0}, chance=0.1), labels("run", RUN, {1: 1.0}, chance=0.5)
    found = side_labels(RUN, ["run"], [*small, *large])
    assert found.weights == {"s000": pytest.approx(1 / 0.55), "s001": pytest.approx(1 / 0.55)}
