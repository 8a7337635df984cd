"""Ranks under weights are scipy's ranks of the repeated rows, and the expansion is their first derivative."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evalkit.metrics.graded.engine.ranks import Ranking, expanded_rank_correlation, rank_correlation
from evalkit.metrics.metric import Floats


def pairs(n: int, *, has_ties: bool) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(n)
    y = rng.uniform(0, 5, n)
    x = y + rng.normal(size=n)
    return (np.round(x), np.round(2 * y)) if has_ties else (x, y)


@pytest.mark.parametrize("has_ties", [False, True])
def test_weighted_ranks_correlate_as_those_of_repeated_rows(has_ties: bool) -> None:
    x, y = pairs(400, has_ties=has_ties)
    weights = np.random.default_rng(1).poisson(1.0, (20, 400)).astype(float)
    picks = [np.repeat(np.arange(400), row.astype(int)) for row in weights]
    expected = [stats.spearmanr(x[pick], y[pick])[0] for pick in picks]
    np.testing.assert_allclose(rank_correlation(Ranking(x), Ranking(y), weights), expected, atol=1e-12)


@pytest.mark.parametrize("has_ties", [False, True])
def test_the_expansion_has_the_value_and_the_slope_of_the_correlation(has_ties: bool) -> None:
    x, y = (Ranking(side) for side in pairs(150, has_ties=has_ties))
    quick, ones, step = expanded_rank_correlation(x, y), np.ones((1, 150)), 1e-4
    assert quick(ones)[0] == pytest.approx(rank_correlation(x, y, ones)[0], abs=1e-12)
    up, down = ones + step * np.eye(150), ones - step * np.eye(150)
    slopes = (rank_correlation(x, y, up) - rank_correlation(x, y, down)) / (2 * step)
    np.testing.assert_allclose((quick(up) - quick(down)) / (2 * step), slopes, atol=1e-7)
