"""Errors and intervals over groups of unlike size: against their definitions, statsmodels and simulation."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
import statsmodels.api as sm

from evalkit.stats.bootstrap import Codes, Floats
from evalkit.stats.groups import (
    effective_number,
    group_error,
)
from evalkit.stats.intervals import t_interval


def unequal(rng: np.random.Generator, n_groups: int) -> Codes:
    return np.repeat(np.arange(n_groups), rng.geometric(0.2, n_groups))


def inverse_root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)


def test_the_error_and_its_degrees_of_freedom_meet_bell_and_mccaffreys_definition() -> None:
    """Their matrices, with an intercept as the only regressor and independence as the working model."""
    rng = np.random.default_rng(0)
    groups = unequal(rng, 9)
    values, n = rng.normal(size=len(groups)), len(groups)
    annihilator = np.eye(n) - 1 / n
    residuals = annihilator @ values
    variance, vectors = 0.0, []
    for group in range(9):
        members = np.flatnonzero(groups == group)
        adjusted = inverse_root(annihilator[np.ix_(members, members)]) @ np.full(len(members), 1 / n)
        variance += float(residuals[members] @ adjusted) ** 2
        vectors.append(annihilator[:, members] @ adjusted)
    inner = np.array(vectors) @ np.array(vectors).T
    assert group_error(values, groups) == pytest.approx(
        (sqrt(variance), np.trace(inner) ** 2 / np.sum(inner**2)), rel=1e-9
    )


def test_groups_of_equal_size_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(12), 5)
    values = rng.normal(size=60) + rng.normal(size=12)[groups]
    fit = sm.OLS(values, np.ones(60)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    error, df = group_error(values, groups)
    assert (error, df) == pytest.approx((fit.bse[0], 11), rel=1e-9)
    assert t_interval(values.mean(), error, df) == pytest.approx(tuple(fit.conf_int()[0]), rel=1e-9)


def test_a_single_group_has_no_error() -> None:
    assert isnan(group_error(np.arange(5.0), np.zeros(5, dtype=np.intp)).error)


def test_one_large_group_weighs_hardly_more_than_one() -> None:
    assert effective_number(np.repeat([0, 1], [98, 2])) == pytest.approx(1e4 / (98**2 + 4))
    assert effective_number(np.repeat(np.arange(7), 4)) == 7


@pytest.mark.parametrize("n_groups", [6, 60])
def test_the_t_interval_covers_where_groups_are_few_unequal_and_alike(n_groups: int) -> None:
    rng = np.random.default_rng(n_groups)
    n_hits = 0
    for _ in range(600):
        groups = unequal(rng, n_groups)
        values = 3 * rng.normal(size=n_groups)[groups] + rng.normal(size=len(groups))
        low, high = t_interval(float(values.mean()), *group_error(values, groups))
        n_hits += low <= 0 <= high
    assert n_hits / 600 >= 0.95 - 3 * sqrt(0.95 * 0.05 / 600)
