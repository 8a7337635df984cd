"""Intervals of weighted means: against the plain ones that they reduce to, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.stats.bootstrap import Floats
from evalkit.stats.intervals import Interval, wilson_interval
from evalkit.stats.tilted import bounded_mean
from evalkit.stats.weighted import weighted_mean_interval

RNG = np.random.default_rng(4)


def interval(values: Floats, weights: Floats) -> Interval:
    return weighted_mean_interval(values, weights, 0.0, 1.0)


@pytest.mark.parametrize("weight", [1.0, 7.5])
def test_with_equal_weights_it_is_the_tilted_interval(weight: float) -> None:
    values = (RNG.random(60) < 0.8).astype(float)
    expected = bounded_mean(values, 0.0, 1.0).interval(0.05)
    assert interval(values, np.full(60, weight)) == pytest.approx(expected, abs=1e-12)


def test_controls_that_all_pass_prove_no_more_than_their_number_does() -> None:
    values = np.concatenate((np.zeros(10), np.ones(10), np.ones(20)))
    weights = np.concatenate((np.ones(20), np.full(20, 9.0)))
    found = interval(values, weights)
    of_controls = wilson_interval(1.0, 20)
    assert found.low <= (10 + 180 * of_controls.low) / 200
    assert found.high < 0.99


def test_one_control_alone_says_nothing_of_what_it_stands_for() -> None:
    found = interval(np.array([1.0, 0.0, 1.0]), np.array([1.0, 1.0, 98.0]))
    assert found.low < 0.1
    assert found.high > 0.98


def test_groups_that_answer_as_one_are_as_wide_as_one_value_each() -> None:
    values = (np.random.default_rng(1).random(30) < 0.7).astype(float)
    alone = interval(values, np.ones(30))
    groups = np.repeat(np.arange(30), 4)
    found = weighted_mean_interval(np.repeat(values, 4), np.ones(120), 0.0, 1.0, groups=groups)
    assert found.low == pytest.approx(alone.low, abs=0.02)
    assert found.high == pytest.approx(alone.high, abs=0.02)


def test_it_holds_the_mean_of_a_population_that_was_picked_from() -> None:
    rng = np.random.default_rng(3)
    n_held, n_sessions = 0, 400
    for _ in range(n_sessions):
        is_odd = rng.random(200) < 0.1
        passes = (rng.random(200) < np.where(is_odd, 0.3, 0.96)).astype(float)
        odd, rest = np.flatnonzero(is_odd), np.flatnonzero(~is_odd)
        drawn = rng.choice(rest, 40, replace=False)
        values = passes[np.concatenate((odd, drawn))]
        weights = np.concatenate((np.ones(len(odd)), np.full(40, len(rest) / 40)))
        low, high = interval(values, weights)
        n_held += low <= 0.1 * 0.3 + 0.9 * 0.96 <= high
    assert 0.93 <= n_held / n_sessions <= 0.995
