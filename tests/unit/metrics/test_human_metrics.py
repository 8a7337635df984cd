"""What people say, as numbers: weights, several reviewers, questions, pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.comparisons.compare import measure
from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import Estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.label import Label
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.core.reviewed import Preference, Reviewed
from evalkit.errors import MetricError, TaskError
from evalkit.metrics.metric import Metric
from evalkit.metrics.open import open_metric


def answers(n: int, reviewed: Reviewed | None = None, groups: Sequence[str] | None = None) -> Observations:
    ids = [f"s{i}" for i in range(n)]
    return Observations(ids, [None] * n, [Response("fine")] * n, groups=groups, reviewed=reviewed)


def label(sample: int, value: float, *, reviewer: str = "ann", p: float = 1.0, asked: str = "q1") -> Label:
    return Label(f"s{sample}", 0, reviewer, "pass_fail", value, None, p, question_hash=asked)


def prefers(sample: int, first: str, second: str, value: float, p: float = 1.0) -> Preference:
    return Preference(f"s{sample}", "ann", first, second, value, p)


def grade(
    sample: int, value: float, *, reviewer: str = "ann", p: float = 1.0, scale: tuple[float, float] = (1, 5),
    **values: float,
) -> Label:  # fmt: skip
    return Label(
        f"s{sample}", 0, reviewer, "rubric", value, values or None, p, question_hash="r1", scale=scale
    )


def metric_of(name: str, **params: Any) -> Metric:
    return open_metric(MetricSpec(name, params))


def found(name: str, seen: Observations, **params: Any) -> Estimate:
    return estimate(metric_of(name, **params), name, seen)


def test_all_reviewed_is_the_share_that_passes() -> None:
    made = found("human_pass_rate", answers(4, Reviewed([label(i, float(i > 0)) for i in range(4)])))
    assert (made.value, made.n, made.n_failed) == (0.75, 4, 0)
    assert made.signature == "human_pass_rate|question:q1|v1"


def test_each_review_stands_for_as_many_as_its_probability_says() -> None:
    labels = [label(0, 0.0), label(1, 0.0), *(label(i, 1.0, p=0.25) for i in (2, 3))]
    assert found("human_pass_rate", answers(10, Reviewed(labels))).value == pytest.approx(8 / 10)


def test_what_was_drawn_twice_stands_for_no_more_than_there_is() -> None:
    labels = [label(0, 0.0), label(1, 0.0), *(label(i, 1.0, p=0.25) for i in range(2, 8))]
    assert found("human_pass_rate", answers(10, Reviewed(labels))).value == pytest.approx(8 / 10)


def test_reviewers_of_one_response_are_averaged_first() -> None:
    labels = [label(0, 1.0), *(label(1, value, reviewer=who) for value, who in ((1.0, "a"), (0.0, "b")))]
    seen = answers(2, Reviewed(labels))
    assert found("human_pass_rate", seen).value == 0.75
    assert found("human_disagreement", seen).value == 1.0


def test_disagreement_is_the_share_of_pairs_of_reviewers() -> None:
    labels = [label(0, float(i > 0), reviewer=str(i)) for i in range(4)]
    assert found("human_disagreement", answers(1, Reviewed(labels))).value == pytest.approx(3 / 6)


def test_without_a_review_there_is_no_value_and_no_fault() -> None:
    for kind in ("pass_rate", "disagreement", "preference", "score", "score_gap"):
        name = f"human_{kind}"
        made = found(name, answers(3))
        assert made.value is None
        assert made.is_undefined
        assert "evalkit review RUN" in (made.error or "")


def test_answers_to_two_questions_are_no_one_number() -> None:
    labels = [label(0, 1.0, asked="aa11"), label(0, 0.0, asked="bb22"), label(1, 1.0, asked="bb22")]
    seen = answers(2, Reviewed(labels))
    assert "2 questions" in (found("human_pass_rate", seen).error or "")
    assert found("human_pass_rate", seen, question="bb").value == 0.5


def test_responses_of_one_group_count_as_one() -> None:
    labels = [label(i, float(i // 4 % 2)) for i in range(40)]
    alone = found("human_pass_rate", answers(40, Reviewed(labels)))
    grouped = found("human_pass_rate", answers(40, Reviewed(labels), [f"g{i // 4}" for i in range(40)]))
    assert grouped.low is not None
    assert alone.low is not None
    assert grouped.low < alone.low - 0.1


def test_a_difference_is_that_of_the_two_weighed_means_over_what_was_reviewed_on_either_side() -> None:
    before = answers(40, Reviewed([label(i, 1.0) for i in range(20)]))
    after = answers(40, Reviewed([label(i, float(i % 2)) for i in range(10, 30)]))
    made = measure(metric_of("human_pass_rate"), "human_pass_rate", before, after)
    assert made.difference.value == pytest.approx(-0.5)
    assert (made.difference.n, made.n_unpaired) == (30, 0)


def test_nothing_on_either_side_is_no_difference() -> None:
    seen = answers(3, Reviewed([label(0, 1.0)]))
    with pytest.raises(MetricError):
        measure(metric_of("human_pass_rate"), "human_pass_rate", answers(3), replace(seen, reviewed=None))


def test_between_two_subjects_preference_is_the_share_with_half_of_the_ties() -> None:
    values = [1.0, 1.0, 0.5, 0.0, 1.0]
    said = [prefers(i, "a", "b", value) for i, value in enumerate(values)]
    made = found("human_preference", answers(5, Reviewed((), said, "a")))
    other = found("human_preference", answers(5, Reviewed((), said, "b")))
    assert made.value == pytest.approx(0.7, abs=1e-7)
    assert other.value == pytest.approx(0.3, abs=1e-7)
    assert made.signature == other.signature == "human_preference|subjects:a,b|question:none|v1"


def test_a_subject_is_held_against_those_that_it_met_through_others() -> None:
    said = [prefers(i, "a", "b", 1.0 if i < 6 else 0.0) for i in range(8)]
    said += [prefers(i, "b", "c", 1.0 if i < 6 else 0.0) for i in range(8)]
    said += [prefers(i, "x", "y", 1.0) for i in range(8)]
    made = found("human_preference", answers(8, Reviewed((), said, "a")))
    # Odds of 3 to b, and of b to c: 9 to c.
    assert made.value == pytest.approx((3 / 4 + 9 / 10) / 2, abs=1e-6)
    assert made.n == 8
    assert "subjects:a,b,c|" in made.signature


def test_pairs_weigh_as_the_inverse_of_their_probability() -> None:
    said = [prefers(0, "a", "b", 0.0), prefers(1, "a", "b", 1.0, p=0.25)]
    assert found("human_preference", answers(5, Reviewed((), said, "a"))).value == pytest.approx(
        0.8, abs=1e-7
    )


def test_the_difference_of_two_subjects_is_shown_sample_by_sample() -> None:
    rng = np.random.default_rng(0)
    said = [prefers(i, "a", "b", float(rng.random() < 0.8)) for i in range(60)]
    before, after = (answers(60, Reviewed((), said, who)) for who in "ba")
    made = measure(metric_of("human_preference"), "human_preference", before, after)
    share = np.mean([each.value for each in said])
    assert made.difference.value == pytest.approx(2 * share - 1, abs=1e-6)
    assert made.difference.tests.better < 0.001


def test_grades_are_averaged_on_their_scale_each_for_as_many_as_its_probability_says() -> None:
    labels = [grade(0, 1), grade(1, 2), *(grade(i, 5, p=0.25) for i in (2, 3)), label(4, 0.0)]
    made = found("human_score", answers(10, Reviewed(labels)))
    assert made.value == pytest.approx((1 + 2 + 8 * 5) / 10)
    assert made.value is not None
    assert made.low is not None
    assert made.high is not None
    assert 1 <= made.low < made.value < made.high <= 5
    assert (made.n, made.signature) == (4, "human_score|question:r1|v1")


def test_one_criterion_has_its_own_grades() -> None:
    labels = [grade(0, 2.5, tone=4, truth=1), grade(1, 3.5, tone=5, truth=2)]
    seen = answers(2, Reviewed(labels))
    assert found("human_score", seen).value == 3.0
    made = found("human_score:tone", seen)
    assert (made.value, made.signature) == (4.5, "human_score|criterion:tone|question:r1|v1")
    assert "did you mean tone?" in (found("human_score:tones", seen).error or "")


def test_grades_on_another_scale_are_an_error_that_says_which() -> None:
    seen = answers(2, Reviewed([grade(0, 4, scale=(0, 10)), grade(1, 5, scale=(0, 10))]))
    error = found("human_score", seen).error or ""
    assert "people were asked on a scale of 0 to 10, and human_score is of 1 to 5" in error
    assert "'human_score: {scale: [0, 10]}'" in error
    assert found("human_score", seen, scale=[0, 10]).value == 4.5
    imported = replace(grade(0, 7), scale=None)  # of a tool that does not tell its scale
    assert "ann gave 7" in (found("human_score", answers(1, Reviewed([imported]))).error or "")


def test_two_reviewers_grades_lie_apart_by_points_of_the_scale() -> None:
    labels = [grade(0, 2), grade(0, 5, reviewer="ben"), grade(1, 3)]
    made = found("human_score_gap", answers(2, Reviewed(labels)))
    assert (made.value, made.n) == (3.0, 1)
    assert metric_of("human_score_gap", scale=[0, 10]).bounds == (0, 10)


def test_a_scale_is_two_numbers_the_lower_first() -> None:
    with pytest.raises(TaskError, match=r"scale .* is not the lowest and the highest number"):
        metric_of("human_score", scale=[5, 1])


def test_the_difference_of_two_runs_is_in_points_of_the_scale() -> None:
    sides = [answers(40, Reviewed([grade(i, 3 + (i + shift) % 2) for i in range(40)])) for shift in (0, 0)]
    paired = measure(metric_of("human_score"), "human_score", *sides).at(0.05)
    assert (paired.baseline, paired.difference) == (3.5, 0.0)
