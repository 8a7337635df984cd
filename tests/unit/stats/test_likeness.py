"""What means of nights that are alike are worth, against covariance matrices and simulated histories."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.likeness import Likeness, lasting_error, likeness


def alike(rho: float, n: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(n)
    for i in range(1, n):
        noise[i] = rho * noise[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    return noise


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_the_inflation_is_that_of_the_covariance_matrix(rho: float, n: int) -> None:
    places = np.arange(n)
    covariance = rho ** np.abs(places[:, np.newaxis] - places)
    assert Likeness(rho).inflation(n) == pytest.approx(covariance.sum() / n)


def test_nights_drawn_anew_are_hardly_alike() -> None:
    found = [likeness(alike(0.0, 300, seed)).rho for seed in range(20)]
    assert np.mean(found) < 0.12


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9])
def test_likeness_is_seldom_taken_for_less_than_it_is(rho: float) -> None:
    found = []
    for seed in range(100):
        noise = alike(rho, 120, seed)
        noise[:60] -= noise[:60].mean()
        noise[60:] -= noise[60:].mean()
        found.append(likeness(noise).rho)
    assert 0.7 <= np.mean(np.array(found) >= rho) <= 0.98


def test_the_error_of_a_contrast_covers_likeness_under_noise_that_is_drawn_anew() -> None:
    """Two halves of 200 nights whose lasting part, alike by 0.9, is half of the variance."""
    contrast = np.repeat([-0.01, 0.01], 100)
    differences, errors = [], []
    for seed in range(200):
        nights = (alike(0.9, 200, seed) + np.random.default_rng(1_000 + seed).standard_normal(200)) / np.sqrt(
            2
        )
        residuals = nights - np.repeat([nights[:100].mean(), nights[100:].mean()], 100)
        differences.append(float(contrast @ nights))
        errors.append(lasting_error(contrast, residuals, (100, 100), 0.0))
    assert 1.0 <= np.median(errors) / np.std(differences) <= 1.8


def test_the_error_of_nights_that_are_drawn_anew_is_at_most_half_too_wide() -> None:
    contrast = np.repeat([-0.01, 0.01], 100)
    found = []
    for seed in range(50):
        nights = alike(0.0, 200, seed)
        residuals = nights - np.repeat([nights[:100].mean(), nights[100:].mean()], 100)
        found.append(lasting_error(contrast, residuals, (100, 100), 0.0))
    assert 1.0 <= np.median(found) / np.sqrt(2 / 100) <= 1.6
