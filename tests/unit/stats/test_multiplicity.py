"""Holm and Benjamini-Hochberg against statsmodels, and Holm's laws."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import multitest

from evalkit.stats.multiplicity import benjamini_hochberg, holm, holm_levels


def multipletests(*args: Any, **options: Any) -> Any:
    """That of statsmodels, which collects garbage each time: a second, among all that other tests left."""
    with mock.patch("gc.collect"):
        return multitest.multipletests(*args, **options)


p_lists = st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=30)


@settings(max_examples=15)
@given(p_lists)
def test_adjusted_p_values_agree_with_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=1e-12)
    assert benjamini_hochberg(p_values) == pytest.approx(
        multipletests(p_values, method="fdr_bh")[1], abs=1e-12
    )


@given(p_lists)
def test_holm_is_monotone_and_never_below_the_raw_p(p_values: list[float]) -> None:
    p, adjusted = np.array(p_values), holm(p_values)
    assert np.all(adjusted >= p)
    assert np.all(np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0)


@settings(max_examples=15)
@given(p_lists, st.sampled_from([0.01, 0.05, 0.2]))
def test_a_p_value_meets_its_level_exactly_where_holm_rejects(p_values: list[float], alpha: float) -> None:
    levels = holm_levels(p_values, alpha)
    assert np.array_equal(np.array(p_values) <= levels, multipletests(p_values, alpha, method="holm")[0])
    assert np.all(levels <= alpha)
    assert np.all(levels >= alpha / len(p_values))


def test_one_test_alone_shares_its_level_with_nobody() -> None:
    assert holm_levels([0.3], 0.05).tolist() == [0.05]
    assert holm([0.3]).tolist() == [0.3]


def test_no_test_is_no_level() -> None:
    assert len(holm_levels([], 0.05)) == len(holm([])) == len(benjamini_hochberg([])) == 0


def test_later_gates_are_held_to_the_level_of_the_first_that_was_kept() -> None:
    assert holm_levels([0.001, 0.04, 0.045], 0.05) == pytest.approx([0.05 / 3, 0.025, 0.025])
