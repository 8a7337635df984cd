"""A metric's value with its interval, and why it has none."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from evalkit.comparisons.estimate import estimate
from evalkit.core.estimate import Estimate
from evalkit.core.observations import Observations
from evalkit.errors import MetricError
from evalkit.metrics.metric import Floats, Table
from tests.unit.gates.metric_doubles import (
    ACCURACY,
    CORPUS,
    ERROR_RATE_LIKE,
    GRADED,
    LATENCY,
    TOTAL,
    Mean,
    observe,
    shares,
)
from tests.unit.stats.tilted_reference import STEPS, reference_interval


def ends(seen: Estimate) -> tuple[float, float]:
    assert seen.low is not None
    assert seen.high is not None
    return seen.low, seen.high


def test_a_share_has_wilsons_interval() -> None:
    seen = estimate(ACCURACY, "accuracy", observe(shares(1_000, 511)))
    assert seen.value == pytest.approx(0.511)
    assert ends(seen) == pytest.approx(proportion_confint(511, 1_000, method="wilson"))
    assert (seen.n, seen.n_failed, seen.signature, seen.kind) == (1_000, 0, "accuracy|v1", "binary")


def test_confidence_is_the_callers() -> None:
    seen = estimate(ACCURACY, "accuracy", observe(shares(50, 20)), confidence=0.99)
    assert ends(seen) == pytest.approx(proportion_confint(20, 50, 0.01, method="wilson"))


def test_repeats_of_one_sample_do_not_narrow_the_interval_of_a_share() -> None:
    once = estimate(ACCURACY, "accuracy", observe(shares(20, 15)))
    often = estimate(
        ACCURACY, "accuracy", observe([v for v in shares(20, 15) for _ in range(50)], repeats=50)
    )
    # A little wider: how much the repeats agree is itself estimated, from 20 samples.
    assert ends(often) == pytest.approx(ends(once), abs=0.025)
    assert ends(often)[0] < ends(once)[0]


def test_a_graded_metric_has_the_tilted_interval() -> None:
    values = np.random.default_rng(0).random(40)
    assert ends(estimate(GRADED, "g", observe(values.tolist()))) == pytest.approx(
        reference_interval(values, 0, 1, 0.05), abs=1 / STEPS
    )


def test_a_graded_metric_without_bounds_has_students_interval() -> None:
    values = np.random.default_rng(0).random(40)
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    metric = replace(GRADED, bounds=(-inf, inf))
    assert ends(estimate(metric, "g", observe(values.tolist()))) == pytest.approx(
        (reference.low, reference.high)
    )


@pytest.mark.parametrize("metric", [GRADED, CORPUS])
def test_a_perfect_score_on_five_samples_is_not_a_certain_one(metric: Mean) -> None:
    seen = estimate(metric, "g", observe([1.0] * 5))
    assert ends(seen) == pytest.approx(proportion_confint(5, 5, method="wilson"))


def test_a_corpus_metric_has_a_seeded_bootstrap_interval() -> None:
    values = np.random.default_rng(1).random(300)
    seen = estimate(CORPUS, "rms", observe(values.tolist()))
    low, high = ends(seen)
    # The delta method: sd(x^2) / (2 rms sqrt(n)).
    error = (values**2).std() / (2 * np.sqrt(np.mean(values**2)) * np.sqrt(300))
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert ends(estimate(CORPUS, "rms", observe(values.tolist()))) == (low, high)


def test_a_quantile_has_order_statistics() -> None:
    values = np.random.default_rng(2).lognormal(size=200)
    reference = stats.quantile_test(values, p=0.5).confidence_interval(0.95)
    assert ends(estimate(LATENCY, "latency_p50_s", observe(values.tolist()))) == pytest.approx(
        (reference.low, reference.high)
    )


def test_too_few_values_for_a_quantiles_interval_give_the_value_alone() -> None:
    seen = estimate(LATENCY, "latency_p50_s", observe([0.1, 0.2, 0.4]))
    assert (seen.value, seen.low, seen.high) == (0.2, None, None)


def test_a_total_is_exact() -> None:
    seen = estimate(TOTAL, "cost_usd", observe([0.5, 0.25]))
    assert (seen.value, seen.low, seen.high) == (0.75, None, None)


def test_failed_responses_are_left_out_counted_and_quoted() -> None:
    seen = estimate(ACCURACY, "accuracy", observe([1.0, None, 1.0, 0.0]))
    assert seen.value == pytest.approx(2 / 3)
    assert (seen.n, seen.n_failed, seen.first_failure) == (3, 1, "connection refused")


@pytest.mark.parametrize("metric", [ACCURACY, GRADED, CORPUS, LATENCY, ERROR_RATE_LIKE])
def test_nothing_that_counts_is_no_value_rather_than_zero(metric: Mean) -> None:
    seen = estimate(metric, "m", observe([None, None]))
    assert (seen.value, seen.low, seen.high) == (None, None, None)
    assert seen.error == "none of 2 responses counts"
    assert seen.n_failed == 2


def test_an_undefined_metric_is_no_value_rather_than_zero() -> None:
    seen = estimate(CORPUS, "rms", observe([0.0, 0.0, 0.0]))
    assert seen.value is None
    assert seen.error == "rms is not defined over these 3 responses"


class Unreadable(Mean):
    def table(self, observations: Observations) -> Table:
        raise MetricError("no scorer to read", hint="add one")


def test_a_metric_that_cannot_read_gives_its_reason() -> None:
    seen = estimate(Unreadable(), "m", observe([1.0]))
    assert seen.value is None
    assert seen.error == "no scorer to read (add one)"


class Unasked(Mean):
    def aggregate(self, rows: Floats, weights: Floats | None = None) -> Floats:
        assert weights is None, "a bootstrap was drawn"
        return super().aggregate(rows, weights)


@pytest.mark.parametrize("kind", ["binary", "graded", "quantile", "total"])
def test_only_corpus_metrics_are_resampled(kind: str) -> None:
    estimate(Unasked(kind=kind), "m", observe(shares(100, 40)))  # type: ignore[arg-type]


def test_an_open_bound_leaves_a_single_value_without_interval() -> None:
    seen = estimate(Mean(kind="graded", bounds=(-inf, inf)), "m", observe([3.0]))
    assert (seen.value, seen.low, seen.high) == (3.0, None, None)


def test_a_sample_that_was_asked_more_often_counts_no_more_than_the_others() -> None:
    ids = ["a", "b", "c", *["d"] * 5]
    seen = estimate(ACCURACY, "accuracy", observe([1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0], ids=ids))
    assert seen.value == pytest.approx(3.4 / 4)
    assert seen.n == 8


def test_the_interval_of_uneven_repeats_covers_the_share_over_samples() -> None:
    rng = np.random.default_rng(3)
    chance = np.array([1.0, 1.0, 0.5, 0.0, 1.0] * 12)
    ids = [f"s{i}" for i, p in enumerate(chance) for _ in range(4 if p == 0.5 else 1)]
    hits = 0
    for _ in range(400):
        drawn = rng.choice(chance, len(chance))
        drawn_ids = [f"s{i}" for i, p in enumerate(drawn) for _ in range(4 if p == 0.5 else 1)]
        values = [float(rng.random() < drawn[int(i[1:])]) for i in drawn_ids]
        seen = estimate(ACCURACY, "accuracy", observe(values, ids=drawn_ids))
        assert seen.low is not None
        assert seen.high is not None
        hits += seen.low <= chance.mean() <= seen.high
    assert len(ids) == 96
    assert hits / 400 == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 400) ** 0.5)
