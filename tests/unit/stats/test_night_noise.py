"""What nights stray by: against scipy, against known spreads, and untouched by a step."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.stats.night_noise import night_deviations, normal_scores, tail_degrees


@pytest.mark.parametrize("degrees", [3.0, 4.0, 5.0, 10.0, 20.0])
def test_a_score_has_the_tail_of_its_deviate(degrees: float) -> None:
    """Normal quantiles of Student's tails by scipy."""
    strays = np.linspace(-12, 12, 97)
    expected = np.where(strays > 0, -1, 1) * stats.norm.ppf(stats.t.sf(np.abs(strays), degrees))
    assert normal_scores(strays, degrees) == pytest.approx(expected, abs=0.07)


def test_nights_of_a_tenth_of_the_samples_vary_by_the_root_of_ten_more() -> None:
    rng = np.random.default_rng(3)
    counts = np.resize([500.0, 500.0, 500.0, 50.0], 400)
    found = night_deviations(rng.binomial(counts.astype(int), 0.8) / counts, counts, 0.0)
    expected = np.sqrt(0.16 / counts)
    assert found / expected == pytest.approx(np.ones(400), abs=0.35)


def test_a_first_small_night_is_taken_for_as_noisy_as_samples_could_make_it() -> None:
    values = 0.8 + 0.01 * np.random.default_rng(4).standard_normal(101)
    counts = np.append(np.full(100, 1_000.0), 50.0)
    found = night_deviations(values, counts, 0.0)
    assert found[-1] / found[0] == pytest.approx(np.sqrt(20), rel=0.05)


def test_a_first_large_night_is_taken_for_no_less_noisy_than_the_small_ones() -> None:
    values = 0.8 + 0.05 * np.random.default_rng(4).standard_normal(101)
    counts = np.append(np.full(100, 50.0), 1_000.0)
    found = night_deviations(values, counts, 0.0)
    assert found[-1] == pytest.approx(found[0], rel=0.05)


def test_small_nights_that_are_no_noisier_are_learnt() -> None:
    values = 0.8 + 0.01 * np.random.default_rng(4).standard_normal(400)
    counts = np.resize([500.0, 50.0], 400)
    found = night_deviations(values, counts, 0.0)
    assert found[1] / found[0] < 1.3


def test_a_step_does_not_widen_the_spread() -> None:
    values = np.random.default_rng(6).standard_normal(100)
    moved = values + np.where(np.arange(100) < 50, 0.0, 30.0)
    assert night_deviations(moved, None, 0.0)[0] == pytest.approx(
        night_deviations(values, None, 0.0)[0], rel=0.15
    )


@pytest.mark.parametrize(("draw", "low", "high"), [("t3", 3, 5), ("normal", 7, 1000)])
def test_heavy_tails_are_told_from_normal_ones_in_300_nights(draw: str, low: int, high: int) -> None:
    rng = np.random.default_rng(9)
    values = rng.standard_t(3, 300) if draw == "t3" else rng.standard_normal(300)
    assert low <= tail_degrees(values, np.ones(300)) <= high


def test_a_short_history_is_not_trusted_to_have_normal_tails() -> None:
    found = [tail_degrees(np.random.default_rng(i).standard_normal(14), np.ones(14)) for i in range(20)]
    assert np.median(found) <= 4
