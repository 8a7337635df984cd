"""What judges that vary add to the variance of a mean."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.judge_variance import Rounds, judge_variance_of_mean


def rounds_of(samples: list[int], values: list[list[float]], n_used: int | None = None) -> Rounds:
    n_known = np.array([len(each) for each in values], float)
    squares = np.array([np.var(each) * len(each) for each in values], float)
    used = n_known if n_used is None else np.full(len(values), float(n_used))
    return Rounds(np.array(samples), used, n_known, squares)


def test_it_is_the_sum_of_the_rounds_own_variances_over_their_numbers() -> None:
    # By hand: s^2 = 0.5 and 0.0 over two rounds each, one answer a sample: (0.5 / 2 + 0) / 2^2.
    assert judge_variance_of_mean(rounds_of([0, 1], [[0.0, 1.0], [1.0, 1.0]])) == pytest.approx(0.0625)


def test_answers_to_one_sample_share_its_weight() -> None:
    # Two answers of sample 0, each 0.5 / 2 / 2^2; one of sample 1 without noise; over two samples.
    found = judge_variance_of_mean(rounds_of([0, 0, 1], [[0.0, 1.0], [0.0, 1.0], [1.0, 1.0]]))
    assert found == pytest.approx(2 * (0.5 / 2 / 4) / 4)


def test_rounds_that_were_asked_later_tell_of_the_noise_and_do_not_lessen_it() -> None:
    assert judge_variance_of_mean(rounds_of([0], [[0.0, 1.0]], n_used=1)) == pytest.approx(0.5)


def test_nothing_is_known_where_nothing_was_judged_twice() -> None:
    once = rounds_of([0, 1], [[0.0], [1.0]])
    assert judge_variance_of_mean(once) is None
    assert judge_variance_of_mean(once, within=0.5) == pytest.approx(0.25)


def test_it_is_unbiased_whatever_the_noise_of_each_answer_is() -> None:
    rng = np.random.default_rng(0)
    m, n_answers, n_rounds, n_sessions = 12, 2, 3, 4000
    samples = np.repeat(np.arange(m), n_answers)
    chances = rng.uniform(0, 1, m * n_answers)  # of yes, to each answer
    true = (chances * (1 - chances) / n_rounds).sum() / n_answers**2 / m**2
    said = rng.random((n_sessions, m * n_answers, n_rounds)) < chances[:, None]
    used = np.full(m * n_answers, float(n_rounds))
    squares = said.var(axis=2) * n_rounds
    found = [judge_variance_of_mean(Rounds(samples, used, used, each)) for each in squares]
    estimates = np.array(found, dtype=np.float64)
    assert abs(estimates.mean() - true) < 4 * estimates.std() / np.sqrt(n_sessions)
    # And that is how far the mean itself moves when all is judged again.
    means = said.mean(axis=2).reshape(n_sessions, m, n_answers).mean(axis=(1, 2))
    assert means.var() == pytest.approx(true, rel=0.1)
