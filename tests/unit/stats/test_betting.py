"""Betting: wealth by hand and as likelihood ratios, intervals that cover at every look, no false alarms."""

from __future__ import annotations

from fractions import Fraction
from math import exp, inf, log, prod, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.stats.betting import (
    BETS,
    SHARES,
    Wager,
    anytime_p_values,
    confidence_sequence,
    log_wealth,
    peak_wealth,
)

N_RUNS = 400
PARTS = [Fraction(n, 100) for n in (15, 20, 20, 15, 10, 8, 7, 5)]
values_in_bounds = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=40)


def test_the_wealth_of_three_values_is_the_one_computed_by_hand() -> None:
    values, mean = [Fraction(1), Fraction(1, 2), Fraction(1)], Fraction(2, 5)
    bets = [Fraction(98, 100) / 2**k for k in range(8)]
    by_hand = sum(
        part * prod(1 + bet * (value / mean - 1) for value in values)
        for part, bet in zip(PARTS, bets, strict=True)
    )
    assert exp(log_wealth(np.array([1, 0.5, 1]), 0.4)[-1]) == pytest.approx(float(by_hand), rel=1e-12)


def test_without_replacement_each_bet_is_against_the_mean_of_what_is_left() -> None:
    # Four values of mean 1/2; after 1 the rest have mean 1/3, after 1, 0 they have 1/2.
    expected = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 2)]
    bets = [Fraction(98, 100) / 2**k for k in range(8)]
    by_hand = sum(
        part * prod(1 + bet * (x / m - 1) for x, m in zip([1, 0, 1], expected, strict=True))
        for part, bet in zip(PARTS, bets, strict=True)
    )
    assert exp(log_wealth(np.array([1.0, 0, 1]), 0.5, 4)[-1]) == pytest.approx(float(by_hand), rel=1e-12)


def test_for_coins_the_wealth_is_a_mixture_of_likelihood_ratios() -> None:
    heads, n, mean = 37, 60, 0.45
    values = np.repeat([1.0, 0.0], [heads, n - heads])
    others = mean + BETS * (1 - mean)
    ratios = stats.binom.pmf(heads, n, others) / stats.binom.pmf(heads, n, mean)
    assert exp(log_wealth(values, mean)[-1]) == pytest.approx(float(SHARES @ ratios), rel=1e-9)


@given(values_in_bounds, st.floats(0.05, 0.95), st.sampled_from([None, 40, 90]))
def test_value_by_value_is_the_same_as_all_at_once(
    values: list[float], mean: float, population: int | None
) -> None:
    wager = Wager(mean, population)
    for value in values:
        wager.add(value)
    assert wager.peak == pytest.approx(peak_wealth(np.array(values), mean, population), abs=1e-9)


@given(values_in_bounds, st.floats(0.01, 0.5), st.sampled_from([None, 40]))
def test_the_interval_holds_exactly_the_means_that_are_not_rejected(
    values: list[float], alpha: float, population: int | None
) -> None:
    seen = np.array(values)
    low, high = confidence_sequence(seen, alpha, population)
    for mean in (0.1, 0.37, 0.5, 0.81):
        peaks = peak_wealth(seen, mean, population), peak_wealth(1 - seen, 1 - mean, population)
        if min(abs(mean - low), abs(mean - high)) > 1e-6:
            assert (low < mean < high) == (anytime_p_values(*peaks).two_sided > alpha)


@pytest.mark.parametrize("population", [None, 300], ids=["independent", "without-replacement"])
@pytest.mark.parametrize("kind", ["binary", "graded"])
def test_the_mean_lies_in_the_intervals_of_all_times_at_their_level(
    kind: str, population: int | None
) -> None:
    rng = np.random.default_rng(3)
    n_missed = 0
    for _ in range(N_RUNS):
        size = population or 300
        values = (rng.random(size) < 0.8).astype(float) if kind == "binary" else rng.beta(4, 2, size)
        truth = float(values.mean()) if population else {"binary": 0.8, "graded": 4 / 6}[kind]
        peaks = peak_wealth(values, truth, population), peak_wealth(1 - values, 1 - truth, population)
        n_missed += anytime_p_values(*peaks).two_sided <= 0.1
    assert n_missed / N_RUNS <= 0.1 + 3 * sqrt(0.1 * 0.9 / N_RUNS)


def test_with_everything_asked_the_mean_of_all_is_known() -> None:
    values = np.array([1.0] * 7 + [0.0] * 3)
    low, high = confidence_sequence(np.random.default_rng(0).permutation(values), 0.05, 10)
    assert (low, high) == (pytest.approx(0.7, abs=1e-6), pytest.approx(0.7, abs=1e-6))


def test_what_the_rest_cannot_undo_is_certain() -> None:
    assert log_wealth(np.array([1.0, 1, 1]), 0.5, 4).tolist()[-1] == inf
    assert Wager(0.0).peak == 0.0


def test_it_needs_a_few_times_the_samples_of_one_look_at_most() -> None:
    """Wald's bound on the expected number: log(2 / alpha) over the best growth of the wealth."""
    rng = np.random.default_rng(5)
    share, mean = 0.7, 0.5
    best = share * log(share / mean) + (1 - share) * log((1 - share) / (1 - mean))
    needed = []
    for _ in range(100):
        wealth = log_wealth((rng.random(1_000) < share).astype(float), mean)
        needed.append(int(np.argmax(wealth >= log(2 / 0.05))) + 1)
    assert np.mean(needed) < 1.8 * log(2 / 0.05) / best
