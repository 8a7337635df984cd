"""A sample's own variance against closed forms, and over simulated repeats."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from evalkit.stats.own_variance import chance_of_change, own_variance_of_mean


def test_equal_repeats_give_the_within_mean_square_of_a_one_way_analysis() -> None:
    values = np.array([1.0, 0.0, 0.5, 0.25, 0.75, 0.5, 1.0, 1.0, 0.0])
    table = values.reshape(3, 3)
    within = ((table - table.mean(axis=1, keepdims=True)) ** 2).sum() / 6
    found = own_variance_of_mean(values, np.repeat(np.arange(3), 3))
    assert found == pytest.approx(within / 3 / 3, abs=1e-15)


def test_a_sample_with_one_answer_varies_as_the_others_do() -> None:
    values, samples = np.array([1.0, 0.0, 1.0]), np.array([0, 0, 1])
    # Pooled variance 0.5: (0.5 / 2 + 0.5 / 1) / 2 samples, and again / 2 for the mean.
    assert own_variance_of_mean(values, samples) == pytest.approx(0.1875, abs=1e-15)


def test_one_answer_each_tells_nothing() -> None:
    assert own_variance_of_mean(np.array([1.0, 0.0]), np.array([0, 1])) is None


def test_the_estimate_is_unbiased_for_unequal_samples_and_repeats() -> None:
    rng = np.random.default_rng(1)
    counts = np.array([2, 3, 5, 2, 4])
    samples = np.repeat(np.arange(5), counts)
    p = np.array([0.05, 0.3, 0.5, 0.9, 1.0])
    draws = (rng.random((20_000, len(samples))) < p[samples]).astype(float)
    estimates = [own_variance_of_mean(row, samples) or 0.0 for row in draws]
    truth = float((p * (1 - p) / counts).sum()) / 25
    error = float(np.std(estimates)) / np.sqrt(len(estimates))
    assert abs(float(np.mean(estimates)) - truth) < 4 * error


@pytest.mark.parametrize(("n", "n_ones"), [(2, 1), (5, 0), (5, 2), (20, 17), (7, 7)])
def test_the_chance_of_change_is_the_share_of_pairs_that_differ(n: int, n_ones: int) -> None:
    answers = [1] * n_ones + [0] * (n - n_ones)
    pairs = list(combinations(answers, 2))
    differ = sum(a != b for a, b in pairs) / len(pairs)
    assert chance_of_change(n, n_ones) == pytest.approx(differ, abs=1e-15)
    assert chance_of_change(n, n_ones) == pytest.approx(2 * np.var(answers, ddof=1), abs=1e-15)
