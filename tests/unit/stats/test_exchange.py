"""Answers exchanged between unequal sides: against all arrangements counted out, and by simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from evalkit.stats.bootstrap import Floats, SampleRows
from evalkit.stats.exchange import exchange_test, has_unequal_counts


def mean(rows: Floats, weights: Floats) -> Floats:
    return np.asarray((weights @ rows)[:, 0] / weights.sum(axis=1))


def squared_mean(rows: Floats, weights: Floats) -> Floats:
    return mean(rows, weights) ** 2


def side(answers: Floats) -> SampleRows:
    """(n, repeats) answers as rows."""
    return SampleRows(answers.reshape(-1, 1), np.repeat(np.arange(len(answers)), answers.shape[1]))


def test_p_is_the_share_of_all_turns_of_the_circles() -> None:
    rng = np.random.default_rng(1)
    before, after = rng.normal(size=(4, 2)), rng.normal(0.6, 1, (4, 3))
    circles = np.hstack((before, after))
    differences = []
    for turns in product(range(5), repeat=4):
        turned = np.stack([np.roll(circle, -turn) for circle, turn in zip(circles, turns, strict=True)])
        differences.append(turned[:, 2:].mean() ** 2 - turned[:, :2].mean() ** 2)
    observed = differences[0]
    shares = [
        np.mean(np.array(differences) <= observed + 1e-9),
        np.mean(np.array(differences) >= observed - 1e-9),
    ]
    tests = exchange_test(squared_mean, side(before), side(after), is_by_sample=False)
    assert tests == pytest.approx(shares, abs=0.03)


def test_a_baseline_that_was_lucky_once_proves_nothing() -> None:
    # Nine of 100 samples fail once in three answers: each failed alone among four, by chance at that place.
    after = np.ones((100, 3))
    after[:9, 1] = 0
    tests = exchange_test(mean, side(np.ones((100, 1))), side(after), is_by_sample=True)
    assert tests is not None
    assert tests.worse == pytest.approx(0.75**9, abs=0.01)


def test_rare_arrangements_are_sought_among_twenty_thousand() -> None:
    before, after = np.ones((30, 1)), np.zeros((30, 3))
    assert exchange_test(mean, side(before), side(after), is_by_sample=True) == (1 / 20_000, 1.0)


def test_samples_that_do_not_vary_are_counted_and_not_turned() -> None:
    rng = np.random.default_rng(2)
    before, after = rng.normal(size=(9, 1)), rng.normal(0.5, 1, (9, 3))
    flat = np.repeat([[0.25], [0.75]], 2_000, axis=0)
    of_before, of_after = (
        side(np.concatenate((answers, np.tile(flat, answers.shape[1])))) for answers in (before, after)
    )
    few = exchange_test(mean, side(before), side(after), is_by_sample=True)
    assert exchange_test(mean, of_before, of_after, is_by_sample=True) == few


def test_more_than_a_thousand_rows_that_vary_are_not_tested() -> None:
    rng = np.random.default_rng(3)
    assert exchange_test(mean, side(rng.random((250, 1))), side(rng.random((250, 3))), is_by_sample=True)
    assert (
        exchange_test(mean, side(rng.random((251, 1))), side(rng.random((251, 3))), is_by_sample=True) is None
    )


@pytest.mark.parametrize("is_by_sample", [True, False])
def test_exchanging_the_sides_exchanges_the_p_values(is_by_sample: bool) -> None:
    rng = np.random.default_rng(4)
    before, after = side(rng.random((20, 1))), side(rng.random((20, 4)) - 0.1)
    there, back = (
        exchange_test(mean, *sides, is_by_sample=is_by_sample) for sides in ((before, after), (after, before))
    )
    assert there is not None
    assert there == back[::-1]  # type: ignore[index]


def test_p_values_without_a_difference_are_at_most_alpha_as_often_as_alpha() -> None:
    rng = np.random.default_rng(5)
    n_small = 0
    for _ in range(150):
        answers = (rng.random((25, 4)) < rng.beta(9, 1, (25, 1))).astype(np.float64)
        tests = exchange_test(mean, side(answers[:, :1]), side(answers[:, 1:]), is_by_sample=True)
        assert tests is not None
        n_small += tests.worse <= 0.05
    assert n_small <= stats.binom.ppf(0.999, 150, 0.05)


def test_samples_with_unequal_rows_weigh_alike_in_a_mean_of_means() -> None:
    before = SampleRows(np.array([[0.0], [1.0]]), np.array([0, 1]))
    after = SampleRows(np.array([[0.0], [1.0], [1.0], [1.0]]), np.array([0, 1, 1, 1]))
    tests = exchange_test(mean, before, after, is_by_sample=True)
    assert tests is not None
    assert tests.two_sided == 1.0


def test_counts_are_compared_sample_by_sample() -> None:
    rows = np.zeros((3, 1))
    left, right = SampleRows(rows, np.array([0, 0, 1])), SampleRows(rows, np.array([0, 1, 1]))
    assert has_unequal_counts(left, right)
    assert not has_unequal_counts(left, left._replace(samples=np.array([1, 0, 0])))
    assert has_unequal_counts(left, SampleRows(rows[:2], np.array([0, 1])))
