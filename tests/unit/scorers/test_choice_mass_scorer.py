"""choice_mass: how much probability lies on the right choices."""

from __future__ import annotations

import math

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.errors import ScorerError
from evalkit.scorers.choice.choice_mass import ChoiceMass
from evalkit.scorers.choice.choice_norm import ChoiceNorm

CHOICES = ("true", "also true", "false")


def score(logprobs: tuple[float, ...], target: object = ("true", "also true")) -> Score:
    sample = Sample("s", "q", list(target) if isinstance(target, tuple) else target, choices=CHOICES)
    return ChoiceMass().score(sample, Response("true", choice_logprobs=logprobs))


def test_it_is_the_probability_of_the_right_choices_over_that_of_all() -> None:
    probabilities = (0.1, 0.05, 0.25)
    assert score(tuple(map(math.log, probabilities))).value == pytest.approx(0.15 / 0.4)


def test_probabilities_too_small_for_a_float_still_have_shares() -> None:
    assert score((-2000.0, -2000.0, -2000.0)).value == pytest.approx(2 / 3)


def test_a_choice_without_probability_holds_nothing() -> None:
    assert score((-1.0, -math.inf, -math.inf)).value == 1


def test_the_answer_is_the_likeliest_choice() -> None:
    assert score((-3.0, -2.0, -1.0)).answer == "false"


@pytest.mark.parametrize(
    "logprobs, what", [((-math.inf,) * 3, "no choice has any probability"), ((-1.0,), "1 log-probabilities")]
)
def test_log_probabilities_that_say_nothing_are_an_error(logprobs: tuple[float, ...], what: str) -> None:
    with pytest.raises(ScorerError, match=what):
        score(logprobs)


def test_a_target_that_is_no_choice_is_an_error() -> None:
    with pytest.raises(ScorerError, match="none of its choices"):
        score((-1.0, -1.0, -1.0), "other")


def test_generated_text_is_an_error() -> None:
    with pytest.raises(ScorerError, match="no log-probabilities"):
        ChoiceMass().score(Sample("s", "q", "true", choices=CHOICES), Response("true"))


def test_choice_norm_divides_by_the_text_that_was_ranked() -> None:
    sample = Sample("s", "q", "no", choices=("no", "yes"), continuations=("It is not so, no.", "Yes."))
    response = Response("no", choice_logprobs=(-8.0, -2.0))
    assert ChoiceNorm().score(sample, response).value == 1  # -8 / 17 is above -2 / 4, and -8 / 2 is not
