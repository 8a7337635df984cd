"""Seeded simulations of reviews: the weighed mean is unbiased, intervals hold the truth, gates pass and fail
rarely where they should not. ``python -m tests.calibration people`` prints the whole table."""

from __future__ import annotations

import pytest
from scipy import stats

from tests.calibration.people import FIELDS, REVIEWS, false_alarms, of_pass_rates, of_preferences

N = 80


def most(rate: float, n: int = N) -> float:
    """The count that n sessions at this rate pass once in a thousand."""
    return float(stats.binom.ppf(0.999, n, rate))


@pytest.mark.parametrize("name", ["60 picked, 50 % at random", "100 picked, 50 % at random, groups of 4"])
def test_a_choice_of_odd_cases_tells_of_all(name: str) -> None:
    found = of_pass_rates(REVIEWS[name], N)
    assert abs(found.weighed) < 0.015
    assert found.plain < -0.05
    assert N - found.n_held <= most(0.05)
    assert found.n_passed <= most(0.025)


def test_a_candidate_that_is_no_worse_rarely_fails() -> None:
    assert false_alarms(REVIEWS["60 picked, 50 % at random"], N // 2) <= most(0.05, N // 2)


@pytest.mark.parametrize("name", ["two apart (.83), 30 pairs", "four, unequally often"])
def test_preferences_hold_what_their_strengths_say(name: str) -> None:
    error, n_held, n_passed = of_preferences(FIELDS[name], N)
    assert abs(error) < 0.02
    assert N - n_held <= most(0.05)
    assert n_passed <= most(0.025)
