"""What n samples can see: known values, and simulation."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.power import NormalIndPower

from evalkit.stats.paired import mcnemar, tango_interval
from evalkit.stats.power import (
    detection_factor,
    n_to_allow_flips,
    n_to_see,
    n_to_show_flips,
    visible_binary_drop,
    visible_drop,
)


@pytest.mark.parametrize("n, points", [(50, 11.1), (164, 6.1), (500, 3.5), (1_000, 2.5), (5_000, 1.1)])
def test_ten_percent_of_flips_show_the_known_drops(n: int, points: float) -> None:
    assert 100 * visible_drop(sqrt(0.1), n) == pytest.approx(points, abs=0.05)


def test_the_factor_is_2_49_at_five_percent_and_eighty() -> None:
    assert detection_factor() == pytest.approx(2.4865, abs=1e-4)


@pytest.mark.parametrize("n, alpha, power", [(20, 0.05, 0.8), (500, 0.05, 0.9), (3_000, 0.0025, 0.8)])
def test_statsmodels_gives_the_visible_drop_its_power(n: int, alpha: float, power: float) -> None:
    drop = visible_drop(0.3, n, alpha, power)
    # Its solver is good for 1e-5 only.
    expected = NormalIndPower().power(drop / 0.3, n, alpha, ratio=0, alternative="larger")
    assert power == pytest.approx(expected, abs=1e-9)
    assert n_to_see(drop * (1 - 1e-5), 0.3, alpha, power) == n + 1


def test_flips_in_plenty_give_the_plain_formula() -> None:
    assert visible_binary_drop(1_000, 100) == visible_drop(sqrt(0.1), 1_000)


def test_no_flip_seen_promises_no_more_than_a_real_drop_would_show() -> None:
    drop = visible_binary_drop(200, 0)
    assert drop is not None
    losses = np.random.default_rng(0).binomial(200, drop, 2_000)
    power = np.mean([mcnemar(0, int(k)).worse <= 0.05 for k in losses])
    # The exact test takes five losses at least, and has no step between that and four.
    assert power == pytest.approx(0.8, abs=0.06)


def test_a_handful_of_samples_sees_nothing() -> None:
    assert visible_binary_drop(5, 0) is None
    assert visible_binary_drop(5, 5) is None
    assert visible_binary_drop(1, 0) is None


def test_simulated_power_at_the_visible_drop_is_eighty_percent() -> None:
    rng = np.random.default_rng(1)
    n, share = 1_000, 0.1
    drop = visible_binary_drop(n, 100)
    assert drop is not None
    draws = rng.multinomial(n, [(share - drop) / 2, (share + drop) / 2, 1 - share], size=2_000)
    power = np.mean([mcnemar(int(wins), int(losses)).worse <= 0.05 for wins, losses, _ in draws])
    # The exact test costs a little power against the normal formula.
    assert power == pytest.approx(0.8, abs=0.05)


@given(st.floats(1e-3, 1), st.floats(1e-3, 1), st.sampled_from([0.001, 0.05]))
def test_n_to_see_is_the_least_n_whose_visible_drop_is_small_enough(
    drop: float, sd: float, alpha: float
) -> None:
    n = n_to_see(drop, sd, alpha)
    assert n is not None
    assert visible_drop(sd, n, alpha) <= drop * (1 + 1e-9)
    if n > 1:
        assert visible_drop(sd, n - 1, alpha) >= drop * (1 - 1e-9)


def test_no_n_sees_a_drop_of_zero() -> None:
    assert n_to_see(0.0, 0.3) is None


def _chance_of_flips(n: int, lost: float, won: float) -> Iterator[tuple[int, int, float]]:
    """Losses and wins of n samples with their chance, but for what is rarer than 1e-9 altogether."""
    for n_lost in range(*map(int, binom.interval(1 - 1e-10, n, lost) + np.array([0, 1]))):
        rest = n - n_lost
        for n_won in range(*map(int, binom.interval(1 - 1e-10, rest, won / (1 - lost)) + np.array([0, 1]))):
            chance = binom.pmf(n_lost, n, lost) * binom.pmf(n_won, rest, won / (1 - lost))
            yield n_lost, n_won, float(chance)


@pytest.mark.parametrize("drop, share, alpha", [(0.1, 0.2, 0.025), (0.08, 0.1, 0.05), (0.06, 0.06, 0.05)])
def test_the_exact_test_shows_a_drop_with_its_power(drop: float, share: float, alpha: float) -> None:
    n = n_to_show_flips(drop, share, alpha)
    assert n is not None
    flips = _chance_of_flips(n, (share + drop) / 2, (share - drop) / 2)
    shown = sum(
        chance
        for lost, won, chance in flips
        if lost + won and binomtest(won, lost + won, alternative="less").pvalue <= alpha
    )
    assert shown >= 0.8


@pytest.mark.parametrize("margin, share", [(0.1, 0.2), (0.08, 0.05)])
def test_tangos_interval_excludes_a_drop_that_is_not_there_with_its_power(
    margin: float, share: float
) -> None:
    n = n_to_allow_flips(margin, share)
    assert n is not None
    passed = sum(
        chance
        for lost, won, chance in _chance_of_flips(n, share / 2, share / 2)
        if tango_interval(won, lost, n, 0.1).low > -margin
    )
    assert passed == pytest.approx(0.8, abs=0.04)


def test_nothing_shows_a_drop_of_zero() -> None:
    assert n_to_show_flips(0.0, 0.1) is None
    assert n_to_allow_flips(0.0, 0.1) is None
