"""multiple_choice_grade and multiple_choice_brier grade choices by what each is worth."""

from __future__ import annotations

from math import log
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.task import ScorerSpec
from evalkit.errors import ScorerError
from evalkit.scorers.open import open_scorer

LOGPROBS = (log(0.6), log(0.3), log(0.1))


def judge(scorer: str, scores: Any, logprobs: Any = LOGPROBS, choices: Any = ("a", "b", "c")) -> Score:
    row = {} if scores is None else {"multiple_choice_scores": scores}
    score = open_scorer(ScorerSpec(scorer)).score(
        Sample("s", "", "a", row, choices), Response("a", choice_logprobs=logprobs)
    )
    assert isinstance(score, Score)
    return score


def test_the_grade_is_what_the_likeliest_choice_is_worth() -> None:
    assert [judge("multiple_choice_grade", s).value for s in ([1, 0, 0], [0, 1, 0], [0.5, 1, 0])] == [
        1,
        0,
        0.5,
    ]


def test_without_scores_the_target_is_worth_one() -> None:
    assert judge("multiple_choice_grade", None).value == 1


def test_a_choice_that_is_not_best_is_explained() -> None:
    assert judge("multiple_choice_grade", [0, 1, 0]).explanation == "expected 'b', chose 'a'"


def test_brier_is_the_mean_over_choices_of_the_squared_distance() -> None:
    expected = (0.4**2 + 0.3**2 + 0.1**2) / 3
    assert judge("multiple_choice_brier", [1, 0, 0]).value == pytest.approx(expected)


def test_brier_takes_graded_scores_as_a_distribution() -> None:
    half = 0.5 * 0.4**2 + 0.5 * 0.6**2 + 0.5 * 0.7**2 + 0.5 * 0.3**2 + 0.1**2
    assert judge("multiple_choice_brier", [2, 2, 0]).value == pytest.approx(half / 3)


def test_one_choice_is_certain() -> None:
    assert judge("multiple_choice_brier", [1], (-3.0,), ("a",)).value == 0


@pytest.mark.parametrize("scorer", ["multiple_choice_grade", "multiple_choice_brier"])
@pytest.mark.parametrize(
    "scores, logprobs, choices, what",
    [
        ([1, 0], LOGPROBS, ("a", "b", "c"), "3 choices and 2 multiple_choice_scores"),
        ([1, 0, 0], None, ("a", "b", "c"), "no log-probabilities"),
        ([1, 0, 0], (0.0,), ("a", "b", "c"), "1 log-probabilities for 3 choices"),
        ([], LOGPROBS, None, "has no choices"),
    ],
    ids=["scores", "text", "log-probabilities", "choices"],
)
def test_what_cannot_be_judged_is_an_error(
    scorer: str, scores: Any, logprobs: Any, choices: Any, what: str
) -> None:
    with pytest.raises(ScorerError, match=what):
        judge(scorer, scores, logprobs, choices)
