"""evalkit's numbers beside those of deltagate, evalsig and statgate, kept in tests/golden with their inputs.

``python -m tests.agreement.small_packages`` makes the file. Bootstraps are given the same draws, as numpy's
generator draws them from the same seed; sign flips are tried at random there and enumerated here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.metrics.metric import Floats
from evalkit.stats.intervals import clustered_error, percentile_interval, t_interval, wilson_interval
from evalkit.stats.multiplicity import benjamini_hochberg, holm
from evalkit.stats.paired import mcnemar, sign_flip_test
from evalkit.stats.power import n_to_see, visible_drop
from tests.unit.gates.metric_doubles import GRADED

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "golden/small_packages.json").read_text("utf-8")
)
DIFFERENCES = np.subtract(GOLDEN["after"], GOLDEN["before"])
GROUPS = np.array(GOLDEN["groups"])
SD = 0.4


#: Those packages ask in both directions: at half of the alpha of a one-sided test.
TWO_SIDED = 0.025


def close(values: Sequence[float] | float) -> Any:
    return pytest.approx(values, rel=1e-9, abs=1e-9)


def test_exact_mcnemar_is_deltagates() -> None:
    assert [mcnemar(*flips).two_sided for flips in GOLDEN["flips"]] == close(
        GOLDEN["deltagate"]["mcnemar_exact"]
    )


@pytest.mark.parametrize("package", ["deltagate", "evalsig"])
def test_holm_and_benjamini_hochberg_are_those_of(package: str) -> None:
    assert holm(GOLDEN["p_values"]).tolist() == close(GOLDEN[package]["holm"])
    assert benjamini_hochberg(GOLDEN["p_values"]).tolist() == close(GOLDEN[package]["benjamini_hochberg"])


def test_the_clustered_error_of_a_paired_difference_is_deltagates() -> None:
    assert clustered_error(DIFFERENCES, GROUPS)[0] == close(GOLDEN["deltagate"]["clustered_error"])


def test_the_paired_t_interval_is_evalsigs() -> None:
    error = DIFFERENCES.std(ddof=1) / sqrt(40)
    assert t_interval(DIFFERENCES.mean(), error, 39) == close(GOLDEN["evalsig"]["t_interval"])


@pytest.mark.parametrize("package", ["evalsig", "statgate"])
def test_the_visible_drop_is_that_of(package: str) -> None:
    assert [visible_drop(SD, n, TWO_SIDED) for n in (50, 500, 5_000)] == close(
        GOLDEN[package]["visible_drop"]
    )


@pytest.mark.parametrize("package", ["deltagate", "evalsig"])
def test_the_n_that_would_see_a_drop_is_that_of(package: str) -> None:
    assert [n_to_see(drop, SD, TWO_SIDED) for drop in (0.01, 0.05, 0.2)] == GOLDEN[package]["n_to_see"]


def test_wilsons_interval_is_statgates() -> None:
    for (k, n), expected in zip(GOLDEN["shares"], GOLDEN["statgate"]["wilson"], strict=True):
        assert wilson_interval(k / n, n) == close(expected)


def weighted(draws: Floats) -> Floats:
    """The mean difference over resamples, from how often each sample stands in them."""
    return GRADED.aggregate(DIFFERENCES[:, np.newaxis], draws)


def test_percentiles_of_the_same_bootstrap_draws_are_deltagates() -> None:
    drawn = np.random.default_rng(GOLDEN["seed"]).integers(0, 40, size=(GOLDEN["draws"], 40))
    weights = np.array([np.bincount(each, minlength=40) for each in drawn], dtype=float)
    assert percentile_interval(weighted(weights)) == close(GOLDEN["deltagate"]["percentile_bootstrap"])


def test_percentiles_of_the_same_draws_of_groups_are_evalsigs() -> None:
    """The plain percentiles: those of a gate lie further out, as nine groups are few."""
    rng = np.random.default_rng(GOLDEN["seed"])
    drawn = [rng.integers(0, 9, size=9) for _ in range(GOLDEN["draws"])]
    weights = np.array([np.bincount(each, minlength=9)[GROUPS] for each in drawn], dtype=float)
    assert percentile_interval(weighted(weights)) == close(GOLDEN["evalsig"]["cluster_bootstrap"])


def test_enumerated_sign_flips_are_what_statgates_random_ones_come_to() -> None:
    exact, n = sign_flip_test(DIFFERENCES[:12]).two_sided, 1_000_000
    assert GOLDEN["statgate"]["sign_flips_of_12"] == pytest.approx(
        exact, abs=4 * sqrt(exact * (1 - exact) / n)
    )
