"""The mean of a dataset from a random part of it, with earlier scores as control variates."""

from __future__ import annotations

from itertools import permutations
from math import sqrt

import numpy as np
import pytest

from evalkit.stats import control_variate as module
from evalkit.stats.bootstrap import Floats
from evalkit.stats.control_variate import Corrected, control_variate, fit_ridge, n_for_error
from evalkit.stats.intervals import wilson_interval
from evalkit.stats.student import t_quantile


def population(rng: np.random.Generator, n: int, n_past: int = 3) -> tuple[Floats, Floats]:
    """Earlier and today's 0/1 scores of samples that are easy or hard for all."""
    chance = 1 / (1 + np.exp(-2.5 * rng.normal(size=n) - 1))
    scores = (rng.random((n_past + 1, n)) < chance).astype(float)
    return scores[:-1].T, scores[-1]


def test_a_fixed_prediction_gives_the_textbook_difference_estimator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cochran 1977, eq. 7.3 with b = 1; the same as ``ppi_mean_pointestimate`` of ppi-python with lam=1."""
    past, values = population(np.random.default_rng(1), 200)
    predicted = past.mean(axis=1)

    class Fixed:
        def of(self, rows: Floats) -> Floats:
            return np.asarray(rows.mean(axis=1))

    monkeypatch.setattr(module, "fit_ridge", lambda rows, values: Fixed())
    drawn = np.random.default_rng(2).permutation(200)[:50]
    found = control_variate(past, drawn, values[drawn], 0.0, 1.0)
    errors = values[drawn] - predicted[drawn]
    assert found.value == pytest.approx(predicted.mean() + errors.mean())
    assert found.error() == pytest.approx(sqrt((1 / 50 - 1 / 200) * errors.var(ddof=1)))


def test_the_mean_over_all_draws_is_the_value_of_the_dataset() -> None:
    rng = np.random.default_rng(3)
    past, values = rng.random((6, 1)), rng.random(6)
    found = [
        control_variate(past, np.array(drawn), values[list(drawn)], -9.0, 9.0).value
        for drawn in permutations(range(6), 4)
    ]
    assert np.mean(found) == pytest.approx(values.mean(), abs=1e-12)
    assert np.std(found) > 0.01


def test_all_samples_asked_give_their_mean_and_no_error() -> None:
    past, values = population(np.random.default_rng(4), 80)
    drawn = np.random.default_rng(5).permutation(80)
    found = control_variate(past, drawn, values[drawn], 0.0, 1.0)
    assert found.value == pytest.approx(values.mean())
    assert found.error() == pytest.approx(0.0)
    assert found.error(of_dataset=False) == pytest.approx(values.std(ddof=1) / sqrt(80))


def test_ridge_without_a_penalty_is_least_squares() -> None:
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(40, 3))
    values = rows @ [1.0, -2.0, 0.5] + 3.0  # no noise: the smallest penalty is chosen
    fitted = fit_ridge(rows, values)
    assert fitted.weights == pytest.approx([1.0, -2.0, 0.5], rel=0.01)
    assert fitted.of(np.zeros((1, 3)))[0] == pytest.approx(3.0, abs=0.02)


def test_ridge_learns_nothing_from_noise() -> None:
    rng = np.random.default_rng(7)
    fitted = fit_ridge(rng.normal(size=(60, 5)), rng.normal(size=60))
    assert np.abs(fitted.weights).max() < 0.2


def test_equal_covariates_predict_the_mean() -> None:
    assert fit_ridge(np.ones((9, 2)), np.arange(9.0)).of(np.ones((1, 2))) == pytest.approx([4.0])


def test_an_offset_is_the_paired_difference_where_history_is_useless() -> None:
    rng = np.random.default_rng(8)
    before = (rng.random(1000) < 0.7).astype(float)
    values = np.where(rng.random(1000) < 0.03, 1 - before, before)
    drawn = rng.permutation(1000)[:200]
    found = control_variate(rng.random((1000, 2)), drawn, values[drawn], 0.0, 1.0, before)
    difference = (values - before)[drawn]
    assert found.plain_variance == pytest.approx(difference.var(ddof=1))
    assert found.variance < 1.1 * found.plain_variance
    assert found.n_effective == pytest.approx(200, rel=0.1)


def test_the_effective_number_gives_a_plain_draw_the_same_error() -> None:
    found = Corrected(0.5, np.array([0.1, -0.1, 0.2, -0.2]), 0.25, 100, -1.0, 1.0)
    n = found.n_effective
    assert sqrt((1 / n - 1 / 100) * 0.25) == pytest.approx(found.error())


def test_many_even_errors_have_students_interval() -> None:
    rng = np.random.default_rng(9)
    found = Corrected(0.5, rng.normal(0, 0.05, 400), 0.25, 1000, -1.0, 1.0)
    low, high = found.mean().interval(0.05)
    half = t_quantile(0.975, 399) * found.error()
    assert (low, high) == (pytest.approx(0.5 - half, abs=5e-5), pytest.approx(0.5 + half, abs=5e-5))


def test_a_share_has_wilsons_interval_on_as_many_trials_as_have_its_error() -> None:
    found = Corrected(0.8, np.tile([0.1, -0.1], 500), 0.16, 10**9, -1.0, 1.0)
    trials = 0.8 * 0.2 / found.error() ** 2
    assert found.wilson(0.05) == pytest.approx(wilson_interval(0.8, trials), abs=1e-5)


def test_the_number_to_draw_reaches_the_error_that_was_asked_for() -> None:
    n = n_for_error(0.02, 0.1, 1000, floor=0.0001)
    assert n is not None
    at = [(1 / each - 1 / 1000) * 0.1 + 0.0001 for each in (n, n - 1)]
    assert at[0] <= 0.02**2 < at[1]
    assert n_for_error(0.009, 0.1, 1000, floor=0.0001) is None


def test_intervals_hold_the_value_of_the_dataset() -> None:
    """300 draws of 50: ``python -m tests.calibration control`` makes thousands, of other sizes too."""
    rng = np.random.default_rng(10)
    past, values = population(rng, 600)
    n_held = 0
    for _ in range(300):
        drawn = rng.permutation(600)[:50]
        low, high = control_variate(past, drawn, values[drawn], 0.0, 1.0).wilson(0.05)
        n_held += low <= values.mean() <= high
    assert 275 <= n_held <= 295
