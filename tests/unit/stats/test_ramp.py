"""A slow move between two levels, held against least squares."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.ramp import criterion, fit_ramp


def lstsq(values: np.ndarray, start: int, end: int) -> tuple[np.ndarray, float]:
    """Levels before and after, and the sum of squared residuals, of the line with these kinks."""
    place = np.clip((np.arange(len(values)) - start) / (end - start), 0, 1)
    design = np.column_stack([1 - place, place])
    levels = np.linalg.lstsq(design, values, rcond=None)[0]
    return levels, float(np.square(values - design @ levels).sum())


@pytest.mark.parametrize("n", [13, 40, 120])
def test_levels_and_residuals_are_those_of_least_squares(n: int) -> None:
    rng = np.random.default_rng(n)
    values = 5 + np.concatenate([np.zeros(n // 3), np.linspace(0, -1, n - n // 3)]) + rng.normal(0, 0.1, n)
    found = fit_ramp(values, 11)
    assert found is not None
    levels, rest = lstsq(values, found.start, found.end)
    assert (found.before, found.after) == pytest.approx(tuple(levels), rel=1e-9)
    assert found.rest == pytest.approx(rest, rel=1e-9)


def test_no_other_pair_of_kinks_fits_better() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([np.zeros(10), np.linspace(0, 3, 15), np.full(5, 3.0)]) + rng.standard_normal(30)
    best = min(
        criterion(lstsq(values, start, end)[1], 2 + (start > 0) + (end < 29), 30)
        for start in range(30)
        for end in range(start + 11, 30)
    )
    found = fit_ramp(values, 11)
    assert found is not None
    assert criterion(found.rest, found.n_free, 30) == pytest.approx(best)


def test_a_line_from_end_to_end_has_two_free_numbers() -> None:
    found = fit_ramp(np.linspace(2.0, 1.0, 30), 11)
    assert found is not None
    assert (found.start, found.end, found.n_free) == (0, 29, 2)
    assert (found.before, found.after, found.rest) == pytest.approx((2.0, 1.0, 0.0))


def test_a_series_no_longer_than_the_shortest_line_has_none() -> None:
    assert fit_ramp(np.zeros(11), 11) is None
