"""What is picked for review, and that a mean of the picks weighed by their probabilities is not a mean of odd
cases."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from evalkit.errors import UsageError
from evalkit.review.picking.pick import Candidate, Pick, pick


def candidates(n: int = 100, n_flips: int = 6, n_unsure: int = 10) -> list[Candidate[int]]:
    """``n`` of them: the first flipped, the next ones have a judge that was unsure."""
    found: list[Candidate[int]] = [Candidate(i, {"flip": 1.0}) for i in range(n_flips)]
    found += [Candidate(i, {"unsure": 0.5 + i / 1000}) for i in range(n_flips, n_flips + n_unsure)]
    return found + [Candidate(i, {}) for i in range(n_flips + n_unsure, n)]


def picked(reason: str, picks: list[Pick[int]]) -> set[int]:
    return {each.key for each in picks if each.picked_for == reason}


def test_what_is_worth_it_is_picked_for_certain_and_the_rest_at_random() -> None:
    picks = pick(candidates(), 40, 0.5)
    assert picked("flip", picks) == set(range(6))
    assert picked("unsure", picks) == set(range(6, 16))
    controls = [each for each in picks if each.picked_for == "control"]
    assert len(controls) == 24
    assert {each.inclusion_probability for each in controls} == {24 / 84}
    assert {each.inclusion_probability for each in picks if each.picked_for != "control"} == {1.0}


def test_reasons_take_turns_and_the_strongest_of_each_come_first() -> None:
    picks = pick(candidates(), 16, 0.5)
    assert len(picked("flip", picks)) == 4
    assert picked("unsure", picks) == {12, 13, 14, 15}


def test_an_answer_with_two_reasons_is_picked_once() -> None:
    both: list[Candidate[int]] = [Candidate(i, {"flip": 1.0, "disagree": 1.0}) for i in range(5)]
    picks = pick(both + [Candidate(i, {}) for i in range(5, 20)], 10, 0.5)
    assert Counter(each.key for each in picks).most_common(1)[0][1] == 1
    assert len(picks) == 10


def test_where_nothing_is_known_all_is_random() -> None:
    picks = pick([Candidate(i, {}) for i in range(50)], 20, 0.25)
    assert {(each.picked_for, each.inclusion_probability) for each in picks} == {("control", 0.4)}


def test_a_weak_reason_is_none() -> None:
    picks = pick([Candidate(i, {"unsure": 0.4}) for i in range(50)], 20, 0.25)
    assert {each.picked_for for each in picks} == {"control"}


def test_all_are_picked_where_all_fit() -> None:
    picks = pick(candidates(), 100)
    assert {each.key for each in picks} == set(range(100))
    assert {(each.picked_for, each.inclusion_probability) for each in picks} == {("all", 1.0)}


def test_the_seed_alone_decides() -> None:
    assert pick(candidates(), 40, seed="a") == pick(candidates(), 40, seed="a")
    assert pick(candidates(), 40, seed="a") != pick(candidates(), 40, seed="b")


def test_who_stops_early_leaves_a_random_part_of_each_kind() -> None:
    shares = [
        np.mean([each.picked_for == "control" for each in pick(candidates(), 40, seed=str(i))[:10]])
        for i in range(400)
    ]
    assert np.mean(shares) == pytest.approx(24 / 40, abs=0.03)


def test_the_weighed_mean_is_that_of_all_and_the_plain_mean_is_not() -> None:
    rng = np.random.default_rng(7)
    passes = np.where(np.arange(100) < 16, rng.random(100) < 0.3, rng.random(100) < 0.95)
    weighed, plain = [], []
    for seed in range(400):
        picks = pick(candidates(), 40, 0.5, str(seed))
        values = passes[[each.key for each in picks]]
        weights = np.array([1 / each.inclusion_probability for each in picks])
        weighed.append(weights @ values / weights.sum())
        plain.append(values.mean())
    assert np.mean(weighed) == pytest.approx(passes.mean(), abs=0.005)
    assert np.mean(plain) < passes.mean() - 0.1


@pytest.mark.parametrize(("n", "share", "what"), [(0, 0.5, "cannot be picked"), (5, 0.0, "outside")])
def test_what_cannot_be_is_refused(n: int, share: float, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        pick(candidates(), n, share)
