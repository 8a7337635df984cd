"""Paired tests against scipy, statsmodels and published tables."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar

from evalkit.stats.paired import mcnemar, sign_flip_test, tango_interval

counts = st.integers(0, 60)


@pytest.mark.parametrize(
    "wins, losses", [(0, 0), (0, 1), (0, 6), (7, 7), (3, 14), (98, 427), (49_800, 50_200)]
)
def test_exact_mcnemar_agrees_with_scipy_and_statsmodels(wins: int, losses: int) -> None:
    tests = mcnemar(wins, losses)
    assert tests.two_sided == pytest.approx(
        reference_mcnemar([[1, wins], [losses, 1]], exact=True).pvalue, rel=1e-8
    )
    if wins + losses:
        less, greater = (
            stats.binomtest(wins, wins + losses, alternative=side).pvalue for side in ("less", "greater")
        )
        assert tests == pytest.approx((less, greater), rel=1e-8)


def test_exact_mcnemar_gives_the_published_p_value() -> None:
    # Bentur et al. 2009, as in Fagerland, Lydersen and Laake 2013: 1 against 7 of 21 pairs.
    assert mcnemar(1, 7).two_sided == pytest.approx(0.0703, abs=5e-5)


def test_five_losses_and_no_win_are_one_case_in_thirty_two() -> None:
    assert mcnemar(0, 5) == pytest.approx((1 / 32, 1.0))


@pytest.mark.parametrize(
    "wins, losses, n, low, high",
    [
        (1, 7, 21, -0.517, -0.026),  # Bentur et al. 2009, in Fagerland, Lydersen and Laake 2014
        (0, 1, 44, -0.118, 0.059),  # soft contact lenses, Tango 1998
    ],
)
def test_tango_gives_the_published_intervals(wins: int, losses: int, n: int, low: float, high: float) -> None:
    assert tango_interval(wins, losses, n) == pytest.approx((low, high), abs=5e-4)


def _score(wins: int, losses: int, n: int, difference: float) -> float:
    """The score statistic from its definition, the nuisance share maximised numerically."""

    def minus_log_likelihood(lost: float) -> float:
        won, rest = lost + difference, 1 - 2 * lost - difference
        terms = ((wins, won), (losses, lost), (n - wins - losses, rest))
        return -sum(k * log(max(share, 1e-300)) for k, share in terms if k)

    low, high = max(0.0, -difference), (1 - difference) / 2
    best = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(low, high), options={"xatol": 1e-13}, method="bounded"
    )
    variance = (2 * best.x + difference - difference**2) / n
    found: float = ((wins - losses) / n - difference) / variance**0.5
    return found


@pytest.mark.parametrize(
    "wins, losses, n", [(1, 7, 21), (6, 16, 161), (40, 20, 160), (98, 427, 1_000), (3, 2, 9)]
)
@pytest.mark.parametrize("alpha", [0.05, 0.0025])
def test_tango_ends_are_where_an_independent_score_test_meets_alpha(
    wins: int, losses: int, n: int, alpha: float
) -> None:
    z = stats.norm.ppf(1 - alpha / 2)
    low, high = tango_interval(wins, losses, n, alpha)
    assert _score(wins, losses, n, low) == pytest.approx(z, abs=1e-5)
    assert _score(wins, losses, n, high) == pytest.approx(-z, abs=1e-5)


@pytest.mark.parametrize("n", [1, 5, 100, 10_000])
def test_tango_without_a_flip_is_z2_over_n_plus_z2(n: int) -> None:
    z2 = stats.norm.ppf(0.975) ** 2
    assert tango_interval(0, 0, n) == pytest.approx((-z2 / (n + z2), z2 / (n + z2)), rel=1e-9)


@given(counts, counts, counts, st.sampled_from([0.001, 0.05, 0.2]))
def test_tango_holds_the_point_mirrors_and_grows_with_confidence(
    wins: int, losses: int, ties: int, alpha: float
) -> None:
    n = max(1, wins + losses + ties)
    low, high = tango_interval(wins, losses, n, alpha)
    mirrored = tango_interval(losses, wins, n, alpha)
    wider = tango_interval(wins, losses, n, alpha / 2)
    assert -1 <= wider.low <= low <= (wins - losses) / n <= high <= wider.high <= 1
    assert mirrored == (-high, -low)
    assert mcnemar(wins, losses) == mcnemar(losses, wins)[::-1]


@pytest.mark.parametrize("n", [3, 8, 12])
def test_sign_flips_of_few_differences_are_enumerated_as_scipy_does(n: int) -> None:
    differences = np.random.default_rng(n).normal(0.4, 1, n)
    less, greater, both = (
        stats.permutation_test(
            (differences,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative=side
        ).pvalue
        for side in ("less", "greater", "two-sided")
    )
    assert sign_flip_test(differences) == pytest.approx((less, greater), rel=1e-12)
    assert sign_flip_test(differences).two_sided == pytest.approx(both, rel=1e-12)


def test_sign_flips_of_equal_sizes_are_the_exact_binomial_test() -> None:
    differences = np.array([1.0] * 3 + [-1.0] * 11)
    assert sign_flip_test(differences) == pytest.approx(mcnemar(3, 11), rel=1e-12)


def test_random_sign_flips_agree_with_the_exact_binomial_test() -> None:
    differences = np.array([0.1] * 40 + [-0.1] * 60)
    exact = mcnemar(40, 60)
    # 100,000 flips: four standard errors of a share near 0.03 are 0.0022.
    assert sign_flip_test(differences) == pytest.approx(exact, abs=0.0022)


def test_a_random_sign_flip_p_value_is_never_zero() -> None:
    assert sign_flip_test(np.full(50, 0.3)) == (1.0, 1 / 100_001)


def test_zero_differences_do_not_move_the_sign_flip_test() -> None:
    differences = np.array([0.5, 0.25, 0.75, -0.1])
    assert sign_flip_test(np.append(differences, np.zeros(100))) == sign_flip_test(differences)
    assert sign_flip_test(np.zeros(10)) == (1.0, 1.0)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40), st.integers(0, 3))
def test_opposite_differences_exchange_the_directions(values: list[float], seed: int) -> None:
    differences = np.array(values)
    tests = sign_flip_test(differences, seed)
    assert tests == sign_flip_test(-differences, seed)[::-1]
    assert 0 < min(tests) <= max(tests) <= 1
