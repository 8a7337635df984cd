"""Item-rest correlations against scipy and published examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.items.discrimination import item_rest_correlations, negative_q_values, subjects_needed


def test_it_is_pearsons_correlation_with_the_mean_of_the_other_samples() -> None:
    values = np.random.default_rng(0).random((6, 9))
    found = item_rest_correlations(values)
    for row, value in enumerate(found):
        rest = np.delete(values, row, axis=0).mean(axis=0)
        assert value == pytest.approx(stats.pearsonr(values[row], rest).statistic, abs=1e-12)


def test_missing_answers_are_left_out_of_score_and_rest() -> None:
    values = np.random.default_rng(1).integers(0, 2, (8, 12)).astype(float)
    values[2, 3] = values[5, :2] = np.nan
    found = item_rest_correlations(values)
    for row in (2, 5):
        known = ~np.isnan(values[row])
        rest = np.nanmean(np.delete(values, row, axis=0), axis=0)
        assert found[row] == pytest.approx(
            stats.pearsonr(values[row][known], rest[known]).statistic, abs=1e-12
        )


def test_it_is_not_defined_for_a_sample_that_all_get_right_or_for_two_subjects() -> None:
    values = np.array([[1.0, 1, 1, 1], [0, 1, 1, 0], [0, 0, 1, 1]])
    assert np.isnan(item_rest_correlations(values)).tolist() == [True, False, False]
    assert np.isnan(item_rest_correlations(values[:, :2])).all()


def test_p_values_are_students_below_zero_and_adjusted_over_all_samples() -> None:
    rng = np.random.default_rng(2)
    ability = np.linspace(-4, 4, 40)
    values = (rng.random((30, 40)) < 1 / (1 + np.exp(-ability - rng.normal(size=(30, 1))))).astype(float)
    values[0] = 1 - values[0]
    correlations = item_rest_correlations(values)
    plain = []
    for row in range(30):
        rest = np.delete(values, row, axis=0).mean(axis=0)
        plain.append(stats.pearsonr(values[row], rest, alternative="less").pvalue)
    expected = stats.false_discovery_control(plain)
    assert negative_q_values(values, correlations) == pytest.approx(expected, abs=1e-9)
    assert np.flatnonzero(expected < 0.05).tolist() == [0]


def test_few_subjects_show_nothing_however_strongly_a_sample_disagrees() -> None:
    """With 4 Subjects, 2 of them wrong, chance alone puts the weak ones first in 1 of 6 cases."""
    values = np.array([[1.0, 1, 0, 0]] + 19 * [[0, 0, 1, 1]])
    found = negative_q_values(values, item_rest_correlations(values))
    assert found[0] == pytest.approx(1.0)


@pytest.mark.parametrize(("n_samples", "k"), [(1, 6), (20, 11), (1_000, 17)])
def test_the_subjects_needed_are_those_whose_rarest_split_reaches_the_level(n_samples: int, k: int) -> None:
    from math import comb

    assert subjects_needed(n_samples) == k
    assert 1 / comb(k, k // 2) <= 0.05 / n_samples < 1 / comb(k - 1, (k - 1) // 2)
