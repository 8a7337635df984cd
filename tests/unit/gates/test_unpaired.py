"""Reported numbers against each other, by their standard errors."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
import pytest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from evalkit.core.estimate import Estimate
from evalkit.core.gate import MetricSpec
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding.conclude import decide_session
from evalkit.gates.deciding.unpaired import (
    METHOD,
    prepare_unpaired,
    reported_error,
    reported_interval,
    reworded,
)
from evalkit.gates.regression import RegressionGate

GATE = RegressionGate(MetricSpec("acc"), margin=0.02, alpha=0.05)


def reported(
    value: float, stderr: float | None = 0.01, *, signature: str = "s", is_higher_better: bool = True
) -> Estimate:
    low, high = (None, None) if stderr is None else reported_interval(value, stderr)
    return Estimate("acc", value, low, high, 0, signature, is_higher_better)


def verdict(
    candidate: Estimate, baseline: Estimate, identities: list[tuple[str, str, str]] | None = None
) -> Verdict:
    (found,) = decide_session([prepare_unpaired(GATE, candidate, baseline, identities or [], "run-b")])
    return reworded(found, GATE)


def test_the_interval_is_196_standard_errors_and_gives_them_back() -> None:
    assert reported_interval(0.5, 0.01) == pytest.approx((0.4804, 0.5196))
    assert reported_error(reported(0.5, 0.0123)) == pytest.approx(0.0123)
    assert reported_error(reported(0.5, None)) is None


def test_the_test_is_the_z_test_of_two_independent_numbers() -> None:
    found = verdict(reported(0.40, 0.03), reported(0.50, 0.04))
    assert found.comparison is not None
    assert found.p_value == pytest.approx(erfc(0.10 / 0.05 / sqrt(2)) / 2)  # z = -2, one-sided
    assert found.comparison.difference == pytest.approx(-0.10)
    assert (found.comparison.low, found.comparison.high) == pytest.approx(
        (-0.10 - 1.6448536 * 0.05, -0.10 + 1.6448536 * 0.05)
    )
    assert (found.comparison.n, found.comparison.is_paired, found.comparison.method) == (0, False, METHOD)


def test_two_means_with_their_errors_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(0)
    after, before = (DescrStatsW(rng.normal(mean, 1, n)) for mean, n in ((0.3, 90), (0.1, 60)))
    found = verdict(*(reported(side.mean, side.std_mean) for side in (after, before)))
    compared = CompareMeans(after, before)
    smaller = compared.ztest_ind(alternative="smaller", usevar="unequal")[1]
    assert found.p_value == pytest.approx(smaller, rel=1e-6)
    assert found.comparison is not None
    assert found.comparison.p_two_sided == pytest.approx(compared.ztest_ind(usevar="unequal")[1], rel=1e-6)
    assert (found.comparison.low, found.comparison.high) == pytest.approx(
        compared.zconfint_diff(0.10, usevar="unequal"), rel=1e-6
    )


@pytest.mark.parametrize(
    ("candidate", "outcome", "said"),
    [
        (0.40, "fail", "Worse than the baseline."),
        (0.60, "pass", "Better than the baseline."),
        (0.501, "undecided", "run both with samples to pair them"),
    ],
)
def test_the_verdict_says_that_nothing_was_paired(candidate: float, outcome: str, said: str) -> None:
    found = verdict(reported(candidate), reported(0.50, 0.02))
    assert found.verdict == outcome
    assert said in found.detail
    assert "no samples to pair" in found.detail
    assert "paired sample" not in found.detail


def test_of_an_error_less_is_better() -> None:
    worse = verdict(reported(12.0, 0.1, is_higher_better=False), reported(10.0, 0.1, is_higher_better=False))
    assert worse.verdict == "fail"
    assert "2 [1.7" in worse.detail.replace("2.000", "2")


@pytest.mark.parametrize(
    ("candidate", "baseline", "said"),
    [
        (reported(0.5, None), reported(0.4), "no samples to pair, and no standard error to test by"),
        (reported(0.5, 0.0), reported(0.4, 0.0), "both standard errors are 0"),
        (reported(0.5, signature="t"), reported(0.4), "metric signature differs: baseline s, candidate t"),
    ],
)
def test_what_cannot_be_tested_is_an_error_that_says_why(
    candidate: Estimate, baseline: Estimate, said: str
) -> None:
    found = verdict(candidate, baseline)
    assert (found.verdict, found.comparison, found.baseline_run_id) == ("error", None, "run-b")
    assert said in found.detail


def test_unlike_tasks_are_refused() -> None:
    found = verdict(reported(0.5), reported(0.4), [("task hash", "one", "two")])
    assert found.verdict == "error"
    assert "task hash differs: baseline one, candidate two" in found.detail
