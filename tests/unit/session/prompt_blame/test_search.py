"""The search for the version that brought a regression, over drops that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from evalkit.session.prompt_blame.search import Drop, Searched, search

ALPHA = 0.05


class Known:
    """Versions of known worth: a difference of ``seen`` or more is shown, unless a version shows nothing.

    Attributes:
        asked: the versions that were looked at.
    """

    def __init__(self, *worth: float, seen: float = 0.2, silent: tuple[int, ...] = ()) -> None:
        self._worth = worth
        self._seen = seen
        self._silent = silent
        self.asked: set[int] = set()

    def __call__(self, earlier: int, later: int) -> Drop:
        self.asked |= {earlier, later}
        size = self._worth[earlier] - self._worth[later]
        is_shown = size >= self._seen and not {earlier, later} & {*self._silent}
        return Drop(0.0001 if is_shown else 0.5, size)

    def search(self) -> Searched:
        return search(len(self._worth), self, ALPHA)


@pytest.mark.parametrize("culprit", range(1, 16))
def test_each_place_of_a_step_is_found_by_bisection(culprit: int) -> None:
    known = Known(*[0.9] * culprit, *[0.6] * (16 - culprit))
    assert known.search().found == culprit
    assert len(known.asked - {0, 15}) <= 4  # of 14 in between


def test_a_slow_decline_of_which_no_step_is_shown_has_suspects_only() -> None:
    found = Known(0.9, 0.82, 0.74, 0.66, seen=0.15).search()
    assert (found.found, found.suspects) == (None, (2, 3))
    found = Known(0.9, 0.8, 0.7, seen=0.15).search()
    assert (found.found, found.suspects, found.sides) == (None, (1, 2), {1: "not told"})


def test_a_version_that_shows_nothing_is_passed_by() -> None:
    known = Known(0.9, 0.9, 0.6, 0.6, 0.6, silent=(2,))
    assert known.search().suspects == (2, 3)
    assert Known(0.9, 0.9, 0.9, 0.6, 0.6, silent=(1,)).search().found == 3


def test_of_two_regressions_the_larger_one_is_named() -> None:
    assert Known(0.9, 0.9, 0.7, 0.7, 0.3).search().found == 4
    assert Known(0.9, 0.4, 0.4, 0.2, 0.2).search().found == 1


def test_the_smaller_of_two_regressions_is_said_to_be_there_too() -> None:
    found = Known(0.9, 0.9, 0.7, 0.7, 0.3).search()
    assert found.sides[2] == "in between"
    assert found.others == [(0, 2)]
    assert Known(0.9, 0.4, 0.4, 0.1, 0.1).search().others == [(2, 4)]
    found = Known(0.9, 0.4, 0.4, 0.3, 0.3).search()
    assert (found.sides[2], found.others) == ("worse", [])


def test_the_last_pair_is_held_to_alpha_over_all_pairs() -> None:
    def drop(earlier: int, later: int) -> Drop:
        return Drop(0.02 if earlier < 2 <= later else 0.5, 0.3)

    found = search(4, drop, ALPHA)
    assert (found.found, found.suspects) == (None, (2,))
    assert found.level == pytest.approx(ALPHA / 3)
    assert search(2, lambda *_: Drop(0.02, 0.3), ALPHA).found == 1


def test_a_version_that_is_no_worse_is_rarely_named() -> None:
    """Versions alike but for chance: whatever is named is wrong. Exact tests of McNemar on 60 samples."""
    rng = np.random.default_rng(7)
    n_named, n_searches = 0, 200
    for _ in range(n_searches):
        answers = rng.random((9, 60)) < 0.7

        def drop(earlier: int, later: int, answers: np.ndarray = answers) -> Drop:
            losses = int((answers[earlier] & ~answers[later]).sum())
            gains = int((~answers[earlier] & answers[later]).sum())
            n = losses + gains
            p_value = binomtest(losses, n, 0.5, "greater").pvalue if n else 1.0
            return Drop(p_value, (losses - gains) / 60)

        n_named += search(9, drop, ALPHA).found is not None
    assert binomtest(n_named, n_searches, ALPHA, "greater").pvalue > 0.001
