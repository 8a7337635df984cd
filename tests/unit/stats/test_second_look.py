"""The level of a second look, against scipy's bivariate normal distribution and published boundaries."""

from __future__ import annotations

from math import sqrt

import pytest
from scipy.stats import multivariate_normal, norm

from evalkit.stats.second_look import both_above, second_level


def both(h: float, k: float, correlation: float) -> float:
    return float(multivariate_normal([0, 0], [[1, correlation], [correlation, 1]]).cdf([-h, -k]))


@pytest.mark.parametrize("correlation", [0.0, 0.4, 0.9, 0.999])
@pytest.mark.parametrize(("h", "k"), [(1.88, 1.7), (0.0, 2.5), (3.3, 3.2)])
def test_the_chance_that_both_looks_reject_is_that_of_the_bivariate_normal(
    h: float, k: float, correlation: float
) -> None:
    assert both_above(h, k, correlation) == pytest.approx(both(h, k, correlation), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 20, 0.001])
@pytest.mark.parametrize("kept", [0.0, 0.25, 0.7, 0.98])
def test_two_looks_together_have_alpha(alpha: float, kept: float) -> None:
    first = 0.6 * alpha
    second = second_level(alpha, first, kept)
    overlap = both(norm.isf(first), norm.isf(second), sqrt(kept))
    assert first + second - overlap == pytest.approx(alpha, rel=1e-6)


@pytest.mark.parametrize(("alpha", "z"), [(0.05, 1.875), (0.025, 2.178), (0.005, 2.772)])
def test_two_looks_with_one_level_have_that_of_pocock(alpha: float, z: float) -> None:
    # Jennison and Turnbull 2000, table 2.1, K = 2, at twice the one-sided alpha.
    assert norm.isf(second_level(alpha, norm.sf(z), 0.5)) == pytest.approx(z, abs=2e-3)


def test_a_second_look_at_the_same_answers_has_all_of_alpha() -> None:
    assert second_level(0.05, 0.03, 1.0) == pytest.approx(0.05)


def test_the_share_that_is_left_grows_with_the_level() -> None:
    # So the share of the least level that Holm's steps may ask for holds at all of them.
    shares = [second_level(alpha, 0.6 * alpha, 0.5) / alpha for alpha in (0.0005, 0.0025, 0.0125, 0.05)]
    assert shares == sorted(shares)
