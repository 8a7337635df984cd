"""Seeded simulations where a few samples decide: rare total failures, rare classes, pass@k near 1.

``python -m tests.calibration means tables`` prints all rows. Counts are held to what a binomial count passes
once in a thousand, at the rate that is promised.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.calibration.bounded_means import FAMILIES, simulate, student, tilted
from tests.calibration.degenerate import cases, count

SESSIONS = 60
PROMISED = [name for name, family in FAMILIES.items() if family.is_promised]
CASES = {(case.name, case.n): case for case in cases()}


@pytest.mark.parametrize("n", [30, 100])
@pytest.mark.parametrize("name", PROMISED)
def test_intervals_of_bounded_means_hold_the_truth_and_pass_no_drop_of_the_margin(name: str, n: int) -> None:
    seen = simulate(FAMILIES[name], n, tilted, SESSIONS, seed=1)
    assert seen.n_held >= stats.binom.ppf(0.001, SESSIONS, 0.93)
    assert seen.n_passed <= stats.binom.ppf(0.999, SESSIONS, 0.06)


@pytest.mark.parametrize("name", ["near-normal, sd .1", "near-normal, sd .2"])
def test_intervals_of_near_normal_values_take_at_most_a_quarter_more_samples_than_students(name: str) -> None:
    ours, students = (simulate(FAMILIES[name], 30, method, 250) for method in (tilted, student))
    assert ours.width <= np.sqrt(1.25) * students.width


@pytest.mark.parametrize(
    "name, n",
    [
        ("f1, prevalence .1", 10),
        ("mcc, prevalence .1, difference", 30),
        ("f1, recall .01", 500),
        ("mcc, recall .01, prevalence .1, difference", 500),
        ("pass@5 near 1", 100),
        ("pass@5 near .9", 30),
    ],
)
def test_intervals_of_degenerate_tables_hold_the_truth(name: str, n: int) -> None:
    _, held, _ = count(CASES[name, n], 60, seed=1)
    assert held >= stats.binom.ppf(0.001, 60, 0.93)
